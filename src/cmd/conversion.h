/* SPDX-License-Identifier: ISC */
/*
 * Unfinished conversions in place, as the commands meet them.
 * Results other than 0 are exit codes, and were reported.
 */
#ifndef CONVERSION_H
#define CONVERSION_H

#include <stdbool.h>

#include "header.h"

/*
 * Check that no conversion of the file called path is under way.  detached is
 * the file that has its header, or NULL; header is that header, or NULL if none
 * can be read.  For a header's own file, path is that file.
 */
int conversion_check(const char *path, const char *detached,
    const struct header *header);

/* Give the command that resumes it; before: what has to be done before. */
void conversion_hint(const char *before, const char *path,
    const char *detached);

/* One under way, as "info" shows it. */
struct conversion_shown {
	const char *way;	/* "encrypted" or "decrypted"; NULL: none is */
	unsigned percent;
	bool writing;		/* a volume is open, or was not closed */
	struct header header;
};

/* Is there one of this file, with a copy of its header? */
bool conversion_seen(struct conversion_shown *shown, const char *path,
    const char *detached);

#endif
