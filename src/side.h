/* SPDX-License-Identifier: ISC */
/*
 * The side file of a file with a header: its next header, until that is safe in
 * its place.  It is identified by its place (the folder is held open), its kind
 * (a regular file with one link, of an owner who may create one), and the file
 * id in it: the name is not enough.
 * Source: xtscrypt(5), "Writing".
 */
#ifndef SIDE_H
#define SIDE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "header.h"
#include "place.h"

#define SIDE_SUFFIX ".xtshdr"

struct side {
	struct place file;	/* the file whose header it is */
	char *name;		/* of the side file in that folder */
	uid_t owner;		/* the file's */
};

/*
 * Find the side file's name for path, symbolic links followed; free it.
 * Errors: path_follow's.
 */
int side_path(char **side, const char *path);

/*
 * Find the place of the side file of path, which is open as fd; with -1 for fd,
 * of whatever path leads to.  side_close is harmless after an error, too.
 * Errors: place_find's; XC_E_REPLACED: path now leads to another file, or to
 * one without a name.
 */
int side_open(struct side *side, const char *path, int fd);

/* Likewise, for a file whose place is known. */
int side_at(struct side *side, const struct place *file);

void side_close(struct side *side);

/*
 * Open the file called name in folder to read it, if it is a regular file with
 * one link that belongs to the user, to root or to owner.  Errors: an errno;
 * XC_E_MAGIC: it does not exist; XC_E_SIDE: it is another kind of file.
 */
int side_file(int *fd, int folder, const char *name, uid_t owner);

/*
 * Read and decode the header in the side file.  Errors: an errno: there may be
 * a valid one, but it cannot be read; any other: there is none.
 */
int side_read(uint8_t bytes[HEADER_BYTES], struct header *header,
    const struct side *side);

/*
 * Find out whether the file with this id has a side file, or the part of one
 * that a crash leaves.  Errors: an errno; XC_E_SIDE: another file has its name.
 */
int side_look(bool *there, const struct side *side,
    const uint8_t id[HEADER_ID_BYTES]);

/*
 * Create the side file, whole and durable, or not at all.  Errors: an errno;
 * XC_E_NAME.
 */
int side_make(const struct side *side,
    const uint8_t bytes[HEADER_BYTES]);

/* Remove the side file, if side_look finds it. */
int side_remove(const struct side *side,
    const uint8_t id[HEADER_ID_BYTES]);

#endif
