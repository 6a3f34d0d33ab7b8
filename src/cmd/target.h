/* SPDX-License-Identifier: ISC */
/*
 * The file that a command writes, or standard output: its name, and checks
 * before the job.
 * Results other than 0 are exit codes; the failure was reported.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "job_report.h"
#include "options.h"
#include "output.h"

/* Suffix of the names that encrypt gives. */
#define TARGET_SUFFIX ".xts"

/*
 * Find the name of the output: -o, or the input's with the suffix added
 * (encrypt) or removed.  *name is NULL for standard output; else free it.
 */
int target_name(char **name, const struct options *o, bool encrypt);

/*
 * Check that the output (NULL: standard output) may be written, as far as is
 * known before the job.
 */
int target_check(const struct options *o, const char *name);

/* Likewise for a new file, which must not exist. */
int target_check_new(const char *name);

/* Return the flags for output_open that the options request. */
unsigned target_flags(const struct options *o);

/* Is the output a terminal, which without -f or "-o -" gets only text? */
bool target_guards_terminal(const struct options *o, int out);

/* Check that the output, open as name, has room for need bytes. */
int target_room(const struct options *o, const struct output *out,
    const char *name, uint64_t need);

/* Report what output_abort could not remove beside the output called name. */
void target_tell_left(const struct output *out, const char *name);

/*
 * Report on a terminal that output (NULL: standard output) was written, unless
 * the data itself is on one.
 */
void target_made(const struct job_report *report, const char *output,
    uint64_t size);

/* Return the name of an output for messages. */
const char *target_called(const char *output);

#endif
