/* SPDX-License-Identifier: ISC */
/*
 * Files that several programs encrypt or decrypt, each a part.
 * Results other than 0 are exit codes, and were reported.
 */
#ifndef IN_PARTS_H
#define IN_PARTS_H

#include "input.h"
#include "options.h"

/* Check what --parts, --part and --parts-done go with. */
int in_parts_check(const struct options *o, const struct command *command);

/* Check that the input has parts. */
int in_parts_check_input(const struct input *in);

/* encrypt and decrypt with --part or --parts-done. */
int in_parts_encrypt(const struct options *o);
int in_parts_decrypt(const struct options *o);

#endif
