/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include <sodium.h>

#include "kdf.h"
#include "locked.h"

/* A limit on memory allows this many times as much memory x passes. */
#define KDF_WORK 8

uint64_t
kdf_needs(const struct kdf_cost *cost)
{
	/* 64 passes of 2^32 KiB are 2^38: no product wraps in 64 bits. */
	uint64_t work = (uint64_t)cost->memory * cost->passes;
	uint64_t share = (work + KDF_WORK - 1) / KDF_WORK;

	return share > cost->memory ? share : cost->memory;
}

bool
kdf_allowed(const struct kdf_cost *cost, uint64_t limit)
{
	return kdf_needs(cost) <= limit;
}

int
kdf_derive(uint8_t key[KDF_KEY_BYTES], const struct kdf_cost *cost,
    const uint8_t salt[KDF_SALT_BYTES], const uint8_t *secret, size_t len)
{
	uint64_t bytes = (uint64_t)cost->memory * 1024;
	bool locked;
	int r;

	if (bytes > crypto_pwhash_memlimit_max())
		return ENOMEM;
	/* The key can be computed from what Argon2 leaves in memory. */
	locked = locked_begin(bytes);
	r = crypto_pwhash(key, KDF_KEY_BYTES, (const char *)secret, len, salt,
	    cost->passes, (size_t)bytes, crypto_pwhash_ALG_ARGON2ID13);
	if (locked)
		locked_end();
	/* Within its limits, it fails only for want of memory. */
	return r == 0 ? XC_OK : ENOMEM;
}
