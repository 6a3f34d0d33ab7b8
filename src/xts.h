/* SPDX-License-Identifier: ISC */
/*
 * AES-256-XTS (IEEE Std 1619-2018): runs of data units under one pair of keys,
 * and the data of a payload, whose keys change from span to span.
 */
#ifndef XTS_H
#define XTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "layout.h"
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
enum xc_err xts_choose(const char *name);

/* The backend chosen; NULL before xts_choose. */
const struct xts_backend *xts_chosen(void);

/*
 * Expand a pair of keys for xts_units.
 * XC_E_KEYS: the data key and the tweak key are equal (FIPS 140-3 IG C.I);
 * XC_E_BUFFER: key lies where keys go.
 */
enum xc_err xts_expand(struct xts_keys *keys, const uint8_t key[XTS_KEY_BYTES]);

/*
 * Encrypt or decrypt a run of n data units, as xts_run says.
 * XC_E_UNIT: a unit or a run of a length it does not take; XC_E_BUFFER: a
 * buffer that would wrap around the address space, two that overlap without
 * being the same, or keys or a tweak where the result goes.
 */
enum xc_err xts_units(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const struct xts_keys *keys,
    enum xts_direction direction);

/*
 * The data of one payload: its layout, and the keys of the span in use.  Each
 * thread has its own.
 */
struct xts_payload;

/*
 * A payload laid out as layout says, under its layout key (32 bytes, which it
 * copies).  xts_payload_free takes NULL and wipes.  XC_E_NOMEM.
 */
enum xc_err xts_payload_new(struct xts_payload **payload,
    const struct layout *layout, const uint8_t layout_key[32]);
void xts_payload_free(struct xts_payload *payload);

/*
 * Encrypt or decrypt len bytes of the payload's data, which start at byte
 * offset: a multiple of the sector.  With last they end the data, and the last
 * unit is what xtscrypt(5) makes of the bytes left over; otherwise len is a
 * multiple of the sector too.  len may be 0.
 * XC_E_UNIT: an offset or a length it does not take; XC_E_BUFFER, as xts_units;
 * XC_E_KEYS, as xts_expand.
 */
enum xc_err xts_payload_crypt(struct xts_payload *payload, uint8_t *out,
    const uint8_t *in, size_t len, uint64_t offset, bool last,
    enum xts_direction direction);

#endif
