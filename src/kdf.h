/* SPDX-License-Identifier: ISC */
/*
 * Argon2id (RFC 9106), version 1.3, one lane, through libsodium.
 */
#ifndef KDF_H
#define KDF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define KDF_KEY_BYTES 32
#define KDF_SALT_BYTES 16
#define KDF_MEMORY_LIMIT (2UL << 20)		/* KiB, by default */

struct kdf_cost {
	uint32_t passes;
	uint32_t memory;	/* KiB */
};

/*
 * Names and costs are libsodium's.  Only the minimum, the least that the format
 * allows, is not: it is for secrets that cannot be guessed at any cost.
 */
#define KDF_MINIMAL (struct kdf_cost){ 1, 8UL << 10 }
#define KDF_INTERACTIVE (struct kdf_cost){ 2, 64UL << 10 }
#define KDF_MODERATE (struct kdf_cost){ 3, 256UL << 10 }
#define KDF_SENSITIVE (struct kdf_cost){ 4, 1UL << 20 }

/* Return the least limit, in KiB, that allows this cost. */
uint64_t kdf_needs(const struct kdf_cost *cost);

/*
 * Is this cost within limit: at most limit KiB of memory, and at most 8 times
 * that in memory x passes?
 */
bool kdf_allowed(const struct kdf_cost *cost, uint64_t limit);

/* Derive key from a secret.  Errors: ENOMEM. */
int kdf_derive(uint8_t key[KDF_KEY_BYTES], const struct kdf_cost *cost,
    const uint8_t salt[KDF_SALT_BYTES], const uint8_t *secret, size_t len);

#endif
