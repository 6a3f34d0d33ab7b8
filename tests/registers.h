/* SPDX-License-Identifier: ISC */
/*
 * Calls through a wrapper that looks at the registers afterwards.
 */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "xts_backend.h"

#if defined(__aarch64__)

#define REGISTERS_PATTERN 0x55

/* Those that a callee may change; the low halves of v8 to v15 it may not. */
struct registers {
	uint64_t x[18];
	uint8_t v[32][16];
};

/*
 * Call run with the arguments before it, after all of v and x6 to x17 were
 * filled with the pattern, and tell what is in the registers when it returns.
 */
void registers_run(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const struct xts_keys *keys, xts_run *run,
    struct registers *after);

#endif
#endif
