/* SPDX-License-Identifier: ISC */
/*
 * The data of a payload: data units under keys that change with each span.
 * Source: xtscrypt(5), "Data units".
 */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "xts.h"

/*
 * The layout of one payload, and the keys of the current span.  Each thread
 * needs its own.
 */
struct payload;

/*
 * Create a payload with this layout and layout key (32 bytes), which it
 * copies.  payload_free wipes it, and accepts NULL.  Errors: ENOMEM.
 */
int payload_new(struct payload **payload,
    const struct layout *layout, const uint8_t layout_key[32]);
void payload_free(struct payload *payload);

/* Derive the XTS keys of a span from the layout key (32 bytes). */
void payload_span_key(uint8_t key[XTS_KEY_BYTES], uint64_t span_index,
    const uint8_t layout_key[32]);

/*
 * Encrypt or decrypt len bytes of the payload's data from byte offset on, a
 * multiple of the sector.  len, too, is a multiple of the sector, unless last:
 * then these bytes end the data, and xtscrypt(5) defines the last unit.  len
 * may be 0.  In one span, nothing is written before an error.
 * Errors: XC_E_UNIT: an invalid offset or length; XC_E_BUFFER: as xts_units;
 * XC_E_KEYS: as xts_expand.
 */
int payload_crypt(struct payload *payload, uint8_t *out,
    const uint8_t *in, size_t len, uint64_t offset, bool last,
    enum xts_direction direction);

#endif
