/* SPDX-License-Identifier: ISC */
/*
 * A key file: 1 byte to 16 MiB of anything.  Its hash is all that is used.
 * Source: xtscrypt(5), "Keys".
 */
#ifndef KEYFILE_H
#define KEYFILE_H

#include <stdint.h>

#include "err.h"

#define KEYFILE_HASH_BYTES 64
#define KEYFILE_MAX (16UL << 20)

/*
 * Hash the key file at path, or from the descriptor that path leads to, which
 * then stands behind its last byte.  The hash is a secret: memory of
 * locked_malloc.  XC_E_KEY_EMPTY; XC_E_KEY_LARGE; an errno.
 */
int keyfile_read(uint8_t hash[KEYFILE_HASH_BYTES], const char *path);

#endif
