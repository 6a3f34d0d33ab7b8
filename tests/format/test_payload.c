/* SPDX-License-Identifier: ISC */
/*
 * The data of a payload, unit by unit as the format describes it, against
 * payload_crypt: whole, in pieces, across spans, with every tail.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "backend.h"
#include "bytes.h"
#include "ref_xts.h"
#include "tap.h"
#include "payload.h"

#define SPAN (1 << 20)
#define MAX_BYTES (2 * SPAN + 8192)

static uint8_t *plain, *expected, *work;
static uint8_t layout_key[32];
static struct layout layout = {
	.cipher = 1, .integrity = 0, .sector = 512, .segment = 0,
	    .span_shift = 20
};

/* len bytes of data from byte offset on, to its end, a unit at a time. */
static void
reference(uint8_t *out, const uint8_t *in, size_t len, uint64_t offset)
{
	uint8_t key[64], tweak[16] = { 0 };
	uint64_t at = offset, end = offset + len;
	size_t unit;

	while (at < end) {
		unit = layout.sector;
		if (end - at < unit || end - at - unit < 16)
			unit = (size_t)(end - at);
		crypto_kdf_derive_from_key(key, 64, at >> layout.span_shift,
		    "xtc-span", layout_key);
		bytes_store64(tweak, at / layout.sector);
		ref_xts(out, in, 1, unit, tweak, key, true);
		out += unit;
		in += unit;
		at += unit;
	}
}

static struct payload *
new_payload(void)
{
	struct payload *p;

	if (payload_new(&p, &layout, layout_key) != XC_OK)
		tap_bail("no memory");
	return p;
}

/* Bytes offset to offset + len, to the end of the data: there, and back. */
static bool
good(struct payload *p, size_t len, uint64_t offset)
{
	reference(expected, plain, len, offset);
	memset(work, 0xa5, len + 64);
	if (payload_crypt(p, work, plain, len, offset, true,
	    XTS_ENCRYPT) != XC_OK || memcmp(work, expected, len) != 0)
		return false;
	if (payload_crypt(p, work, work, len, offset, true,
	    XTS_DECRYPT) != XC_OK || memcmp(work, plain, len) != 0)
		return false;
	return work[len] == 0xa5;
}

/* Tails of every kind, where the last whole sector starts before a border. */
static void
test_tails(uint64_t border, const char *where)
{
	size_t sector = layout.sector, tail, bad = 0;
	struct payload *p = new_payload();

	for (tail = 0; tail <= sector + 16; tail++) {
		if (tail > 48 && tail < sector - 16)
			continue;
		if (!good(p, 2 * sector + tail, border - 2 * sector)) {
			bad++;
			tap_note("tail of %zu", tail);
		}
	}
	payload_free(p);
	tap_ok(bad == 0, "sector %zu: 0 to %zu bytes beyond %s", sector,
	    sector + 16, where);
}

static void
test_short(void)
{
	struct payload *p = new_payload();
	size_t len, bad = 0;

	for (len = 16; len <= 2 * layout.sector + 16; len++)
		if ((len < 80 || len % 29 < 2 || len % layout.sector < 17) &&
		    !good(p, len, 0)) {
			bad++;
			tap_note("%zu bytes", len);
		}
	payload_free(p);
	tap_ok(bad == 0, "sector %u: short data", (unsigned)layout.sector);
}

/* Two borders in one call, and the same in pieces and by several handles. */
static void
test_pieces(void)
{
	static const size_t sizes[] = { 4096, 65536, 4096 * 37, SPAN, 8192 };
	struct payload *p = new_payload(), *q = new_payload();
	size_t len = 2 * SPAN + layout.sector + 7, done, n, i;
	uint64_t offset = 4 * (uint64_t)SPAN - layout.sector;
	bool same, last;

	tap_ok(good(p, len, offset), "sector %u: two spans crossed",
	    (unsigned)layout.sector);

	for (i = 0, done = 0, same = true; done < len; i++, done += n) {
		n = sizes[i % 5];
		last = len - done < n + layout.sector;
		if (last)
			n = len - done;
		same &= payload_crypt(i % 2 ? p : q, work + done,
		    plain + done, n, offset + done, last, XTS_ENCRYPT) == XC_OK;
	}
	tap_ok(same && memcmp(work, expected, len) == 0,
	    "sector %u: the same in pieces", (unsigned)layout.sector);
	payload_free(p);
	payload_free(q);
}

/* Far out, where numbers of units and spans need more than 32 bits. */
static void
test_far(void)
{
	uint64_t sector = layout.sector;
	struct payload *p;
	bool same;

	p = new_payload();
	same = good(p, 3 * SPAN / 2, (uint64_t)1 << 53) &&
	    good(p, 3 * layout.sector + 5, ((uint64_t)1 << 41) - sector) &&
	    good(p, layout.sector, ((uint64_t)1 << 62) - sector);
	payload_free(p);
	layout.span_shift = 40;
	p = new_payload();
	same &= good(p, 4 * layout.sector, ((uint64_t)1 << 40) - 2 * sector);
	payload_free(p);
	layout.span_shift = 20;
	tap_ok(same, "sector %u: far from the start", (unsigned)layout.sector);
}

static int
crypt(struct payload *p, size_t out, size_t in, size_t len,
    uint64_t offset, bool last)
{
	return payload_crypt(p, work + out, work + in, len, offset, last,
	    XTS_ENCRYPT);
}

static void
test_refusals(void)
{
	struct payload *p = new_payload();
	size_t sector = layout.sector;
	uint64_t end = (uint64_t)1 << 62;

	tap_ok(crypt(p, 0, 0, 0, 0, false) == XC_OK &&
	    crypt(p, 0, 0, 0, 0, true) == XC_OK &&
	    crypt(p, 0, 0, 0, end, true) == XC_OK,
	    "sector %zu: nothing to do", sector);
	tap_ok(crypt(p, 0, 0, sector, 1, true) == XC_E_UNIT &&
	    crypt(p, 0, 0, sector, sector - 1, false) == XC_E_UNIT,
	    "sector %zu: an offset within a sector is refused", sector);
	tap_ok(crypt(p, 0, 0, 16, 0, false) == XC_E_UNIT &&
	    crypt(p, 0, 0, sector + 1, 0, false) == XC_E_UNIT &&
	    crypt(p, 0, 0, sector - 1, sector, false) == XC_E_UNIT,
	    "sector %zu: part of a sector is refused before the end", sector);
	tap_ok(crypt(p, 0, 0, 1, 0, true) == XC_E_UNIT &&
	    crypt(p, 0, 0, 15, sector, true) == XC_E_UNIT,
	    "sector %zu: an end without the unit it belongs to is refused",
	    sector);
	tap_ok(crypt(p, 0, 0, sector, end, true) == XC_E_UNIT &&
	    crypt(p, 0, 0, 2 * sector, end - sector, true) == XC_E_UNIT &&
	    crypt(p, 0, 0, sector, 2 * end, true) == XC_E_UNIT,
	    "sector %zu: data beyond the greatest length are refused", sector);
	tap_ok(crypt(p, 0, SPAN, SPAN + sector, 0, true) == XC_E_BUFFER &&
	    crypt(p, sector, 0, SPAN, SPAN - sector, true) == XC_E_BUFFER,
	    "sector %zu: buffers that overlap are refused", sector);
	payload_free(p);
	payload_free(NULL);
}

int
main(void)
{
	static const uint32_t sectors[] = { 512, 4096 };
	size_t i;

	if (sodium_init() < 0 ||
	    backend_choose(getenv("XTSCRYPT_BACKEND")) != XC_OK)
		tap_bail("no engine");
	plain = malloc(MAX_BYTES);
	expected = malloc(MAX_BYTES);
	work = malloc(MAX_BYTES);
	if (plain == NULL || expected == NULL || work == NULL)
		tap_bail("no memory");
	randombytes_buf(plain, MAX_BYTES);
	randombytes_buf(layout_key, sizeof(layout_key));

	tap_plan(2 * 12);
	for (i = 0; i < 2; i++) {
		layout.sector = sectors[i];
		test_short();
		test_tails(2 * layout.sector, "the second sector");
		test_tails(SPAN, "the first span");
		test_pieces();
		test_far();
		test_refusals();
	}
	free(plain);
	free(expected);
	free(work);
	return tap_done();
}
