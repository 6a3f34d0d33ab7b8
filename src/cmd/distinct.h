/* SPDX-License-Identifier: ISC */
/*
 * Checks that no file of a command line is used twice.
 */
#ifndef DISTINCT_H
#define DISTINCT_H

#include "options.h"

/*
 * Check that the input, the output (the path output, or if NULL the descriptor
 * out; -1: none), the header and every secret's source differ, and that none is
 * the side file of headed (or NULL) or of the header.  Returns an exit code,
 * after any message.
 */
int distinct_files(const struct options *o, int in, const char *output,
    int out, const char *headed);

/*
 * Check that output (or NULL), which may replace a file, is none of those that
 * the same command reads after this one.  Returns as above.
 */
int distinct_later(const struct options *o, const char *output);

#endif
