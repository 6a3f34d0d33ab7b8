/* SPDX-License-Identifier: ISC */
/*
 * Test vectors as text: cases are paragraphs of "Name = value" lines, comments
 * start with '#'.  Whatever is wrong with a file ends the test.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define VECTORS_LINES 8

struct vector {
	char *lines[VECTORS_LINES];	/* "Name\0value" */
	size_t n;
};

/* A file of testdata, in the source tree that the variable srcdir names. */
FILE *vectors_open(const char *name);

/* The next case; false at the end.  Start with a zero struct. */
bool vectors_next(FILE *f, struct vector *v);

/* The next line that is no comment and not empty, without its end; or NULL. */
char *vectors_line(FILE *f, char *line, size_t size);

/* A value, or NULL. */
const char *vectors_text(const struct vector *v, const char *name);

/* A decimal value, which must be there. */
uint64_t vectors_number(const struct vector *v, const char *name);

/* A value in hexadecimal, which must be there and fit: its length. */
size_t vectors_bytes(uint8_t *out, size_t size, const struct vector *v,
    const char *name);

#endif
