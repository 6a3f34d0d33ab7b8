/* SPDX-License-Identifier: ISC */
/*
 * File names, and what they lead to.
 */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>

/* Does path end in a slash?  No regular file can have such a name. */
bool path_names_folder(const char *path);

/*
 * Find the name of the file that path leads to, which need not exist: path
 * itself, or the target of a symbolic link at its end.  Free *at; it is NULL
 * after an error.  Errors: an errno (EACCES: a link that another user created
 * in a folder where everyone may write).
 */
int path_follow(char **at, const char *path);

/* That name with a suffix; likewise. */
int path_beside(char **beside, const char *path, const char *suffix);

/*
 * Return the number of the descriptor that path leads to, as /dev/stdin,
 * /dev/fd/N and /proc/self/fd/N do; or -1.  Lack of memory makes no difference.
 */
int path_descriptor(const char *path);

/*
 * Check that path still leads to the file open as fd.  Errors: an errno;
 * XC_E_REPLACED: it now leads to another file, or to none.
 */
int path_holds(const char *path, int fd);

#endif
