/* SPDX-License-Identifier: ISC */
/*
 * A payload and its detached header, replaced as one: after a failure both are
 * the old ones, and after a crash each existing payload has its header.
 * Source: xtscrypt(5), "Writing".
 */
#ifndef PAIR_H
#define PAIR_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "headerfile.h"
#include "output.h"

/*
 * Name of a waiting header, beside the one that it replaces, from just before
 * its payload gets its name until the header gets its own.  The letters are
 * derived from the first bytes of the payload, so that they find each other.
 */
#define PAIR_WAITING ".xtshdr-XXXXXXXX"
#define PAIR_FRONT 4096

/*
 * Lock the file that an output will replace, until *fd is closed; *fd is -1 if
 * there is none, or it cannot be locked.  Errors: an errno; XC_E_BUSY;
 * XC_E_REPLACED.
 */
int pair_lock(int *fd, struct output *output);

/*
 * Give both settled files their names, or neither.  Errors: an errno, of the
 * payload (ERR_OUTPUT) or of the header; XC_E_EXISTS; XC_E_ONE_NAME; XC_E_BUSY:
 * another program gives this name to a header whose payload has no name yet.
 */
struct err pair_place(struct output *payload, struct output *header);

/*
 * Read the waiting header beside the file called path of the payload that
 * begins with front: PAIR_FRONT bytes, or the whole payload if that is
 * shorter.  Errors: an errno, of the file called name, or of path if name is
 * empty; any other: there is none.
 */
int pair_find(struct headerfile *hf, char name[sizeof(PAIR_WAITING)],
    const char *path, const uint8_t *front, size_t len);

/*
 * Find a waiting header beside the file called path, for any payload, that has
 * another file id than this.  Errors: an errno, of the file called name, or of
 * the folder if name is empty; XC_E_MAGIC: there is none, or the folder may not
 * be listed.
 */
int pair_waits(char name[sizeof(PAIR_WAITING)], const char *path,
    const uint8_t id[HEADER_ID_BYTES]);

#endif
