/* SPDX-License-Identifier: ISC */
/* The cases of testdata/format/refused.txt, which says what they look like. */
#ifndef REFUSED_H
#define REFUSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"

/* The plaintext of the good file, and how many bytes a case may add to it. */
#define REFUSED_SEGMENT 4096
#define REFUSED_LENGTH (5 * REFUSED_SEGMENT + 100)
#define REFUSED_MORE 64

struct refused {
	char error[16], changes[64], reason[64];
	int err;
};

/* The next case; false at the end. */
bool refused_next(FILE *f, struct refused *r);

/* The length of a file of len bytes after the changes of a case. */
size_t refused_make(const struct refused *r, uint8_t *file, size_t len);

#endif
