/* SPDX-License-Identifier: ISC */
/*
 * Files that several programs encrypt or decrypt, each a part.
 * Results other than 0 are exit codes, and were reported.
 */
#ifndef IN_PARTS_H
#define IN_PARTS_H

#include "input.h"
#include "options.h"

/* Check what --parts, --part and --parts-done go with. */
int in_parts_check(const struct options *o, const struct command *command);

/* Check that the input has parts. */
int in_parts_check_input(const struct input *in);

/* Warn that --parts-done does not detect a part that is being written. */
void in_parts_tell_no_locks(const struct options *o, const char *name);

/*
 * Report on a terminal what was done: the output was made, a part was written
 * to the file with that suffix, or all parts are there.
 */
void in_parts_tell_done(const struct options *o, const char *name,
    const char *suffix);

#endif
