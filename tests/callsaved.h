/* SPDX-License-Identifier: ISC */
/*
 * Calls through a wrapper that knows what a callee must keep, and one that
 * looks at what it leaves in the other registers.
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

#if defined(__x86_64__) && !defined(_WIN32) && !defined(NO_ASM)

#define CALLSAVED_DUMP 2184		/* bytes */
#define CALLSAVED_CARELESS 5		/* of which are for AVX-512: */
#define CALLSAVED_CARELESS_WIDE 2

/*
 * Call run, from registers that are empty but for its arguments; then write
 * those that it need not keep to dump: with those of AVX, or AVX-512 if wide.
 */
void callsaved_dump(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const struct xts_keys *keys, xts_run *run,
    uint8_t dump[CALLSAVED_DUMP], int wide);

/* Functions that leave the tweak in one register each, the wide ones last. */
extern xts_run *const callsaved_careless[CALLSAVED_CARELESS];

#endif
#endif
