/* SPDX-License-Identifier: ISC */
/*
 * A recovery code that is made for a new slot, and handed to the user once the
 * slot is there.  Results other than 0 are exit codes, and were reported.
 */
#ifndef HANDOUT_H
#define HANDOUT_H

#include "job_report.h"
#include "options.h"
#include "output.h"
#include "secret.h"

/* The name of its slot. */
#define HANDOUT_SLOT "recovery"

struct handout {
	bool wanted;
	const char *path;	/* or NULL: on the terminal */
	struct secret code;
	int terminal;		/* open, or -1 */
	struct output out;
};

/*
 * Begin: if a code is wanted, draw it, and see that it can be handed out.
 * handout_end is due in any case.
 */
int handout_begin(struct handout *h, const struct options *o);

/*
 * Write it to a file that has no name yet; signals are held from before this to
 * after handout_end.
 */
int handout_prepare(struct handout *h, struct job_report *report);

/* Show it, or give that file its name. */
int handout_give(struct handout *h, const char *file);

/* Wipe it, and leave no file behind that was not given.  Harmless on zeros. */
void handout_end(struct handout *h);

#endif
