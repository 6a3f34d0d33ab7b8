/* SPDX-License-Identifier: ISC */
/*
 * A file to read: its header, found and checked, then its keys.
 * Results other than 0 are exit codes; the failure was reported.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "container.h"
#include "input.h"
#include "job_report.h"

struct source {
	struct input in;
	const char *header;	/* the file that has it, for messages */
	struct container file;	/* its header and its keys */
	struct job_report report;	/* of the job on it */
	bool in_part;		/* read only this range of the plaintext; */
	struct layout_range range;	/* source_check sets its end */
};

/* Open the first operand; read the header, from o->header if detached. */
int source_open(struct source *source, const struct options *o);

/* Do distinct_files for a command that reads it. */
int source_distinct(const struct source *source, const struct options *o,
    const char *output, int out);

/*
 * Check that a detached header is the only one; report a payload that has
 * another.
 */
int source_alone(struct source *source);

/* Check that no conversion in place of it is under way. */
int source_whole(const struct source *source, const struct options *o);

/* Has it data?  If not, it is a detached header alone, or all data is lost. */
bool source_has_data(const struct source *source);

/*
 * Check that the payload is whole, as far as is known without a key, and that
 * the range is within the plaintext.
 */
int source_check(struct source *source, const struct options *o);

/* Get the keys, after source_check. */
int source_unlock(struct source *source, const struct options *o);

/* Return the bytes of plaintext to be read, or LAYOUT_UNKNOWN. */
uint64_t source_length(const struct source *source);

/*
 * Do container_unchanged, when all was read.  Returns what job_report_fail
 * takes, for the file that is to blame.
 */
int source_unchanged(struct source *source, const struct options *o);

/*
 * Check the data, after source_unlock, and report what is damaged.  Returns
 * what job_report_fail takes.
 */
int source_verify(struct source *source, const struct options *o);

/* Say what helps against damaged data: rescue is how to decrypt the rest. */
void source_hint_damage(const struct source *source, const char *rescue,
    int err);

void source_close(struct source *source);

/* Do msg_fail for a header and its side file. */
int source_fail(const char *name, struct err err);

#endif
