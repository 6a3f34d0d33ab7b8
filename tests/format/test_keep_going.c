/* SPDX-License-Identifier: ISC */
/*
 * Continuing after damage: good data is written, zeros replace the rest, and
 * the ranges that are reported are exact and merged.
 */
#include <string.h>

#include "lab.h"
#include "tap.h"

#define SEG 4096
#define FULL (SEG + LAYOUT_RECORD)
#define TAIL 100
#define SEGMENTS 6
#define LENGTH (5 * SEG + TAIL)
#define SIZE (5 * FULL + TAIL + LAYOUT_RECORD)

static uint8_t plain[LENGTH], payload[SIZE], work[2 * SIZE];
static size_t length;
static struct lab lab;

/* The payload of the first len bytes of plain. */
static void
make(const struct layout *l, size_t len)
{
	length = len;
	lab_keys(&lab, l);
	lab_way(&lab, 0, length);
	lab_run(&lab, XTS_ENCRYPT, plain, length);
	lab_must(lab.err == XC_OK && lab.len <= SIZE, "cannot encrypt");
	memcpy(payload, lab.out, lab.len);
	memcpy(work, lab.out, lab.len);
}

static void
make_six(void)
{
	static const struct layout l = { 1, 1, 512, SEG, 40 };

	make(&l, LENGTH);
}

/* Damage: from and to, in order, up to a range of nothing. */
typedef const size_t ranges[][2];

/*
 * work goes on to its end, of total bytes: all of them right but in the ranges,
 * where zeros are.  Then the same with nothing written.
 */
static bool
kept_one(int way, size_t len, int err, ranges bad, size_t total)
{
	uint8_t want[LENGTH] = { 0 };
	bool good;
	size_t n;

	memcpy(want, plain, total);
	for (n = 0; bad[n][1] != 0; n++)
		memset(want + bad[n][0], 0, bad[n][1] - bad[n][0]);
	lab_way(&lab, way, length);
	lab.keep_going = true;
	lab_run(&lab, XTS_DECRYPT, work, len);
	lab.keep_going = false;
	good = lab.err == err && lab.len == total && lab.nbad == n &&
	    memcmp(lab.out, want, total) == 0;

	for (int verify = 0; verify < 2; verify++) {
		for (size_t i = 0; good && i < n; i++)
			good = lab.bad[i][0] == bad[i][0] &&
			    lab.bad[i][1] == bad[i][1];
		if (!good)
			tap_note("way %d%s: error %d, %zu ranges, %zu bytes",
			    way, verify ? ", verifying" : "", (int)lab.err,
			    lab.nbad, lab.len);
		if (verify || !good)
			break;
		lab.verify = true;
		lab_run(&lab, XTS_DECRYPT, work, len);
		lab.verify = false;
		good = lab.err == err && lab.len == 0 && lab.nbad == n;
	}
	return good;
}

/* The ways from first to last. */
static bool
kept(int first, int last, size_t len, int err, ranges bad,
    size_t total)
{
	bool good = true;

	for (int way = first; way <= last; way++)
		good &= kept_one(way, len, err, bad, total);
	return good;
}

static void
spoil(unsigned segments)
{
	make_six();
	for (size_t n = 0; n < SEGMENTS; n++)
		if ((segments >> n & 1) != 0)
			work[n * FULL + 11 * n] ^= 4;
}

/* Every set of damaged segments. */
static void
test_kept_sets(void)
{
	unsigned bad = 0;

	for (unsigned set = 1; set < 1U << SEGMENTS; set++) {
		size_t r[SEGMENTS + 1][2] = { { 0 } }, n = 0;

		for (size_t i = 0; i < SEGMENTS; i++) {
			if ((set >> i & 1) == 0)
				continue;
			if (n == 0 || r[n - 1][1] != i * SEG)
				r[n++][0] = i * SEG;
			r[n - 1][1] = i < 5 ? (i + 1) * SEG : LENGTH;
		}
		spoil(set);
		bad += !kept(0, LAB_WAYS - 1, SIZE, XC_E_DAMAGED, r, LENGTH);
	}
	tap_ok(bad == 0, "each set of damaged segments");
}

static void
test_kept_cut(void)
{
	static ranges none = { { 0, 0 } };
	static ranges tail = { { 5 * SEG, LENGTH }, { 0, 0 } };
	static ranges three = { { 3 * SEG, LENGTH }, { 0, 0 } };
	static ranges both = { { SEG, 2 * SEG }, { 4 * SEG, LENGTH },
	    { 0, 0 } };
	static ranges part = { { 4 * SEG, 4 * SEG + 968 }, { 0, 0 } };

	make_six();
	tap_ok(kept(0, 3, SIZE - 1, XC_E_CUT, tail, LENGTH) &&
	    kept(0, 3, 5 * FULL, XC_E_CUT, tail, LENGTH) &&
	    kept(0, 3, 3 * FULL + 1, XC_E_CUT, three, LENGTH) &&
	    kept(0, 3, 3 * FULL, XC_E_CUT, three, LENGTH),
	    "cut, and the length is known");
	tap_ok(kept(LAB_UNKNOWN, 7, 5 * FULL, XC_E_CUT, none, 5 * SEG) &&
	    kept(LAB_UNKNOWN, 7, 3 * FULL, XC_E_CUT, none, 3 * SEG),
	    "cut between segments, and the length is not known");
	tap_ok(kept(LAB_UNKNOWN, 7, 4 * FULL + 1000, XC_E_DAMAGED, part,
	    4 * SEG + 968),
	    "cut within a segment, and the length is not known");
	spoil(1 << 1);
	tap_ok(kept(0, 3, 4 * FULL + 1000, XC_E_CUT, both, LENGTH),
	    "damaged and cut");
}

static void
test_kept_more(void)
{
	static ranges none = { { 0, 0 } };
	static ranges third = { { 2 * SEG, 3 * SEG }, { 0, 0 } };
	static ranges shifted = { { SEG, 4 * SEG + 100 }, { 0, 0 } };

	make_six();
	tap_ok(kept(0, 3, SIZE + 50, XC_E_TRAILING, none, LENGTH),
	    "bytes after the end");
	spoil(1 << 2);
	tap_ok(kept(0, 3, SIZE + 5000, XC_E_TRAILING, third, LENGTH),
	    "damaged, and bytes after the end");
	make_six();
	memmove(work + FULL, payload + 2 * FULL, SIZE - 2 * FULL);
	tap_ok(kept(LAB_UNKNOWN, 7, SIZE - FULL, XC_E_DAMAGED, shifted,
	    4 * SEG + 100), "a segment dropped");
	make_six();
	tap_ok(kept(0, LAB_WAYS - 1, SIZE, XC_OK, none, LENGTH),
	    "nothing is wrong");
}

/*
 * Without integrity: each unit that is all there is decrypted.  A last one that
 * is longer than a sector has lost its last blocks with its end.
 */
static void
test_kept_units(void)
{
	static const size_t tails[] = { 0, 1, 15, 16, 511 };
	static const struct layout l = { 1, 0, 512, 0, 40 };
	unsigned bad = 0;
	size_t units, good;

	for (size_t i = 0; i < LAB_COUNT(tails); i++) {
		make(&l, 3 * 512 + tails[i]);
		units = tails[i] < 16 ? 2 : 3;	/* before the last */
		for (size_t len = 1; len < length; len += 1 + len % 7) {
			good = len / 512 < units ? len / 512 * 512 :
			    units * 512;
			size_t r[2][2] = { { good, length }, { 0, 0 } };

			bad += !kept(0, 3, len, XC_E_CUT, r, length);
		}
	}
	tap_ok(bad == 0, "cut, without integrity");
}

int
main(void)
{
	lab_start();
	lab_pattern(plain, LENGTH);
	test_kept_sets();
	test_kept_cut();
	test_kept_more();
	test_kept_units();
	lab_end(&lab);
	return tap_done();
}
