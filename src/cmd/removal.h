/* SPDX-License-Identifier: ISC */
/*
 * --rm: removes the source once the output is durable.  Results other than 0
 * are exit codes; the failure was reported.
 */
#ifndef REMOVAL_H
#define REMOVAL_H

#include "input.h"
#include "options.h"
#include "place.h"

struct removal {
	bool wanted;
	struct place at;	/* of the source */
	bool made;		/* what it became is all in new files */
};

/*
 * Check that the source may be removed, as far as is known before the job.
 * output is the output's name, or NULL.  Call removal_end in any case.
 */
int removal_begin(struct removal *r, const struct options *o,
    const struct input *in, const char *output);

/*
 * Remove the source, if it is the file that was read, unchanged since; in is
 * still open.
 */
int removal_finish(struct removal *r, const struct input *in);

/* Harmless on zeros. */
void removal_end(struct removal *r);

#endif
