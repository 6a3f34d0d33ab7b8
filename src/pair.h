/* SPDX-License-Identifier: ISC */
/*
 * A payload and its detached header, replaced as one: after a failure both are
 * the old ones, and after a crash each payload that is there has its header.
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
 * Name of a header that waits beside the one that it replaces, from just before
 * its payload has its name until the header has its own.  The letters are made
 * from the first bytes of the payload, so that they find each other.
 */
#define PAIR_WAITING ".xtshdr-XXXXXXXX"
#define PAIR_FRONT 4096

/*
 * Lock the file that an output will replace, until *fd is closed; -1 where
 * there is none, or none that has locks.  An errno; XC_E_BUSY;
 * XC_E_REPLACED.
 */
int pair_lock(int *fd, struct output *output);

/*
 * Give what is settled its names: both, or neither.  An errno, of the payload
 * (ERR_OUTPUT) or of the header; XC_E_EXISTS; XC_E_BUSY: another program gives
 * this name to a header whose payload has none yet.
 */
struct err pair_place(struct output *payload, struct output *header);

/*
 * Read the header that waits beside the file called path for the payload that
 * begins with front: as much as there is of PAIR_FRONT bytes.  An errno; any
 * other error: there is none.
 */
int pair_find(struct headerfile *hf, char name[sizeof(PAIR_WAITING)],
    const char *path, const uint8_t *front, size_t len);

/*
 * Find a header that waits beside the file called path, for whichever payload,
 * and has another file id than this.  An errno, of the file called name, or
 * with no name of the folder; XC_E_MAGIC: there is none, as far as one may list
 * the folder.
 */
int pair_waits(char name[sizeof(PAIR_WAITING)], const char *path,
    const uint8_t id[HEADER_ID_BYTES]);

#endif
