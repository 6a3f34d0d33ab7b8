/* SPDX-License-Identifier: ISC */
/*
 * Names of files, and what they lead to.  What is returned is to be freed, and
 * is NULL, with errno, where it cannot be had.
 */
#ifndef PATH_H
#define PATH_H

#include <stdbool.h>

/* The folder that path is in, as path names it. */
char *path_folder(const char *path);

/* Whether it ends in a slash: no file can be called that. */
bool path_names_folder(const char *path);

/*
 * The name of the file that path leads to, which may not be there: path, or
 * where a symbolic link at its end leads.
 */
char *path_follow(const char *path);

/* The same, with no symbolic link left in it. */
char *path_real(const char *path);

/* Whether both names lead to one file, there already or not. */
bool path_same(const char *a, const char *b);

#endif
