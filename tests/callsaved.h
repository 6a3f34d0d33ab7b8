/* SPDX-License-Identifier: ISC */
/*
 * Calls through a wrapper that knows what a callee must keep.
 */
#ifndef CALLSAVED_H
#define CALLSAVED_H

#include "xts_backend.h"

#if defined(__x86_64__) && !defined(_WIN32)
#define CALLSAVED_BREAKERS 7
#elif defined(__aarch64__)
#define CALLSAVED_BREAKERS 20
#else
#define CALLSAVED_BREAKERS 0	/* no wrapper for this CPU */
#endif

#if CALLSAVED_BREAKERS > 0

/*
 * Call run with the arguments after it; a bit set for each register that it
 * should have kept and did not, in the order of callsaved_breakers, and zero if
 * it is good.
 */
unsigned int callsaved_run(uint8_t *out, const uint8_t *in, size_t n,
    size_t unit, const uint8_t tweak[16], const struct xts_keys *keys,
    xts_run *run);

/* Functions that spoil one register each, the stack pointer last. */
extern xts_run *const callsaved_breakers[CALLSAVED_BREAKERS];

#endif
#endif
