/* SPDX-License-Identifier: ISC */
/*
 * Ranges of a plaintext, from and to every kind of place.  All that a range
 * does not need of the payload is garbage, so nothing of that can count; and
 * what it needs is damaged, which nothing may miss.
 */
#include <errno.h>
#include <string.h>

#include "lab.h"
#include "tap.h"

#define UNIT_MAX 4096
#define LENGTH_MAX (4 * UNIT_MAX)
#define SIZE_MAX_RANGE (LENGTH_MAX + 5 * LAYOUT_RECORD)
#define SPAN (1 << 20)
#define LONG (3 * SPAN + 5)

static uint8_t plain[LONG], sealed[LONG + 800 * LAYOUT_RECORD];
static uint8_t work[sizeof(sealed)];
static size_t length, size;	/* of what is sealed */
static struct lab lab;

static size_t
record(void)
{
	return lab.layout.integrity != 0 ? LAYOUT_RECORD : 0;
}

/* The data of a segment, or of a unit where there are none. */
static size_t
unit(void)
{
	return lab.layout.integrity != 0 ? lab.layout.segment :
	    lab.layout.sector;
}

static void
make(size_t len)
{
	length = len;
	lab.range = NULL;
	lab_way(&lab, 0, len);
	lab_run(&lab, XTS_ENCRYPT, plain, len);
	lab_must(lab.err == XC_OK && lab.len <= sizeof(sealed),
	    "cannot encrypt");
	size = lab.len;
	memcpy(sealed, lab.out, size);
}

/*
 * The n segments or units of what is sealed, from the words of the format:
 * another begins where at least 16 bytes are left for it.  Segment i has the
 * data from starts[i] to starts[i + 1].
 */
static size_t
cut_up(size_t *starts)
{
	size_t data = length > 0 && length < 16 ? 16 : length, n = 0;

	starts[0] = 0;
	while (data - starts[n] >= unit() + 16) {
		starts[n + 1] = starts[n] + unit();
		n++;
	}
	starts[n + 1] = data;
	return n + 1;
}

/* work is sealed, but garbage where nothing of from..to is. */
static void
keep_range(size_t from, size_t to)
{
	size_t starts[LENGTH_MAX / 512 + 2], n = cut_up(starts), at, len;

	memcpy(work, sealed, size);
	for (size_t i = 0; i < n; i++) {
		if (from < to && from < starts[i + 1] && to > starts[i])
			continue;
		at = starts[i] + i * record();
		len = starts[i + 1] - starts[i] + record();
		for (size_t k = 0; k < len; k++)
			work[at + k] ^= 0x5a;
	}
}

static void
run(size_t from, size_t len)
{
	struct layout_range range = { from, len };

	if (len == SIZE_MAX)
		range.length = LAYOUT_UNKNOWN;
	lab.range = &range;
	lab_run(&lab, XTS_DECRYPT, work, size);
	lab.range = NULL;
}

static bool
say(bool good, size_t from, size_t to)
{
	if (!good)
		tap_note("bytes %zu to %zu of %zu: error %d, %zu bytes",
		    from, to, length, lab.err, lab.len);
	return good;
}

/* Decrypted and verified, whatever the rest is. */
static bool
gives(size_t from, size_t to)
{
	bool good = true;

	/* Streams and files, lengths known and not, take turns. */
	lab_way(&lab, (from + to) % 3 == 0 ? LAB_OUT_STREAM : 0, length);
	if ((from + to) % 2 == 0 && record() != 0 && length >= 16)
		lab.length = LAYOUT_UNKNOWN;
	for (int open = 0; open <= (to == length); open++) {
		run(from, open ? SIZE_MAX : to - from);
		good &= lab_gave(&lab, plain + from, to - from) &&
		    lab.result.length == to - from;
		lab.verify = true;
		run(from, open ? SIZE_MAX : to - from);
		lab.verify = false;
		good &= lab.err == XC_OK && lab.len == 0 &&
		    lab.result.length == to - from;
	}
	return say(good, from, to);
}

/* Damage to the segment that has the byte at: the report and the output. */
static bool
damaged(size_t from, size_t to, size_t at)
{
	size_t starts[LENGTH_MAX / 512 + 2], n = cut_up(starts), i = 0;
	size_t first, last;
	bool good;

	while (i + 1 < n && at >= starts[i + 1])
		i++;
	first = starts[i] < from ? from : starts[i];
	last = starts[i + 1] > to ? to : starts[i + 1];
	work[starts[i] + i * record() + (at + to) % unit() %
	    (starts[i + 1] - starts[i])] ^= 1;

	/* A stream has got what is before it, and no more. */
	lab_way(&lab, LAB_OUT_STREAM, length);
	run(from, to - from);
	good = lab.err == XC_E_DAMAGED && lab.len == first - from &&
	    memcmp(lab.out, plain + from, lab.len) == 0;

	lab_way(&lab, 0, length);
	lab.keep_going = true;
	run(from, to - from);
	lab.keep_going = false;
	good = good && lab.err == XC_E_DAMAGED && lab.len == to - from &&
	    lab.nbad == 1 && lab.bad[0][0] == first && lab.bad[0][1] == last;
	for (size_t k = from; good && k < to; k++)
		good = lab.out[k - from] ==
		    (k >= first && k < last ? 0 : plain[k]);
	return say(good, from, to);
}

static bool
range_good(size_t from, size_t to)
{
	bool good;

	keep_range(from, to);
	good = gives(from, to);
	if (record() == 0 || from == to)
		return good;
	good &= damaged(from, to, from);
	keep_range(from, to);
	return damaged(from, to, to - 1) && good;
}

/* Places about which something can be wrong, in order; how many. */
static size_t
places(size_t *at)
{
	static const int beside[] = { -16, -1, 0, 1, 15, 16 };
	size_t n = 0;

	for (size_t i = 0; i <= length; i++) {
		bool near = length - i <= 1 || length - i == 15 ||
		    length - i == 16;

		for (size_t k = 0; k < LAB_COUNT(beside); k++)
			near = near || (i + unit() - (size_t)beside[k]) %
			    unit() == 0;
		if (near)
			at[n++] = i;
	}
	return n;
}

static unsigned
length_bad(size_t len)
{
	size_t at[64], n, step = lab_quick() ? 3 : 1;
	unsigned bad = 0;

	make(len);
	n = places(at);
	lab_must(n <= LAB_COUNT(at), "too many places");
	for (size_t i = 0; i < n; i += step)
		for (size_t k = i; k < n; k += step)
			bad += !range_good(at[i], at[k]);
	return bad;
}

static void
test_layout(const struct layout *l)
{
	static const size_t few[] = { 0, 1, 2, 15, 16, 17 };
	size_t tails = lab_quick() ? 3 : 1;
	unsigned bad = 0;

	lab_keys(&lab, l);
	/* The system gives an empty file as a stream. */
	for (size_t i = record() == 0; i < LAB_COUNT(few); i += tails)
		bad += length_bad(few[i]);
	for (size_t tail = 0; tail <= 17; tail += tails)
		bad += length_bad(unit() + tail);
	bad += length_bad(2 * unit() - 1) + length_bad(3 * unit() + 15);
	tap_ok(bad == 0, "integrity %d, sector %u, segment %u", l->integrity,
	    (unsigned)l->sector, (unsigned)l->segment);
}

/* Many threads, small chunks, and the border of two spans. */
static void
test_long(const struct layout *l)
{
	unsigned bad = 0;

	lab_keys(&lab, l);
	make(LONG);
	memcpy(work, sealed, size);
	lab.threads = 3;
	for (size_t i = 0; i < (lab_quick() ? 20 : 200); i++) {
		size_t from = i * i * 7919 % LONG, to = from +
		    (i % 4 == 0 ? LONG - from : i * 104729 % (LONG - from));

		if (i % 5 == 1)
			from = SPAN - 1 + i % 3, to = 2 * SPAN + i;
		lab.chunk = i % 2 == 0 ? 4096 : 0;
		lab_way(&lab, i % 3 == 0 && to - from < SPAN / 2 ?
		    LAB_OUT_STREAM : 0, LONG);
		run(from, to - from);
		bad += !say(lab_gave(&lab, plain + from, to - from), from, to);
	}
	lab.threads = 0;
	lab.chunk = 0;
	tap_ok(bad == 0, "with threads, across spans: integrity %d, sector %u",
	    l->integrity, (unsigned)l->sector);
}

/* One that no plaintext of this length has, at both ends of the numbers. */
static void
test_beyond(void)
{
	static const struct layout_range ranges[] = {
		{ 8193, LAYOUT_UNKNOWN }, { 8193, 0 }, { 0, 8193 }, { 8192, 1 },
		{ 1, 8192 }, { (uint64_t)1 << 62, 1 }, { 1, (uint64_t)1 << 62 },
		{ (uint64_t)1 << 63, (uint64_t)1 << 63 },
		{ UINT64_MAX, UINT64_MAX }, { UINT64_MAX, 1 },
		{ UINT64_MAX - 1, 2 }, { 1, UINT64_MAX - 1 },
		{ 4096, UINT64_MAX - 4095 }
	};
	unsigned bad = 0;

	make(8192);
	for (size_t i = 0; i < LAB_COUNT(ranges); i++) {
		lab.range = &ranges[i];
		lab_run(&lab, XTS_DECRYPT, sealed, size);
		bad += lab.err != XC_E_RANGE || lab.len != 0;
	}
	lab.range = NULL;
	tap_ok(bad == 0, "ranges that go beyond the plaintext");
}

/*
 * A payload of another size: refused, or reported beside a range that is good.
 * If the length is unknown, only the last segment shows it.
 */
static bool
wrong_size(size_t len, uint64_t said, int err, bool known)
{
	size_t whole = size;
	bool good;

	size = len;
	lab_way(&lab, 0, said);
	run(100, 4000);
	good = lab.err == err && lab.len == (err == XC_OK ? 4000 : 0);
	lab.keep_going = true;
	run(100, 4000);
	lab.keep_going = false;
	good = good && lab.err == err && lab.nbad == 0 &&
	    lab.len == (known ? 4000 : 0) &&
	    memcmp(lab.out, plain + 100, lab.len) == 0;
	lab.verify = true;
	run(100, 4000);
	lab.verify = false;
	good = good && lab.err == err && lab.nbad == 0;
	size = whole;
	return say(good, 100, 4100);
}

static void
test_size(void)
{
	make(3 * UNIT_MAX);
	memcpy(work, sealed, size);
	memset(work + size, 0, 100);
	tap_ok(wrong_size(size - 1, length, XC_E_CUT, true) &&
	    wrong_size(size - 1, LAYOUT_UNKNOWN, XC_OK, true) &&
	    wrong_size(size + 100, length, XC_E_TRAILING, true),
	    "a payload that is cut, or too long, elsewhere");
	tap_ok(wrong_size(3 * (UNIT_MAX + LAYOUT_RECORD) + 20, LAYOUT_UNKNOWN,
	    XC_E_SIZE, false), "and one of a size that none has");

	/* Zeros replace what is cut off, and all of it is reported. */
	lab_way(&lab, 0, length);
	size -= 10;
	lab.keep_going = true;
	run(4000, 5000);
	lab.keep_going = false;
	tap_ok(lab.err == XC_E_CUT && lab.len == 5000 && lab.nbad == 1 &&
	    lab.bad[0][0] == 8192 && lab.bad[0][1] == 9000 &&
	    memcmp(lab.out, plain + 4000, 4192) == 0, "a range that is cut");
	size += 10;

	lab_way(&lab, LAB_IN_STREAM, length);
	run(0, 1);
	tap_ok(lab.err == ESPIPE && lab.len == 0, "no range of a stream");
}

int
main(void)
{
	static const struct layout layouts[] = {
		{ 1, 1, 512, 4096, 40 }, { 1, 0, 512, 0, 40 },
		{ 1, 1, 4096, 4096, 40 }, { 1, 0, 4096, 0, 40 }
	};
	static const struct layout spans[] = {
		{ 1, 1, 512, 4096, 20 }, { 1, 0, 512, 0, 20 },
		{ 1, 1, 4096, 65536, 20 }, { 1, 0, 4096, 0, 20 }
	};

	lab_start();
	lab_pattern(plain, LONG);
	for (size_t i = 0; i < LAB_COUNT(layouts); i++)
		test_layout(&layouts[i]);
	for (size_t i = 0; i < LAB_COUNT(spans); i++)
		test_long(&spans[i]);
	lab_keys(&lab, &layouts[0]);
	test_beyond();
	test_size();
	lab_end(&lab);
	return tap_done();
}
