/* SPDX-License-Identifier: ISC */
/*
 * --rm: the source is removed once what was made of it is on the disk.  Results
 * other than 0 are exit codes, and were reported.
 */
#ifndef REMOVAL_H
#define REMOVAL_H

#include "input.h"
#include "options.h"
#include "place.h"

struct removal {
	bool wanted;
	struct place at;	/* where the source is */
	bool made;		/* the output is a new file, and has its name */
};

/*
 * May the source be removed, as far as can be seen before the work?  output is
 * the name of what is made, or NULL.  removal_end is due in any case.
 */
int removal_begin(struct removal *r, const struct options *o,
    const struct input *in, const char *output);

/*
 * Remove it, if it is the file that was read, as it was when that began; in
 * is still open.
 */
int removal_finish(struct removal *r, const struct input *in);

/* Harmless on zeros. */
void removal_end(struct removal *r);

#endif
