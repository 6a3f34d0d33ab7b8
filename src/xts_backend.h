/* SPDX-License-Identifier: ISC */
/*
 * The contract of a backend for AES-256-XTS, and the table of those built in.
 * Callers use xts.h, which checks what a backend assumes.
 */
#ifndef XTS_BACKEND_H
#define XTS_BACKEND_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "asm/keys.h"
#include "asm/target.h"

/*
 * A pair of XTS keys, expanded: 15 round keys each, in the byte order of FIPS
 * 197.  decrypt is the data key's schedule for the equivalent inverse cipher
 * (FIPS 197, 5.3.5) in order of use: the encryption's round keys from last to
 * first, with InvMixColumns applied to all but the outer two.
 */
struct xts_keys {
	alignas(64) uint8_t encrypt[15 * 16];
	uint8_t decrypt[15 * 16];
	uint8_t tweak[15 * 16];
};

/* The assembly has these offsets as numbers. */
_Static_assert(offsetof(struct xts_keys, encrypt) == KEYS_ENCRYPT &&
    offsetof(struct xts_keys, decrypt) == KEYS_DECRYPT &&
    offsetof(struct xts_keys, tweak) == KEYS_TWEAK, "struct xts_keys");

/*
 * Encrypt or decrypt n contiguous data units of unit bytes each.  The first has
 * this tweak, each later one the tweak before it plus one, as a 128-bit
 * little-endian number.  unit is a multiple of 512; or n is 1, and unit is any
 * length from 16 to 2^24, with ciphertext stealing if it is no multiple of 16.
 * n may be 0.  in and out are identical or disjoint, at any alignment.  Time
 * and addresses depend only on n, unit and the pointers.  Source: IEEE Std
 * 1619-2018; FIPS 197.
 */
typedef void xts_run(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const struct xts_keys *keys);

struct xts_backend {
	const char *name;
	bool (*usable)(void);	/* can this CPU run it? */

	/*
	 * key: the data key (32 bytes), then the tweak key (32); they differ.
	 */
	void (*expand)(struct xts_keys *keys, const uint8_t key[64]);

	xts_run *encrypt;
	xts_run *decrypt;
};

/* A function in assembly, Poly1305's too, by its bytes: for the proofs. */
struct xts_code {
	const char *name;
	void (*start)(void);
	const uint8_t *end;
};

#define XTS_CODE(name) { #name, (void (*)(void))name, name##_end }

/* All such functions; ends with a NULL name. */
extern const struct xts_code xts_code[];

/* Every backend that is built in, the fastest first; ends with NULL. */
extern const struct xts_backend *const xts_backends[];

extern const struct xts_backend xts_c;		/* "portable" */

#ifdef ASM_X86_64
extern const struct xts_backend xts_aesni, xts_vaes256, xts_vaes512;
#endif
#ifdef ASM_ARM64
extern const struct xts_backend xts_arm64;
#endif

#endif
