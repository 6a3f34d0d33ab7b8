/* SPDX-License-Identifier: ISC */
/*
 * Where a file is, or is going to be: in which folder, and its name there.
 */
#ifndef PLACE_H
#define PLACE_H

#include <stdbool.h>

#include "err.h"

struct place {
	int folder;		/* open, wherever it is moved to */
	bool lasts;		/* the folder can be synced */
	char *name;		/* without a slash; NULL: none was found */
};

/*
 * Find the file that path leads to, which may not be there.  An errno;
 * XC_E_REPLACED: what the system finds at path is not in that
 * place, but has lost its name, or has another by now.
 */
int place_find(struct place *place, const char *path);

/* The same place, to be left on its own.  An errno. */
int place_copy(struct place *to, const struct place *from);

/*
 * Can a file be made there, or replaced, as far as can be seen?  An errno;
 * XC_E_MOUNTED: another is mounted on it.
 */
int place_writable(const struct place *place);

/* Is the file there the one open as fd?  An errno; XC_E_REPLACED: it is not. */
int place_holds(const struct place *place, int fd);

/*
 * Open the file called name in folder to read it, but no symbolic link, and
 * without waiting for whatever else it is by now.  An errno, with -1 for *fd.
 */
int place_open(int *fd, int folder, const char *name);

/* Make the names there durable, where the folder can be synced.  An errno. */
int place_sync(const struct place *place);

/* Do both paths lead to one place? */
bool place_same(const char *a, const char *b);

/* Harmless on zeros, and twice. */
void place_leave(struct place *place);

#endif
