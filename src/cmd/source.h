/* SPDX-License-Identifier: ISC */
/*
 * A file to be read: its header found and checked, then its keys.
 * Results other than 0 are exit codes, and have been told on standard error.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "container.h"
#include "input.h"
#include "job_report.h"

struct source {
	struct input in;
	const char *header;	/* the file that has it, for messages */
	struct container file;	/* its header, its keys */
	struct job_report report;	/* of work on it */
};

/* Open the first operand; read the header, from o->header if detached. */
int source_open(struct source *source, const struct options *o);

/* distinct_files, for a command that reads it. */
int source_distinct(const struct source *source, const struct options *o,
    const char *output, int out);

/* Is a detached header the only one?  A payload with another is reported. */
int source_alone(struct source *source);

/* Then get the keys; the payload must be whole. */
int source_unlock(struct source *source, const struct options *o);

void source_close(struct source *source);

/* Say that a damaged header was made good by its side file. */
void source_tell_rescued(const char *name);

/* msg_fail, of a header and of its side file. */
int source_fail(const char *name, struct err err);

#endif
