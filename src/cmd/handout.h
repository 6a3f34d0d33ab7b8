/* SPDX-License-Identifier: ISC */
/*
 * A recovery code for a new slot: generated, and given to the user once the
 * slot exists.  Results other than 0 are exit codes; the failure was reported.
 */
#ifndef HANDOUT_H
#define HANDOUT_H

#include "job_report.h"
#include "options.h"
#include "output.h"
#include "secret.h"

/* Name of the code's slot. */
#define HANDOUT_SLOT "recovery"

struct handout {
	bool wanted;
	const char *path;	/* NULL: on the terminal */
	struct secret code;
	int terminal;		/* open, or -1 */
	struct output out;
};

/*
 * If a code is wanted, generate it, and check that it can be given to the
 * user.  Call handout_end in any case.
 */
int handout_begin(struct handout *h, const struct options *o);

/*
 * Write the code to a file that has no name yet; hold signals from before this
 * until after handout_end.
 */
int handout_prepare(struct handout *h, struct job_report *report);

/* Show the code, or give that file its name. */
int handout_give(struct handout *h, const char *file);

/* Wipe the code, and remove a file without a name.  Harmless on zeros. */
void handout_end(struct handout *h);

#endif
