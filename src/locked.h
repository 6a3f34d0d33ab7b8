/* SPDX-License-Identifier: ISC */
/*
 * Memory for secrets, locked against swapping if the system allows it, and a
 * count of what it did not allow.
 */
#ifndef LOCKED_H
#define LOCKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* sodium_malloc; free it with sodium_free. */
void *locked_malloc(size_t size);

/*
 * Lock what others allocate, too, such as libsodium for a key derivation of
 * this many bytes, until locked_end.  false: it cannot be locked; do not call
 * locked_end.
 */
bool locked_begin(uint64_t bytes);
void locked_end(void);

/* Bytes that could not be locked since the program started. */
struct locked_missed {
	uint64_t secrets;	/* from locked_malloc, in all */
	uint64_t derivation;	/* for locked_begin, at a time */
};
struct locked_missed locked_missed(void);

#endif
