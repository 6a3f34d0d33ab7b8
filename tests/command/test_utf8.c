/* SPDX-License-Identifier: ISC */
/*
 * What may be shown on a terminal, against the table of RFC 3629, section 4,
 * which is another way to say it than text.c's.
 */
#include <stdint.h>
#include <string.h>

#include "tap.h"
#include "cmd/utf8.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The ranges of each byte of a character, without controls. */
static const struct form {
	size_t len;
	struct { uint8_t from, to; } bytes[4];
} forms[] = {
	{ 1, { { 0x09, 0x0a } } },
	{ 1, { { 0x0d, 0x0d } } },
	{ 1, { { 0x20, 0x7e } } },
	{ 2, { { 0xc2, 0xc2 }, { 0xa0, 0xbf } } },
	{ 2, { { 0xc3, 0xdf }, { 0x80, 0xbf } } },
	{ 3, { { 0xe0, 0xe0 }, { 0xa0, 0xbf }, { 0x80, 0xbf } } },
	{ 3, { { 0xe1, 0xec }, { 0x80, 0xbf }, { 0x80, 0xbf } } },
	{ 3, { { 0xed, 0xed }, { 0x80, 0x9f }, { 0x80, 0xbf } } },
	{ 3, { { 0xee, 0xef }, { 0x80, 0xbf }, { 0x80, 0xbf } } },
	{ 4, { { 0xf0, 0xf0 }, { 0x90, 0xbf }, { 0x80, 0xbf },
	    { 0x80, 0xbf } } },
	{ 4, { { 0xf1, 0xf3 }, { 0x80, 0xbf }, { 0x80, 0xbf },
	    { 0x80, 0xbf } } },
	{ 4, { { 0xf4, 0xf4 }, { 0x80, 0x8f }, { 0x80, 0xbf },
	    { 0x80, 0xbf } } }
};

/* How long the character at the start of s is; 0: there is none. */
static size_t
character(const uint8_t *s, size_t len)
{
	for (size_t i = 0; i < COUNT(forms); i++) {
		size_t n = 0;

		while (n < forms[i].len && n < len &&
		    s[n] >= forms[i].bytes[n].from &&
		    s[n] <= forms[i].bytes[n].to)
			n++;
		if (n == forms[i].len)
			return n;
	}
	return 0;
}

static bool
expected(const uint8_t *s, size_t len)
{
	size_t at = 0, n = 0;

	while (at < len && (n = character(s + at, len - at)) > 0)
		at += n;
	return at == len;
}

/* Return whether s is a whole text, with no character begun at its end. */
static bool
whole(const uint8_t *s, size_t len)
{
	struct utf8 t = { 0 };

	return utf8_continues(&t, s, len) && t.left == 0;
}

/* The same in two parts, and then a byte at a time. */
static bool
whole_in_parts(const uint8_t *s, size_t len, size_t split)
{
	struct utf8 t = { 0 };

	return utf8_continues(&t, s, split) &&
	    utf8_continues(&t, s + split, len - split) && t.left == 0;
}

static bool
whole_in_bytes(const uint8_t *s, size_t len)
{
	struct utf8 t = { 0 };

	for (size_t i = 0; i < len; i++)
		if (!utf8_continues(&t, s + i, 1))
			return false;
	return t.left == 0;
}

/* Every sequence of this many bytes; of four, those that are coded as such. */
static void
test_all(size_t len)
{
	static const uint32_t ends[] = { 0, 1U << 8, 1U << 16, 1U << 24 };
	unsigned bad = 0, good = 0;
	uint8_t s[3];

	for (uint32_t v = 0; v < ends[len]; v++) {
		bool e;

		for (size_t i = 0; i < len; i++)
			s[i] = (uint8_t)(v >> 8 * (len - 1 - i));
		e = expected(s, len);
		good += e;
		bad += whole(s, len) != e;
	}
	tap_ok(bad == 0 && good > 0, "all sequences of %zu: %u are text", len,
	    good);
}

/* A number in this many bytes, whether it needs them or not. */
static void
code(uint8_t s[4], uint32_t v, size_t len)
{
	static const uint8_t firsts[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = len; i-- > 1; v >>= 6)
		s[i] = (uint8_t)(0x80 | (v & 0x3f));
	s[0] = (uint8_t)(firsts[len] | v);
}

/* Every number that this many bytes can say, from one number to another. */
static void
test_codes(size_t len, uint32_t from, uint32_t to, bool text, const char *what)
{
	unsigned bad = 0;
	uint8_t s[4];

	for (uint32_t v = from; v <= to; v++) {
		code(s, v, len);
		bad += whole(s, len) != text || expected(s, len) != text;
		for (size_t split = 1; split < len; split++)
			bad += whole_in_parts(s, len, split) != text;
	}
	tap_ok(bad == 0, "U+%04X to U+%04X in %zu bytes, split or not: %s",
	    (unsigned)from, (unsigned)to, len, what);
}

/* What can begin a character, and no more than that. */
static void
test_begun(void)
{
	unsigned bad = 0;

	for (unsigned b = 0; b < 256; b++) {
		uint8_t s[2] = { (uint8_t)b, 'a' };
		struct utf8 t = { 0 };
		bool begins = b >= 0xc2 && b <= 0xf4;

		bad += (utf8_continues(&t, s, 1) && t.left > 0) != begins;
		bad += begins && whole(s, 2);
	}
	tap_ok(bad == 0, "a character that has begun must go on");
	bad = 0;
	for (unsigned b = 0xf5; b < 256; b++) {
		uint8_t s[] = { (uint8_t)b, 0x80, 0x80, 0x80, 0x80, 0x80 };

		for (size_t len = 1; len <= sizeof(s); len++)
			bad += whole(s, len);
	}
	tap_ok(bad == 0, "no character begins with F5 to FF");
}

/* A text with characters of each length, cut anywhere into two and three. */
static void
test_splits(void)
{
	static const uint8_t s[] = "a\xc2\xa0\xe4\xb8\xad\xf0\x9f\x94\x91\t\r\n"
	    "\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf z";
	const size_t len = sizeof(s) - 1;
	unsigned bad = 0;

	for (size_t i = 0; i <= len; i++) {
		bad += !whole_in_parts(s, len, i);
		for (size_t j = i; j <= len; j++) {
			struct utf8 t = { 0 };

			bad += !utf8_continues(&t, s, i) ||
			    !utf8_continues(&t, s + i, j - i) ||
			    !utf8_continues(&t, s + j, len - j) || t.left != 0;
		}
	}
	tap_ok(bad == 0 && whole_in_bytes(s, len), "a text, cut anywhere");

	/* A byte of it that is lost or controls is detected, cut anywhere. */
	bad = 0;
	for (size_t at = 0; at < len; at++) {
		uint8_t other[sizeof(s)];

		memcpy(other, s, sizeof(s));
		other[at] = 0x1b;
		for (size_t i = 0; i <= len; i++)
			bad += whole_in_parts(other, len, i);
		bad += whole_in_bytes(other, len);
	}
	tap_ok(bad == 0, "an escape anywhere in it, cut anywhere");
}

int
main(void)
{
	tap_ok(whole((const uint8_t *)"", 0), "nothing at all");
	test_all(1);
	test_all(2);
	test_all(3);
	test_codes(2, 0x00, 0x7f, false, "longer than needed");
	test_codes(2, 0x80, 0x9f, false, "controls");
	test_codes(2, 0xa0, 0x7ff, true, "text");
	test_codes(3, 0x0000, 0x07ff, false, "longer than needed");
	test_codes(3, 0x0800, 0xd7ff, true, "text");
	test_codes(3, 0xd800, 0xdfff, false, "surrogates");
	test_codes(3, 0xe000, 0xffff, true, "text");
	test_codes(4, 0x0000, 0xffff, false, "longer than needed");
	test_codes(4, 0x10000, 0x10ffff, true, "text");
	test_codes(4, 0x110000, 0x1fffff, false, "beyond the end");
	test_begun();
	test_splits();
	return tap_done();
}
