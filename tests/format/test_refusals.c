/* SPDX-License-Identifier: ISC */
/*
 * Payloads that were damaged, cut, put together from others or made longer:
 * refused with the right error, and without a byte that was not verified.
 */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "lab.h"
#include "refused.h"
#include "tap.h"
#include "vectors.h"

#define SEG REFUSED_SEGMENT
#define FULL (SEG + LAYOUT_RECORD)
#define TAIL 100
#define SEGMENTS 6
#define LENGTH REFUSED_LENGTH
#define SIZE (5 * FULL + TAIL + LAYOUT_RECORD)
#define TAIL_SIZE (TAIL + LAYOUT_RECORD)
#define WORK_MAX (2 * SIZE)

/* The errors of a known length from a file and a stream, of an unknown one. */
struct errors {
	int file, stream, file_unknown, stream_unknown;
};

static const struct layout with = { 1, 1, 512, SEG, 40 };
static const struct layout without = { 1, 0, 512, 0, 40 };

static uint8_t plain[LENGTH], payload[SIZE], other[SIZE], work[WORK_MAX];
static size_t size;
static struct lab lab;

/* A payload of the first len bytes of plain, under fresh keys. */
static void
make(uint8_t *out, const struct layout *l, size_t len)
{
	lab_keys(&lab, l);
	lab_way(&lab, 0, len);
	lab_run(&lab, XTS_ENCRYPT, plain, len);
	lab_must(lab.err == XC_OK && lab.len <= SIZE, "cannot encrypt");
	memcpy(out, lab.out, lab.len);
	size = lab.len;
	lab_free(&lab);
}

/* The five whole segments and the tail. */
static void
make_six(void)
{
	make(payload, &with, LENGTH);
	lab_must(size == SIZE, "a payload of another size");
	memcpy(work, payload, SIZE);
}

static void
run(int way, size_t len, uint64_t length)
{
	lab_way(&lab, way, length);
	lab_run(&lab, XTS_DECRYPT, work, len);
}

static int
expect(const struct errors *e, int way)
{
	if ((way & LAB_UNKNOWN) != 0)
		return (way & LAB_IN_STREAM) != 0 ? e->stream_unknown :
		    e->file_unknown;
	return (way & LAB_IN_STREAM) != 0 ? e->stream : e->file;
}

/*
 * work, len bytes, in every way: the error, and of the plaintext no more than
 * the first most bytes.  What comes out in file mode before an error that the
 * size alone tells is nothing.
 */
static bool
refused(size_t len, uint64_t length, const struct errors *e, size_t most)
{
	bool good = true, all = lab.layout.integrity != 0;

	/* In a quick run both ends are files, or both are streams. */
	for (int way = 0; way < (all ? LAB_WAYS : LAB_UNKNOWN);
	    way += lab_quick() && way % 4 == 0 ? 3 : 1) {
		int want = expect(e, way);
		bool known = want != XC_E_DAMAGED && (way & LAB_IN_STREAM) == 0;

		run(way, len, length);
		if (lab.err == want && lab.len <= (known ? 0 : most) &&
		    memcmp(lab.out, plain, lab.len) == 0)
			continue;
		tap_note("way %d, %zu bytes: error %d, not %d; %zu bytes out",
		    way, len, (int)lab.err, (int)want, lab.len);
		good = false;
	}
	return good;
}

static const struct errors damaged = {
	XC_E_DAMAGED, XC_E_DAMAGED, XC_E_DAMAGED, XC_E_DAMAGED
};

static void
test_flips(void)
{
	size_t step = lab_quick() ? 211 : 41;
	unsigned bad = 0, last = lab_quick() ? 1 : 64;

	make(work, &with, 40);
	for (size_t i = 0; i < size; i++)
		for (unsigned bit = 1; bit <= last; bit *= 8) {
			work[i] ^= (uint8_t)bit;
			bad += !refused(size, 40, &damaged, 0);
			work[i] ^= (uint8_t)bit;
		}
	tap_ok(bad == 0, "each byte of a small payload changed");

	make_six();
	for (size_t i = 0; i < SIZE; i += i % FULL < SEG ? step : 7) {
		work[i] ^= 0x10;
		bad += !refused(SIZE, LENGTH, &damaged, i / FULL * SEG);
		work[i] ^= 0x10;
	}
	tap_ok(bad == 0, "a byte of any segment or record changed");
}

/* Move all behind segment n, so that there is room for by bytes, or less. */
static void
shift(size_t n, long by)
{
	memmove(work + (long)(n * FULL) + by, payload + n * FULL,
	    SIZE - n * FULL);
}

static void
test_dropped(void)
{
	struct errors e = {
		XC_E_CUT, XC_E_DAMAGED, XC_E_DAMAGED, XC_E_DAMAGED
	};
	struct errors last = {
		XC_E_CUT, XC_E_CUT, XC_E_DAMAGED, XC_E_DAMAGED
	};
	unsigned bad = 0;

	for (size_t n = 0; n < SEGMENTS - 1; n++) {
		make_six();
		shift(n + 1, -FULL);
		/* Of the last but one only too little is left. */
		bad += !refused(SIZE - FULL, LENGTH,
		    n == SEGMENTS - 2 ? &last : &e, n * SEG);
	}
	make_six();
	bad += !refused(SIZE - TAIL_SIZE, LENGTH, &last, 5 * SEG);
	tap_ok(bad == 0, "each segment dropped");
}

static void
test_doubled(void)
{
	struct errors e = {
		XC_E_TRAILING, XC_E_DAMAGED, XC_E_DAMAGED, XC_E_DAMAGED
	};
	struct errors last = {
		XC_E_TRAILING, XC_E_TRAILING, XC_E_DAMAGED, XC_E_DAMAGED
	};
	unsigned bad = 0;

	for (size_t n = 0; n < SEGMENTS - 1; n++) {
		make_six();
		shift(n, FULL);
		bad += !refused(SIZE + FULL, LENGTH, &e, (n + 1) * SEG);
	}
	make_six();
	memcpy(work + SIZE, payload + 5 * FULL, TAIL_SIZE);
	/* A stream of known length finds out when all is written. */
	bad += !refused(SIZE + TAIL_SIZE, LENGTH, &last, LENGTH);
	tap_ok(bad == 0, "each segment doubled");
}

static void
test_swapped(void)
{
	unsigned bad = 0;

	for (size_t a = 0; a < SEGMENTS - 1; a++)
		for (size_t b = a + 1; b < SEGMENTS - 1; b++) {
			make_six();
			memcpy(work + a * FULL, payload + b * FULL, FULL);
			memcpy(work + b * FULL, payload + a * FULL, FULL);
			bad += !refused(SIZE, LENGTH, &damaged, a * SEG);
			make_six();
			memcpy(work + a * FULL + SEG,
			    payload + b * FULL + SEG, LAYOUT_RECORD);
			memcpy(work + b * FULL + SEG,
			    payload + a * FULL + SEG, LAYOUT_RECORD);
			bad += !refused(SIZE, LENGTH, &damaged, a * SEG);
		}
	tap_ok(bad == 0, "segments swapped, and only their records");
}

static void
test_foreign(void)
{
	unsigned bad = 0;

	for (size_t n = 0; n < SEGMENTS; n++) {
		size_t len = n < SEGMENTS - 1 ? FULL : TAIL_SIZE;

		make(other, &with, LENGTH);
		make_six();
		memcpy(work + n * FULL, other + n * FULL, len);
		bad += !refused(SIZE, LENGTH, &damaged, n * SEG);
		memcpy(work, payload, SIZE);
		memset(work + n * FULL, 0, len);
		bad += !refused(SIZE, LENGTH, &damaged, n * SEG);
	}
	tap_ok(bad == 0, "a segment of another file, or of zeros");
}

/* The same place and key: only "last" differs. */
static void
test_last(void)
{
	unsigned bad = 0;

	/* A whole file that ends where another one continues. */
	make_six();
	lab_way(&lab, 0, 2 * SEG);
	lab_run(&lab, XTS_ENCRYPT, plain, 2 * SEG);
	memcpy(work, lab.out, lab.len);
	memcpy(work + lab.len, payload + lab.len, SIZE - lab.len);
	bad += !refused(SIZE, LENGTH, &damaged, SEG);
	memcpy(work, payload, SIZE);
	bad += !refused(2 * FULL, 2 * SEG, &damaged, SEG);
	tap_ok(bad == 0, "a last segment in the middle, and no last one");
}

/* What a payload of len bytes, cut or not one, makes of its own size. */
static struct errors
size_errors(size_t len, int known)
{
	size_t left = len % FULL;
	bool made = left == 0 || left >= LAYOUT_RECORD + 16;
	struct errors e = { known, known, XC_E_SIZE, XC_E_CUT };

	/* Up to 47 bytes belong to a segment that is too long by them. */
	if (made || (len > FULL && left < 16))
		e.stream_unknown = XC_E_DAMAGED;
	if (made || (len > FULL && left < 16))
		e.file_unknown = XC_E_DAMAGED;
	if (len >= FULL && left == LAYOUT_RECORD)
		e.stream_unknown = XC_E_SIZE;
	return e;
}

static void
test_cut(void)
{
	size_t from = SIZE - TAIL_SIZE - 80;
	unsigned bad = 0;
	struct errors e;

	make_six();
	for (size_t len = from; len < SIZE; len += lab_quick() ? 3 : 1) {
		e = size_errors(len, XC_E_CUT);
		bad += !refused(len, LENGTH, &e, len / FULL * SEG);
	}
	tap_ok(bad == 0, "cut at every length of the last segment");

	make(work, &with, 20);
	for (size_t len = 0; len < size; len++) {
		e = (struct errors){ XC_E_CUT, XC_E_CUT, XC_E_SIZE, XC_E_CUT };
		if (len == LAYOUT_RECORD)
			e.stream_unknown = XC_E_SIZE;
		if (len >= LAYOUT_RECORD + 16)
			e.stream_unknown = e.file_unknown = XC_E_DAMAGED;
		if (len == 0)	/* a file of nothing is read as a stream */
			e.file_unknown = XC_E_CUT;
		bad += !refused(len, 20, &e, 0);
	}
	tap_ok(bad == 0, "the only segment cut at every length");

	make(work, &with, 0);
	e = (struct errors){ XC_E_CUT, XC_E_CUT, XC_E_SIZE, XC_E_CUT };
	for (size_t len = 1; len < size; len++)
		bad += !refused(len, 0, &e, 0);
	tap_ok(bad == 0, "an empty file's record cut at every length");
}

static void
test_trailing(void)
{
	struct errors e = {
		XC_E_TRAILING, XC_E_TRAILING, XC_E_DAMAGED, XC_E_DAMAGED
	};
	unsigned bad = 0;

	make_six();
	randombytes_buf(work + SIZE, 64);
	for (size_t n = 1; n <= 64; n++)
		bad += !refused(SIZE + n, LENGTH, &e, LENGTH);
	tap_ok(bad == 0, "1 to 64 bytes after the last segment");

	/* Behind a segment as long as others they may be no segment at all. */
	make(work, &with, 2 * SEG);
	for (size_t n = 1; n <= 64; n++) {
		e = size_errors(2 * FULL + n, XC_E_TRAILING);
		if (n >= 16)
			e.stream_unknown = XC_E_DAMAGED;
		bad += !refused(2 * FULL + n, 2 * SEG, &e, 2 * SEG);
	}
	tap_ok(bad == 0, "1 to 64 bytes after a last segment of full length");

	make(work, &with, 0);
	for (size_t n = 1; n <= 64; n++) {
		e = size_errors(LAYOUT_RECORD + n, XC_E_TRAILING);
		bad += !refused(LAYOUT_RECORD + n, 0, &e, 0);
	}
	tap_ok(bad == 0, "1 to 64 bytes after an empty file");
}

/* Without integrity, the size is all there is to check. */
static void
test_without(void)
{
	struct errors cut = { XC_E_CUT, XC_E_CUT, XC_OK, XC_OK };
	struct errors more = { XC_E_TRAILING, XC_E_TRAILING, XC_OK, XC_OK };
	static const size_t lens[] = { 0, 1, 15, 16, 17, 511, 600, 5000 };
	unsigned bad = 0;

	for (size_t i = 0; i < LAB_COUNT(lens); i++) {
		make(work, &without, lens[i]);
		for (size_t n = 1; n <= 64 && n <= size; n++)
			bad += !refused(size - n, lens[i], &cut, 0);
		for (size_t n = 1; n <= 64; n++)
			bad += !refused(size + n, lens[i], &more, lens[i]);
	}
	tap_ok(bad == 0, "without integrity: cut, or with bytes after the end");
}

/* Under one key, 16 bytes that say they are fewer. */
static void
padding(const struct layout *l)
{
	uint8_t zeros[16] = { 0 };
	unsigned bad = 0;

	make(work, l, 16);
	for (size_t len = 1; len < 16; len++)
		for (size_t at = len; at < 16; at++) {
			zeros[at] = (uint8_t)(1U << (at + len) % 8);
			lab_way(&lab, 0, 16);
			lab_run(&lab, XTS_ENCRYPT, zeros, 16);
			memcpy(work, lab.out, lab.len);
			zeros[at] = 0;
			for (int way = 0; way < 2 * LAB_UNKNOWN; way++) {
				lab.verify = way >= LAB_UNKNOWN;
				run(way % LAB_UNKNOWN, size, len);
				bad += lab.err != XC_E_DAMAGED || lab.len != 0;
			}
			lab.verify = false;
		}
	tap_ok(bad == 0, "integrity %d: a padding byte that is not zero",
	    l->integrity);
}

/* No writer leaves the length of less than 16 bytes unknown. */
static void
test_unknown_empty(void)
{
	make(work, &with, 0);
	run(LAB_UNKNOWN, size, 0);
	tap_ok(lab.err == XC_E_SIZE && lab.len == 0,
	    "an empty payload of unknown length");
	run(LAB_UNKNOWN | LAB_IN_STREAM, size, 0);
	tap_ok(lab.err == XC_E_SIZE && lab.len == 0, "the same in a stream");
}

/* Every other length that a header could say. */
static void
test_lengths(void)
{
	size_t step = lab_quick() ? 7 : 1;
	unsigned bad = 0;

	make_six();
	for (size_t n = 0; n <= LENGTH + 2 * SEG;
	    n += n % SEG < 20 || n % SEG > SEG - 20 || n + 120 > LENGTH ?
	    step : 61)
		for (int way = 0; way < LAB_UNKNOWN && n != LENGTH; way++) {
			run(way, SIZE, n);
			bad += lab.err == XC_OK || lab.len > n ||
			    lab.len > LENGTH ||
			    memcmp(lab.out, plain, lab.len) != 0 ||
			    ((way & LAB_IN_STREAM) == 0 && lab.len != 0);
		}
	tap_ok(bad == 0, "a wrong length, and nothing beyond it");
}

/* Of a known length, from a file and a stream: the error that the table has. */
static void
test_table(void)
{
	FILE *f = vectors_open("format/refused.txt");
	uint8_t file[HEADER_BYTES + SIZE + REFUSED_MORE] = { 0 };
	struct refused r;

	make_six();
	while (refused_next(f, &r)) {
		size_t len;
		bool good = true;

		if (r.err <= XC_E_FIELD)
			continue;	/* of the header */
		memcpy(file + HEADER_BYTES, payload, SIZE);
		len = refused_make(&r, file, HEADER_BYTES + SIZE);
		len -= HEADER_BYTES;
		memcpy(work, file + HEADER_BYTES, len);
		for (int way = 0; way < LAB_UNKNOWN; way++) {
			run(way, len, LENGTH);
			good = good && lab.err == r.err && lab.len <= LENGTH &&
			    memcmp(lab.out, plain, lab.len) == 0;
		}
		tap_ok(good, "%s: %s", r.error, r.reason);
	}
	fclose(f);
}

int
main(void)
{
	lab_start();
	lab_pattern(plain, LENGTH);
	test_table();
	test_flips();
	test_dropped();
	test_doubled();
	test_swapped();
	test_foreign();
	test_last();
	test_cut();
	test_trailing();
	test_without();
	padding(&with);
	padding(&without);
	test_unknown_empty();
	test_lengths();
	lab_end(&lab);
	return tap_done();
}
