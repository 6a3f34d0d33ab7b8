/* SPDX-License-Identifier: ISC */
/*
 * Files that do not begin like an xtscrypt file.
 */
#ifndef FOREIGN_H
#define FOREIGN_H

#include "io.h"

/*
 * Report that the file name, open as in, is not an xtscrypt file, and what it
 * is instead, or how to read it if it is one after all.  Returns the exit code.
 */
int foreign_fail(const char *name, const struct io *in);

#endif
