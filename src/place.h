/* SPDX-License-Identifier: ISC */
/*
 * The place of a file, or of one to be created: its folder, and its name there.
 */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>

#include "err.h"

struct place {
	int folder;		/* open, even if it is moved */
	bool lasts;		/* the folder can be synced */
	char *name;		/* without a slash; NULL: not found */
};

/*
 * Find the place of the file that path leads to, which need not exist.
 * Errors: an errno; XC_E_REPLACED: the file that the system finds at path is
 * not there, but has lost its name or got another.
 */
int place_find(struct place *place, const char *path);

/* Copy a place, which needs a place_leave of its own.  Errors: an errno. */
int place_copy(struct place *to, const struct place *from);

/* The name of the file there with a suffix; to be freed.  ENOMEM. */
int place_beside(char **name, const struct place *place, const char *suffix);

/*
 * Check that a file can be created or replaced there, as far as is known before
 * trying.  Errors: an errno; XC_E_MOUNTED: a file is mounted on it.
 */
int place_writable(const struct place *place);

/*
 * Check that the file there is the one open as fd.  Errors: an errno;
 * XC_E_REPLACED: it is not.
 */
int place_holds(const struct place *place, int fd);

/*
 * Is this error of place_find about the name, so that opening the file fails
 * with it, too?  Any other may hide what is beside a file that can be opened.
 */
bool place_is_name(int err);

/*
 * Open the file called name in folder, but no symbolic link, and without
 * blocking on a FIFO.  A file that this creates has mode 0600.  Errors, with
 * *fd = -1: an errno.
 */
int place_open(int *fd, int folder, const char *name, int flags);

/* Make the folder's names durable, if it can be synced.  Errors: an errno. */
int place_sync(const struct place *place);

/*
 * Make the name path durable: whoever gave it may have been killed before.  A
 * descriptor has no name.
 * Errors: place_find's; an errno.
 */
int place_settle(const char *path);

/* Are they the same place?  Errors: an errno. */
int place_same(bool *same, const struct place *a, const struct place *b);

/* Close and free.  Harmless on zeros, and twice. */
void place_leave(struct place *place);

#endif
