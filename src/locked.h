/* SPDX-License-Identifier: ISC */
/*
 * Memory for secrets, kept from the swap space as far as the system allows, and
 * a count of what it did not allow.
 */
#ifndef LOCKED_H
#define LOCKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* sodium_malloc, to be freed with sodium_free. */
void *locked_malloc(size_t size);

/*
 * Lock what others allocate, too, such as libsodium for a key derivation that
 * takes this much, until locked_end.  false: it cannot be locked; there is
 * nothing to end.
 */
bool locked_begin(uint64_t bytes);
void locked_end(void);

/* How many bytes of each could not be locked since the program began. */
struct locked_missed {
	uint64_t secrets;	/* of locked_malloc, in all */
	uint64_t derivation;	/* of locked_begin, at a time */
};
struct locked_missed locked_missed(void);

#endif
