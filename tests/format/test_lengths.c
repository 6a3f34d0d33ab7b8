/* SPDX-License-Identifier: ISC */
/*
 * Plaintexts of every length around every rule, to a payload and back, between
 * files and pipes.  Each payload is compared with one put together here from
 * the words of the format, a unit at a time.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "lab.h"
#include "ref_xts.h"
#include "tap.h"

#define SPAN (1 << 20)
#define LENGTH_MAX (3 * SPAN + 8192)

/* Of longer plaintexts the reference, which is slow, looks at a part. */
#define ALL_MAX (3 * 65536)
#define STEP 61

static uint8_t *plain;

/*
 * Reference ciphertexts, for as long as the layout is the same: of whole units,
 * and of the last one of a plaintext of last_of bytes.
 */
static uint8_t *units;
static bool done[LENGTH_MAX / 512];
static uint8_t last[4096 + LAYOUT_TAIL];
static size_t last_of;

static struct lab lab;

static void
use(const struct layout *l)
{
	lab_keys(&lab, l);
	memset(done, 0, sizeof(done));
	last_of = 0;
}

/* The unit of len bytes at byte at of the data. */
static void
unit_of(uint8_t *out, const uint8_t *in, size_t at, size_t len)
{
	uint8_t xts_key[64], tweak[16] = { 0 };

	crypto_kdf_derive_from_key(xts_key, sizeof(xts_key),
	    (uint64_t)at >> lab.layout.span_shift, "xtc-span", lab.key->layout);
	bytes_store64(tweak, at / lab.layout.sector);
	ref_xts(out, in, 1, len, tweak, xts_key, true);
}

/* Return whether the unit is one of those that are compared. */
static bool
looked_at(size_t at, size_t len)
{
	size_t sector = lab.layout.sector;
	uint64_t behind = (at + 2 * sector) %
	    ((uint64_t)1 << lab.layout.span_shift);

	return len <= ALL_MAX || behind < 4 * sector || at / sector % STEP == 0;
}

/*
 * The data of a plaintext of this length, len bytes without records, against
 * the reference.
 */
static bool
data_good(const uint8_t *data, size_t len, size_t length)
{
	size_t sector = lab.layout.sector, at, n;

	for (at = 0; len - at >= sector + 16 || len - at == sector;
	    at += sector) {
		if (!looked_at(at, len))
			continue;
		n = at / sector;
		if (!done[n])
			unit_of(units + at, plain + at, at, sector);
		done[n] = true;
		if (memcmp(data + at, units + at, sector) != 0)
			return false;
	}
	if (len == at)
		return true;
	if (last_of != length)
		unit_of(last, plain + at, at, len - at);
	last_of = length;
	return memcmp(data + at, last, len - at) == 0;
}

/* The record of segment i. */
static bool
record_good(const uint8_t *segment, size_t len, uint64_t i, bool end)
{
	uint8_t nonce[24], tag[16], nothing[1];

	memcpy(nonce, segment + len, 16);
	bytes_store64(nonce + 16, end ? i | (uint64_t)1 << 63 : i);
	crypto_aead_xchacha20poly1305_ietf_encrypt_detached(nothing, tag, NULL,
	    NULL, 0, segment, len, NULL, nonce, lab.key->segment);
	return memcmp(tag, segment + len + 16, sizeof(tag)) == 0;
}

/* Take the records out of a payload of len bytes of data, checking each. */
static bool
records_good(uint8_t *payload, size_t size, size_t len)
{
	size_t segment = lab.layout.segment, at = 0, n;
	uint8_t *next = payload;
	bool good = true, end = false;

	for (uint64_t i = 0; !end; i++) {
		end = len - at < segment + 16;
		n = end ? len - at : segment;
		good = good && size >= n + 32 && record_good(next, n, i, end);
		if (!good)
			return false;
		memmove(payload + at, next, n);
		next += n + 32;
		size -= n + 32;
		at += n;
	}
	return size == 0;
}

/* What lab_run has just made of the first len bytes of plain. */
static bool
payload_good(size_t len)
{
	size_t size = len > 0 && len < 16 ? 16 : len;
	uint8_t *copy = lab_memory(lab.len), save[16];
	bool good = lab.err == XC_OK && lab.result.length == len &&
	    lab.result.payload == lab.len;

	memcpy(copy, lab.out, lab.len);
	if (lab.layout.integrity != 0)
		good = good && records_good(copy, lab.len, size);
	else
		good = good && lab.len == size;

	/* Zeros fill up a file of 1 to 15 bytes. */
	memcpy(save, plain, sizeof(save));
	memset(plain + len, 0, size - len);
	good = good && data_good(copy, size, len);
	memcpy(plain, save, sizeof(save));
	free(copy);
	return good;
}

static bool
say(bool good, size_t len, int way, const char *direction)
{
	if (!good)
		tap_note("%s %zu bytes, %s to %s, length %s: error %d",
		    direction, len, way & LAB_IN_STREAM ? "stream" : "file",
		    way & LAB_OUT_STREAM ? "stream" : "file",
		    way & LAB_UNKNOWN ? "unknown" : "known", (int)lab.err);
	return good;
}

/* In a quick run, only the first way and the last. */
static int
way_step(void)
{
	return lab_quick() ? 7 : 1;
}

/* The payload that was made last, back to plaintext, in all ways. */
static bool
back_good(size_t len)
{
	size_t size = lab.len;
	uint8_t *payload = lab.out;
	bool good = true;

	lab.out = NULL;
	for (int way = 0; way < LAB_WAYS; way += way_step()) {
		/* Only tags let a length stay unknown, and only of so much. */
		if (way >= LAB_UNKNOWN &&
		    (lab.layout.integrity == 0 || len < 16))
			break;
		lab_way(&lab, way, len);
		lab_run(&lab, XTS_DECRYPT, payload, size);
		good &= say(lab_gave(&lab, plain, len) && lab.nbad == 0 &&
		    lab.result.length == len && lab.result.payload == size,
		    len, way, "decrypting");
		lab.verify = true;
		lab_run(&lab, XTS_DECRYPT, payload, size);
		lab.verify = false;
		good &= say(lab.err == XC_OK && lab.len == 0 &&
		    lab.result.length == len, len, way, "verifying");
	}
	free(payload);
	return good;
}

static bool
length_good(size_t len)
{
	bool good = true;

	for (int way = 0; way < LAB_WAYS; way += way_step()) {
		lab_way(&lab, way, len);
		lab_run(&lab, XTS_ENCRYPT, plain, len);
		good &= say(payload_good(len), len, way, "encrypting");
	}
	return back_good(len) && good;
}

/* Lengths from - before to from + after, where they are not negative. */
static unsigned
around(size_t from, size_t before, size_t after)
{
	unsigned bad = 0;

	if (lab_quick() && after > 17)
		after = 17;
	for (size_t d = 0; d <= before + after; d++)
		if (from + d >= before)
			bad += !length_good(from + d - before);
	return bad;
}

static void
test_layout(const struct layout *l)
{
	size_t segment = l->integrity != 0 ? l->segment : 65536;
	unsigned bad = 0;

	use(l);
	bad += around(0, 0, 33);
	bad += around(l->sector, 17, 33);
	bad += around(2 * l->sector, 1, 17);
	bad += around(3 * l->sector, 1, 17);
	if (segment != l->sector)
		bad += around(segment, 33, 49);
	bad += around(segment + l->sector, 1, 17);
	bad += around(2 * segment, 17, 49);
	bad += around(2 * segment + l->sector, 1, 17);
	tap_ok(bad == 0, "integrity %d, sector %u, segment %u", l->integrity,
	    (unsigned)l->sector, (unsigned)l->segment);
}

/* Only one way there and one back: these are long. */
static bool
span_good(size_t len)
{
	bool good;

	lab_way(&lab, len % 4 & 3, len);
	lab_run(&lab, XTS_ENCRYPT, plain, len);
	good = payload_good(len);
	if (good) {
		uint8_t *payload = lab.out;
		size_t size = lab.len;

		lab.out = NULL;
		lab_run(&lab, XTS_DECRYPT, payload, size);
		good = lab_gave(&lab, plain, len);
		free(payload);
	}
	if (!good)
		tap_note("%zu bytes: error %d", len, (int)lab.err);
	return good;
}

static void
test_spans(const struct layout *l)
{
	static const size_t tails[] = { 0, 1, 15, 16, 31 };
	size_t most = lab_quick() ? 1 : 16;
	unsigned bad = 0;

	use(l);
	for (size_t tail = 0; tail <= most; tail++)
		bad += !span_good(SPAN + tail) ||
		    !span_good(SPAN + l->sector + tail) ||
		    !span_good(SPAN - l->sector + tail);
	for (size_t i = 0; i < LAB_COUNT(tails); i++)
		if (!lab_quick() || i == 1)
			bad += !span_good(3 * SPAN + tails[i]);
	tap_ok(bad == 0, "span 20: integrity %d, sector %u, segment %u",
	    l->integrity, (unsigned)l->sector, (unsigned)l->segment);
}

/* Two encryptions of the same have nothing in common. */
static void
test_fresh(void)
{
	struct layout l = LAYOUT_DEFAULT;
	struct lab first = { 0 };
	unsigned same = 0;

	use(&l);
	lab_way(&lab, 0, 64);
	lab_run(&lab, XTS_ENCRYPT, plain, 64);
	first = lab;
	lab.out = NULL;
	lab_run(&lab, XTS_ENCRYPT, plain, 64);
	tap_ok(memcmp(first.out, lab.out, 64) == 0 &&
	    memcmp(first.out + 64, lab.out + 64, 16) != 0,
	    "the same key: a record has a nonce of its own");
	use(&l);
	lab_run(&lab, XTS_ENCRYPT, plain, 64);
	for (int i = 0; i < 64; i += 16)
		same += memcmp(first.out + i, lab.out + i, 16) == 0;
	tap_ok(same == 0, "a fresh key: another ciphertext");
	lab_free(&first);
}

/* An input that is not as long as was said, either way. */
static void
test_contradicted(void)
{
	static const size_t lens[] = { 1, 16, 511, 4096, 4112, 8192 + 15 };
	struct layout l = { 1, 1, 512, 4096, 40 };
	unsigned bad = 0;

	for (int integrity = 1; integrity >= 0; integrity--) {
		l.integrity = (uint8_t)integrity;
		l.segment *= (uint32_t)integrity;
		use(&l);
		for (size_t i = 0; i < 4 * LAB_COUNT(lens); i++) {
			size_t len = lens[i / 4];

			lab_way(&lab, (int)(i % 4), len);
			lab_run(&lab, XTS_ENCRYPT, plain, len - 1);
			bad += lab.err != XC_E_SHRANK;
			lab_run(&lab, XTS_ENCRYPT, plain, len + 1);
			bad += lab.err != XC_E_GREW;
		}
	}
	tap_ok(bad == 0, "encrypting less or more than was said");
}

int
main(void)
{
	static const struct layout layouts[] = {
		{ 1, 1, 512, 4096, 40 }, { 1, 1, 4096, 4096, 40 },
		{ 1, 1, 512, 65536, 40 }, { 1, 0, 4096, 0, 40 },
		{ 1, 0, 512, 0, 40 }, { 1, 1, 4096, 65536, 40 }
	};
	static const struct layout spans[] = {
		{ 1, 1, 512, 4096, 20 }, { 1, 1, 4096, 65536, 20 },
		{ 1, 1, 512, 1 << 20, 20 }, { 1, 0, 4096, 0, 20 },
		{ 1, 0, 512, 0, 20 }, { 1, 1, 4096, 1 << 20, 20 }
	};
	size_t step;

	lab_start();
	step = lab_quick() ? 3 : 1;
	plain = lab_memory(LENGTH_MAX);
	units = lab_memory(LENGTH_MAX);
	lab_pattern(plain, LENGTH_MAX);
	for (size_t i = 0; i < LAB_COUNT(layouts); i += step)
		test_layout(&layouts[i]);
	for (size_t i = 0; i < LAB_COUNT(spans); i += step)
		test_spans(&spans[i]);
	test_fresh();
	test_contradicted();
	lab_end(&lab);
	free(plain);
	free(units);
	return tap_done();
}
