/* SPDX-License-Identifier: ISC */
/*
 * Names of files, and what they lead to.
 */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>

/* Does it end in a slash?  No file can be called that. */
bool path_names_folder(const char *path);

/*
 * The name of the file that path leads to, which may not be there: path, or
 * where a symbolic link at its end leads.  To be freed; NULL after an error.
 * An errno (EACCES: a link that someone else left in a folder where all may
 * write).
 */
int path_follow(char **at, const char *path);

/*
 * The number of the descriptor that path leads to, as /dev/stdin, /dev/fd/N and
 * /proc/self/fd/N do; or -1.
 */
int path_descriptor(const char *path);

/*
 * Does path still lead to the file open as fd?  An errno; XC_E_REPLACED: it
 * leads to another by now, or to none.
 */
int path_holds(const char *path, int fd);

#endif
