/* SPDX-License-Identifier: ISC */
/*
 * --rm: removes the source once the output is durable.  Results other than 0
 * are exit codes; the failure was reported.
 */
#ifndef REMOVAL_H
#define REMOVAL_H

#include "input.h"
#include "options.h"
#include "output.h"
#include "place.h"

struct removal {
	bool wanted;
	struct place at;	/* of the source */
	bool made;		/* removal_safe: what it became */
};

/*
 * Check that the source may be removed, as far as is known before the job.
 * output is the output's name, or NULL.  Call removal_end in any case.
 */
int removal_begin(struct removal *r, const struct options *o,
    const struct input *in, const char *output);

/*
 * Is an output, opened and not yet committed, a new file that outlasts a power
 * cut once it is committed, if the source does?
 */
bool removal_safe(const struct input *in, const struct output *out);

/*
 * Remove the source, if it is the file that was read, unchanged since; in is
 * still open.
 */
int removal_finish(struct removal *r, const struct input *in);

/* Harmless on zeros. */
void removal_end(struct removal *r);

#endif
