/* SPDX-License-Identifier: ISC */
/*
 * The data of a payload: data units whose keys change from span to span.
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
 * The data of one payload: its layout, and the keys of the span in use.  Each
 * thread has its own.
 */
struct payload;

/*
 * A payload laid out as layout says, under its layout key (32 bytes, which it
 * copies).  payload_free takes NULL and wipes.  ENOMEM.
 */
int payload_new(struct payload **payload,
    const struct layout *layout, const uint8_t layout_key[32]);
void payload_free(struct payload *payload);

/*
 * Encrypt or decrypt len bytes of the payload's data, which start at byte
 * offset: a multiple of the sector.  With last they end the data, and the last
 * unit is what xtscrypt(5) makes of the bytes left over; otherwise len is a
 * multiple of the sector too.  len may be 0.
 * XC_E_UNIT: an offset or a length it does not take; XC_E_BUFFER, as xts_units;
 * XC_E_KEYS, as xts_expand.
 */
int payload_crypt(struct payload *payload, uint8_t *out,
    const uint8_t *in, size_t len, uint64_t offset, bool last,
    enum xts_direction direction);

#endif
