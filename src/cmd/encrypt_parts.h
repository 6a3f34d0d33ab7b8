/* SPDX-License-Identifier: ISC */
/*
 * encrypt --part and --parts-done: write a part of a file that --parts made, or
 * check that all are there.
 */
#ifndef ENCRYPT_PARTS_H
#define ENCRYPT_PARTS_H

#include "options.h"

/* Returns an exit code, and has reported any failure. */
int encrypt_parts(const struct options *o);

#endif
