/* SPDX-License-Identifier: ISC */
/*
 * The sizes of payloads, against a model that cuts the data up step by step as
 * the format describes it; and every size that no writer makes.
 */
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "tap.h"

#define SEG 4096

/* The payload of length bytes: segments, as long as 16 bytes are left. */
static uint64_t
model_payload(const struct layout *l, uint64_t length)
{
	uint64_t left = length, payload = 0;

	if (left > 0 && left < 16)
		left = 16;
	if (l->integrity == 0)
		return left;
	for (; left >= (uint64_t)l->segment + 16; left -= l->segment)
		payload += l->segment + 32;
	return payload + left + 32;
}

static struct layout
layout_of(uint8_t integrity, uint32_t segment)
{
	struct layout l = LAYOUT_DEFAULT;

	l.integrity = integrity;
	l.segment = segment;
	return l;
}

static bool
length_good(const struct layout *l, uint64_t length)
{
	uint64_t payload = model_payload(l, length), data, want;

	want = length > 0 && length < 16 ? 16 : length;
	if (layout_data(length) == want &&
	    layout_payload(l, length) == payload &&
	    layout_payload_data(&data, l, payload) == XC_OK && data == want)
		return true;
	tap_note("segment %u, length %llu", (unsigned)l->segment,
	    (unsigned long long)length);
	return false;
}

static void
test_every_length(void)
{
	struct layout with = layout_of(1, SEG), without = layout_of(0, 0);
	unsigned bad = 0;

	for (uint64_t n = 0; n <= 3 * SEG + 64; n++)
		bad += !length_good(&with, n) || !length_good(&without, n);
	tap_ok(bad == 0, "every length up to three segments");
}

/* Around every whole number of segments that is near. */
static void
test_borders(void)
{
	unsigned bad = 0;

	for (uint32_t seg = SEG; seg <= LAYOUT_SEGMENT_MAX; seg *= 2) {
		struct layout l = layout_of(1, seg);

		for (uint64_t k = 0; k <= 5; k++)
			for (uint64_t d = 0; d <= 128; d++)
				if (k * seg + d >= 64)
					bad += !length_good(&l,
					    k * seg + d - 64);
	}
	tap_ok(bad == 0, "lengths around borders, every segment size");
}

/* Every payload is refused but those that the model makes of some length. */
static void
test_refused(void)
{
	struct layout l = layout_of(1, SEG);
	size_t limit = 3 * (SEG + 32), refused = 0, bad = 0;
	uint8_t *made = lab_memory(limit + 1);
	uint64_t data, p;

	memset(made, 0, limit + 1);
	for (uint64_t n = 0; (p = model_payload(&l, n)) <= limit; n++)
		made[p] = 1;
	for (p = 0; p <= limit; p++) {
		int err = layout_payload_data(&data, &l, p);

		refused += !made[p];
		if (err != (made[p] ? XC_OK : XC_E_SIZE)) {
			tap_note("a payload of %llu", (unsigned long long)p);
			bad++;
		}
	}
	/* 0 to 31, 33 to 47, and 32 more where each further segment begins. */
	tap_ok(bad == 0 && refused == 32 + 15 + 2 * 32,
	    "every payload size up to three segments that no writer makes");
	free(made);
}

static void
test_refused_others(void)
{
	struct layout without = layout_of(0, 0);
	uint64_t data;
	unsigned bad = 0;

	for (uint32_t seg = SEG; seg <= LAYOUT_SEGMENT_MAX; seg *= 2) {
		struct layout l = layout_of(1, seg);

		for (uint64_t k = 1; k <= 1000; k += 37) {
			/* The longest there is of k and a last one. */
			uint64_t at = k * (seg + 32) + 15;

			bad += layout_payload_data(&data, &l, at) !=
			    XC_OK || data != k * seg + 15;
			for (uint64_t d = 1; d <= 32; d++)
				bad += layout_payload_data(&data, &l, at + d) !=
				    XC_E_SIZE;
			bad += layout_payload_data(&data, &l, at + 33) !=
			    XC_OK || data != k * seg + 16;
		}
	}
	tap_ok(bad == 0, "the 32 sizes between n and n + 1 segments");

	for (uint64_t p = 1; p < 16; p++)
		bad += layout_payload_data(&data, &without, p) != XC_E_SIZE;
	tap_ok(bad == 0, "without integrity: 1 to 15 bytes");
}

static void
test_longest(void)
{
	const uint64_t max = LAYOUT_LENGTH_MAX;
	struct layout without = layout_of(0, 0);
	uint64_t data;
	unsigned bad = 0;

	for (uint32_t seg = SEG; seg <= LAYOUT_SEGMENT_MAX; seg *= 2) {
		struct layout l = layout_of(1, seg);
		/* 2^62 is a whole number of segments, and so of records. */
		uint64_t most = max + max / seg * LAYOUT_RECORD;

		bad += layout_payload(&l, max) != most;
		bad += layout_payload_data(&data, &l, most) != XC_OK ||
		    data != max;
		for (uint64_t d = 1; d <= 200; d++)
			bad += layout_payload_data(&data, &l, most + d) !=
			    XC_E_SIZE;
		bad += layout_payload_data(&data, &l, most - 1) != XC_OK ||
		    data != max - 1;
		bad += layout_payload_data(&data, &l, UINT64_MAX) !=
		    XC_E_SIZE;
	}
	bad += layout_payload_data(&data, &without, max) != XC_OK ||
	    data != max;
	bad += layout_payload_data(&data, &without, max + 1) != XC_E_SIZE;
	bad += layout_payload_data(&data, &without, UINT64_MAX) != XC_E_SIZE;
	tap_ok(bad == 0, "up to 2^62 bytes of plaintext, and no more");
}

/* A range against the segments that the model makes, at their borders. */
static bool
range_good(const struct layout *l, uint64_t length, uint64_t from, uint64_t to)
{
	struct layout_range range = { from, to - from };
	uint64_t size = l->integrity != 0 ? l->segment : l->sector;
	uint64_t first = from / size, end = (to - 1) / size + 1;
	uint64_t record = l->integrity != 0 ? 32 : 0;
	struct layout_part part;
	bool last;

	/* Without 16 bytes of its own, the last is a part of the one before. */
	if (length > size && length - first * size < 16)
		first--;
	last = length < end * size + 16;
	if (layout_range_fit(&range, length) == XC_OK &&
	    range.length == to - from) {
		layout_range_part(&part, l, length, &range);
		if (part.data == first * size && part.last == last &&
		    part.payload == first * (size + record) &&
		    part.size == (last ? layout_payload(l, length) :
		    end * (size + record)) - part.payload)
			return true;
	}
	tap_note("segment %u, bytes %llu to %llu of %llu",
	    (unsigned)l->segment, (unsigned long long)from,
	    (unsigned long long)to, (unsigned long long)length);
	return false;
}

/* Around borders at the start and at the end of plaintexts of all sizes. */
static void
test_ranges(void)
{
	static const uint64_t around[] = { 4096, 3 * 65536, (uint64_t)1 << 40,
	    LAYOUT_LENGTH_MAX - 65536 };
	unsigned bad = 0;

	for (int tags = 0; tags < 2; tags++) {
		struct layout l = layout_of((uint8_t)tags, tags ? SEG : 0);

		for (size_t i = 0; i < LAB_COUNT(around); i++)
			for (uint64_t n = around[i] - 20;
			    n < around[i] + 20; n++)
				for (uint64_t k = 1; k < 40; k++)
					bad += !range_good(&l, n, n - k, n) ||
					    !range_good(&l, n, k, n) ||
					    !range_good(&l, n, n / 2, n - k);
	}
	tap_ok(bad == 0, "the parts that have a range");
}

/* Ranges that are not within the plaintext, at both ends of the numbers. */
static void
test_beyond(void)
{
	const uint64_t most[] = { 0, 1, 20000, LAYOUT_LENGTH_MAX };
	struct layout_range r;
	unsigned bad = 0;

	for (size_t i = 0; i < LAB_COUNT(most); i++) {
		uint64_t n = most[i];

		/* The sum would wrap around, in one form or another. */
		for (uint64_t over = 1; over != 0; over *= 2) {
			r = (struct layout_range){ n + over, LAYOUT_UNKNOWN };
			bad += layout_range_fit(&r, n) != XC_E_RANGE;
			r = (struct layout_range){ 0 - over, over + n };
			bad += layout_range_fit(&r, n) != XC_E_RANGE;
			r = (struct layout_range){ n, over };
			bad += layout_range_fit(&r, n) != XC_E_RANGE;
			r = (struct layout_range){ n / 2, 0 - over - 1 };
			bad += layout_range_fit(&r, n) != XC_E_RANGE;
		}
		r = (struct layout_range){ n, LAYOUT_UNKNOWN };
		bad += layout_range_fit(&r, n) != XC_OK || r.length != 0;
		r = (struct layout_range){ 0, LAYOUT_UNKNOWN };
		bad += layout_range_fit(&r, n) != XC_OK || r.length != n;
	}
	tap_ok(bad == 0, "ranges that are not within the plaintext");
}

/*
 * The parts of a plaintext: one after the other to its end, each the part that
 * has its bytes, and cut where no two write to the same 4096 bytes.
 */
static unsigned
bad_shares(const struct layout *l, uint64_t length, uint32_t n)
{
	uint64_t at = 0;
	unsigned bad = 0;

	for (uint32_t i = 1; i <= n; i++) {
		struct layout_range r = layout_share(l, length, i, n);
		struct layout_part part;

		bad += r.offset != at || r.length > length - at;
		at += r.length;
		if (r.length == 0)
			continue;
		layout_range_part(&part, l, length, &r);
		bad += part.data != r.offset || part.payload % 4096 != 0 ||
		    part.last != (at == length) || r.offset % 4096 != 0 ||
		    layout_share_with(l, length, r.offset, n) != i ||
		    layout_share_with(l, length, at - 1, n) != i;
	}
	return bad + (at != length);
}

static void
test_shares(void)
{
	const uint32_t many[] = { 1, 2, 3, 7, 16, 1000, LAYOUT_SHARES_MAX };
	const int tails[] = { -1, 0, 1, 15, 16, 17 };
	unsigned bad = 0;

	for (size_t k = 0; k < LAB_COUNT(many); k++)
		for (uint32_t seg = 0; seg <= LAYOUT_SEGMENT_MAX;
		    seg = seg == 0 ? SEG : 4 * seg) {
			struct layout l = layout_of(seg != 0, seg);
			uint64_t stripe = seg == 0 ? 1 << 20 : 128 * seg;

			bad += layout_stripes(&l, stripe + 15) != 1;
			bad += layout_stripes(&l, stripe + 16) != 2;
			bad += bad_shares(&l, 1, many[k]);
			bad += bad_shares(&l, LAYOUT_LENGTH_MAX, many[k]);
			for (uint64_t c = 1; c < 24; c++)
				for (size_t t = 0; t < LAB_COUNT(tails); t++)
					bad += bad_shares(&l, c * stripe +
					    (uint64_t)tails[t], many[k]);
		}
	tap_ok(bad == 0, "the parts of a plaintext");
}

static void
test_valid(void)
{
	struct layout l;
	unsigned bad = 0;

	for (unsigned v = 0; v < 256; v++) {
		l = LAYOUT_DEFAULT;
		l.cipher = (uint8_t)v;
		bad += layout_valid(&l) != (v == 1);
		l = LAYOUT_DEFAULT;
		l.span_shift = (uint8_t)v;
		bad += layout_valid(&l) != (v >= 20 && v <= 40);
		l = layout_of((uint8_t)v, SEG);
		bad += layout_valid(&l) != (v == 1);
		l = layout_of((uint8_t)v, 0);
		bad += layout_valid(&l) != (v == 0);
	}
	for (uint32_t v = 0; v <= 2 * LAYOUT_SEGMENT_MAX; v++) {
		unsigned ones = 0;

		for (uint32_t w = v; w != 0; w >>= 1)
			ones += w & 1;
		l = layout_of(1, v);
		bad += layout_valid(&l) != (ones == 1 && v >= SEG &&
		    v <= LAYOUT_SEGMENT_MAX);
		l = LAYOUT_DEFAULT;
		l.sector = v;
		bad += layout_valid(&l) != (v == 512 || v == 4096);
	}
	tap_ok(bad == 0, "which layouts there are");
}

int
main(void)
{
	tap_plan(10);
	test_valid();
	test_every_length();
	test_borders();
	test_refused();
	test_refused_others();
	test_longest();
	test_ranges();
	test_beyond();
	test_shares();
	return tap_done();
}
