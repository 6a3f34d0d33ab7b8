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
 * Find the file that path leads to, which may not be there.  XC_E_SYSTEM;
 * XC_E_NOMEM; XC_E_REPLACED: what the system finds at path is not in that
 * place, but has lost its name, or has another by now.
 */
enum xc_err place_find(struct place *place, const char *path);

/* Can a file be made there, as far as can be seen?  XC_E_SYSTEM. */
enum xc_err place_writable(const struct place *place);

/* Do both paths lead to one place? */
bool place_same(const char *a, const char *b);

/* Harmless on zeros, and twice; errno stays. */
void place_leave(struct place *place);

#endif
