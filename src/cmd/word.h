/* SPDX-License-Identifier: ISC */
/*
 * File names in commands that are shown.
 */
#ifndef WORD_H
#define WORD_H

/*
 * Return path for a command line, if it is one word for a shell without quoting
 * and no option for a program; or else what stands in its place.
 */
const char *word_of(const char *path, const char *otherwise);

#endif
