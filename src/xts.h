/* SPDX-License-Identifier: ISC */
/*
 * AES-256-XTS (IEEE Std 1619-2018): data units under one pair of keys.
 */
#ifndef XTS_H
#define XTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "xts_backend.h"

#define XTS_KEY_BYTES 64		/* the data key, then the tweak key */
#define XTS_UNIT_MIN 16
#define XTS_UNIT_MAX (1UL << 24)	/* 2^20 blocks: SP 800-38E */

enum xts_direction { XTS_ENCRYPT, XTS_DECRYPT };

/*
 * Choose the backend called name, or the fastest usable one if name is NULL,
 * for all later calls, after a known-answer test.  Call it once, before any
 * thread.
 * Errors: XC_E_BACKEND: no such name; XC_E_CPU: this CPU cannot run it;
 * XC_E_SELFTEST.
 */
int xts_choose(const char *name);

/* Return the chosen backend; NULL before xts_choose. */
const struct xts_backend *xts_chosen(void);

/*
 * Expand a pair of keys for xts_units.
 * Errors: XC_E_KEYS: the data key and the tweak key are equal (FIPS 140-3 IG
 * C.I); XC_E_BUFFER: key overlaps keys.
 */
int xts_expand(struct xts_keys *keys, const uint8_t key[XTS_KEY_BYTES]);

/*
 * Encrypt or decrypt a run of n data units, as xts_run says.
 * Errors: XC_E_UNIT: an invalid length of a unit or of a run; XC_E_BUFFER: a
 * buffer that wraps around the address space, in and out overlapping but not
 * identical, or out overlapping keys or the tweak.
 */
int xts_units(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const struct xts_keys *keys,
    enum xts_direction direction);

/*
 * Are two buffers identical or disjoint, and does neither wrap around the
 * address space?
 */
bool xts_buffers_valid(const uint8_t *out, const uint8_t *in, size_t len);

#endif
