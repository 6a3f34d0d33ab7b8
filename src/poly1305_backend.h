/* SPDX-License-Identifier: ISC */
/*
 * The contract of a backend for Poly1305, and the table of those built in.
 * Callers use tag.h.
 */
#ifndef POLY1305_BACKEND_H
#define POLY1305_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "asm/target.h"

/*
 * Compute the Poly1305 tag of whole blocks: n at in, then last at end.  Either
 * number may be 0.  tag shares no byte with what is read.  Time and addresses
 * depend only on n, last and the pointers.  key is for one message.  Source:
 * RFC 8439, 2.5.
 */
typedef void poly1305_run(uint8_t tag[16], const uint8_t *in, size_t n,
    const uint8_t *end, size_t last, const uint8_t key[32]);

struct poly1305_backend {
	const char *name;
	bool (*usable)(void);	/* can this CPU run it? */
	poly1305_run *run;
};

/* Every backend that is built in, the fastest first; ends with NULL. */
extern const struct poly1305_backend *const poly1305_backends[];

extern const struct poly1305_backend poly1305_sodium;	/* libsodium's */

#ifdef ASM_X86_64
extern const struct poly1305_backend poly1305_ifma, poly1305_avx2;

poly1305_run poly1305_tag_ifma, poly1305_tag_avx2;
#endif

#ifdef ASM_ARM64
extern const struct poly1305_backend poly1305_mul64;

poly1305_run poly1305_tag_mul64;
#endif

#endif
