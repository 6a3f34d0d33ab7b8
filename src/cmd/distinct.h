/* SPDX-License-Identifier: ISC */
/*
 * No file of a command line is used twice.
 */
#ifndef DISTINCT_H
#define DISTINCT_H

#include "options.h"

/*
 * The input, what is written (the path output, or where that is NULL the
 * descriptor out; -1: none), the header and every secret's source must differ;
 * and none may be the side file of headed (or NULL) or of the header.  Returns
 * an exit code, after any message.
 */
int distinct_files(const struct options *o, int in, const char *output,
    int out, const char *headed);

#endif
