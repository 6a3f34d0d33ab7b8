/* SPDX-License-Identifier: ISC */
/*
 * A key file: 1 byte to 16 MiB of anything.  Only its hash is used.
 * Source: xtscrypt(5), "Keys".
 */
#ifndef KEYFILE_H
#define KEYFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

#define KEYFILE_HASH_BYTES 64
#define KEYFILE_MAX (16UL << 20)
#define KEYFILE_RANDOM_BYTES 64		/* in a key file that we generate */

/* Above this it is probably a file to be encrypted. */
#define KEYFILE_USUAL_MAX 65536

enum keyfile_look {
	KEYFILE_USUAL,
	KEYFILE_RANDOM,		/* KEYFILE_RANDOM_BYTES, which look random */
	KEYFILE_CONTAINER,	/* begins like an archive or a disk image */
	KEYFILE_OVERSIZED	/* more than KEYFILE_USUAL_MAX */
};

/*
 * Hash the key file at path, or from the descriptor that path leads to, which
 * is left behind the last byte.  The hash is a secret: it needs locked_malloc
 * memory.  look may be NULL.
 * Errors: an errno; XC_E_KEY_EMPTY; XC_E_KEY_LARGE.
 */
int keyfile_read(uint8_t hash[KEYFILE_HASH_BYTES], enum keyfile_look *look,
    const char *path);

/*
 * Do these bytes look random?  Text, counters and repetitions do not, nor does
 * fewer than one random key file in 2^27.  This detects mistakes; it cannot
 * show that nobody else knows the bytes.
 */
bool keyfile_looks_random(const uint8_t bytes[KEYFILE_RANDOM_BYTES]);

#endif
