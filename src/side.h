/* SPDX-License-Identifier: ISC */
/*
 * The side file of a file with a header: its next header, until that is safe
 * in its place.  It is known by where it lies (the folder is held open), by
 * what it is (a regular file with one link, of an owner who may make one), and
 * by the file id in it; a name alone makes none.
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
	struct place file;	/* whose header it is */
	char *name;		/* of the side file in the same folder */
	uid_t owner;		/* of the file */
};

/* The side file of path, behind symbolic links; to be freed.  path_follow's. */
int side_path(char **side, const char *path);

/*
 * Find the place of the side file of path, which is open as fd.  Then, or after
 * an error, side_close is harmless.  place_find's; XC_E_REPLACED: path leads to
 * another file by now, or to one that has no name.  With -1 for fd it is
 * whatever path leads to.
 */
int side_open(struct side *side, const char *path, int fd);

/* The same for a file whose place is known. */
int side_at(struct side *side, const struct place *file);

void side_close(struct side *side);

/*
 * Open the file called name in folder to read it, if it is a regular file with
 * one link that belongs to the user, to root or to owner.  XC_E_MAGIC: there
 * is none; XC_E_SIDE: it is anything else; an errno.
 */
int side_file(int *fd, int folder, const char *name, uid_t owner);

/*
 * Read and decode the header in the side file.  An errno: there may be a good
 * one, but it cannot be read; any other error: there is none.
 */
int side_read(uint8_t bytes[HEADER_BYTES], struct header *header,
    const struct side *side);

/*
 * Is there a side file of the file with this id, or the part of one that a
 * crash leaves?  XC_E_SIDE: its name is that of another file; an errno.
 */
int side_look(bool *there, const struct side *side,
    const uint8_t id[HEADER_ID_BYTES]);

/* Make it, whole and durable, or not at all.  An errno; XC_E_NAME. */
int side_make(const struct side *side,
    const uint8_t bytes[HEADER_BYTES]);

/* Remove it, where side_look says that it is there. */
int side_remove(const struct side *side,
    const uint8_t id[HEADER_ID_BYTES]);

#endif
