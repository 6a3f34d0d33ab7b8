/* SPDX-License-Identifier: ISC */
/*
 * The file that a command writes, or standard output: its name, and what can be
 * seen to be in the way of it.
 * Results other than 0 are exit codes, and have been told on standard error.
 */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "job_report.h"
#include "options.h"
#include "output.h"

/* The end of the name that encrypt gives. */
#define TARGET_SUFFIX ".xts"

/*
 * The name of the output: -o, or the input's with the suffix put on (encrypt)
 * or taken off.  *name is NULL for standard output, else to be freed.
 */
int target_name(char **name, const struct options *o, bool encrypt);

/*
 * May the output (NULL: standard output) be written, as far as can be seen
 * before any work is done?
 */
int target_check(const struct options *o, const char *name);

/* The flags for output_open that the options ask for. */
unsigned target_flags(const struct options *o);

/* Is the output a terminal, which gets only text without -f or "-o -"? */
bool target_guards_terminal(const struct options *o, int out);

/* Has the output, open as name, room for need bytes? */
int target_room(const struct options *o, const struct output *out,
    const char *name, uint64_t need);

/* Say what output_abort could not remove beside the output called name. */
void target_tell_left(const struct output *out, const char *name);

/*
 * Report on a terminal that output (NULL: standard output) was made, unless the
 * data itself is on one.
 */
void target_made(const struct job_report *report, const char *output,
    uint64_t size);

/* The name of an output in messages. */
const char *target_called(const char *output);

#endif
