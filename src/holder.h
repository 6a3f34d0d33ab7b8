/* SPDX-License-Identifier: ISC */
/*
 * Finds out who has a file or a block device, as far as the system shows it:
 * Linux does.
 */
#ifndef HOLDER_H
#define HOLDER_H

#include <sys/stat.h>

#include <stdbool.h>

#define HOLDER_MAX 1024

/*
 * Write to who, in English, what is on it: each device on the one before, then
 * where that is mounted, or that it is swap space.  Names may have any byte, as
 * those of files may.  false: nothing is known to be on it, and who is empty.
 */
bool holder_find(char who[HOLDER_MAX], const struct stat *file);

/* Are two block devices the same, or one a partition of the other? */
bool holder_shares(const struct stat *a, const struct stat *b);

#endif
