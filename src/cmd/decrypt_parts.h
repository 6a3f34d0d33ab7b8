/* SPDX-License-Identifier: ISC */
/*
 * decrypt --part and --parts-done: write a part of the plaintext, or check that
 * all are there.
 */
#ifndef DECRYPT_PARTS_H
#define DECRYPT_PARTS_H

#include "options.h"

/* Returns an exit code, and has reported any failure. */
int decrypt_parts(const struct options *o);

#endif
