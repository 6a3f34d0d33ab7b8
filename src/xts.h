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
 * Choose the backend called name, or the fastest usable one when name is NULL,
 * for all later calls, after it has passed a known-answer test.  Call it once,
 * before any thread.
 * XC_E_BACKEND: no such name; XC_E_CPU: this CPU cannot run it; XC_E_SELFTEST.
 */
int xts_choose(const char *name);

/* The backend chosen; NULL before xts_choose. */
const struct xts_backend *xts_chosen(void);

/*
 * Expand a pair of keys for xts_units.
 * XC_E_KEYS: the data key and the tweak key are equal (FIPS 140-3 IG C.I);
 * XC_E_BUFFER: key lies where keys go.
 */
int xts_expand(struct xts_keys *keys, const uint8_t key[XTS_KEY_BYTES]);

/*
 * Encrypt or decrypt a run of n data units, as xts_run says.
 * XC_E_UNIT: a unit or a run of a length it does not take; XC_E_BUFFER: a
 * buffer that would wrap around the address space, two that overlap without
 * being the same, or keys or a tweak where the result goes.
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
