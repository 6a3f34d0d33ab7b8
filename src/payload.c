/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "locked.h"
#include "payload.h"

/* Enough for the stack frames of libsodium's hash, which it does not wipe. */
#define STACK 4096

#define CONTEXT "xtc-span"

struct payload {
	struct xts_keys keys;	/* of the current span */
	uint64_t span_index;
	bool expanded;		/* there is one */
	struct layout layout;
	uint8_t layout_key[crypto_kdf_KEYBYTES];
};

int
payload_new(struct payload **payload, const struct layout *layout,
    const uint8_t layout_key[32])
{
	/* Aligned: sodium_malloc's memory ends at a page. */
	struct payload *p = locked_malloc(sizeof(*p));

	if (p == NULL)
		return ENOMEM;
	p->expanded = false;
	p->layout = *layout;
	memcpy(p->layout_key, layout_key, sizeof(p->layout_key));
	*payload = p;
	return XC_OK;
}

void
payload_free(struct payload *payload)
{
	sodium_free(payload);
}

void
payload_span_key(uint8_t key[XTS_KEY_BYTES], uint64_t span_index,
    const uint8_t layout_key[32])
{
	crypto_kdf_derive_from_key(key, XTS_KEY_BYTES, span_index, CONTEXT,
	    layout_key);
	sodium_stackzero(STACK);
}

/* Expand the keys of this span, unless it is the current one. */
static int
use_span(struct payload *p, uint64_t span_index)
{
	uint8_t key[XTS_KEY_BYTES];
	int err;

	if (p->expanded && p->span_index == span_index)
		return XC_OK;
	payload_span_key(key, span_index, p->layout_key);
	err = xts_expand(&p->keys, key);
	p->expanded = err == XC_OK;
	p->span_index = span_index;
	sodium_memzero(key, sizeof(key));
	sodium_stackzero(STACK);
	return err;
}

/*
 * Crypt units of one length, the first of which starts at offset, in one span.
 */
static int
crypt_units(struct payload *p, uint8_t *out, const uint8_t *in, size_t n,
    size_t unit, uint64_t offset, enum xts_direction direction)
{
	uint8_t tweak[16] = { 0 };
	int err;

	if ((err = use_span(p, offset >> p->layout.span_shift)) != XC_OK)
		return err;
	bytes_store64(tweak, offset / p->layout.sector);
	return xts_units(out, in, n, unit, tweak, &p->keys, direction);
}

/* Count the sectors from offset on, of n, that are in one span. */
static size_t
sectors_in_span(const struct layout *layout, uint64_t offset, size_t n)
{
	uint64_t span_bytes = (uint64_t)1 << layout->span_shift;
	uint64_t left = (span_bytes - offset % span_bytes) / layout->sector;

	return n < left ? n : (size_t)left;
}

int
payload_crypt(struct payload *payload, uint8_t *out, const uint8_t *in,
    size_t len, uint64_t offset, bool last, enum xts_direction direction)
{
	size_t sector = payload->layout.sector;
	size_t tail = len % sector, n, whole;
	int err;

	if (tail != 0 && (!last || len < XTS_UNIT_MIN))
		return XC_E_UNIT;
	if (offset % sector != 0 || offset > LAYOUT_LENGTH_MAX ||
	    len > LAYOUT_LENGTH_MAX - offset)
		return XC_E_UNIT;
	/* xts_units checks each run's buffers, but not against other runs'. */
	if (!xts_buffers_valid(out, in, len))
		return XC_E_BUFFER;

	whole = layout_whole(len, sector) / sector;
	tail = len - whole * sector;
	for (; whole > 0; whole -= n) {
		n = sectors_in_span(&payload->layout, offset, whole);
		err = crypt_units(payload, out, in, n, sector, offset,
		    direction);
		if (err != XC_OK)
			return err;
		out += n * sector;
		in += n * sector;
		offset += n * sector;
	}
	if (tail == 0)
		return XC_OK;
	return crypt_units(payload, out, in, 1, tail, offset, direction);
}
