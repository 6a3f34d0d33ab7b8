/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "utf8.h"

/* Begin a character with its first byte. */
static bool
begin_character(struct utf8 *c, uint8_t byte)
{
	c->code = byte;
	if (byte < 0x80)
		return true;
	if (byte < 0xc2 || byte > 0xf4)
		return false;
	c->left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
	c->least = byte < 0xe0 ? 0x80 : byte < 0xf0 ? 0x800 : 0x10000;
	c->code = byte & (0x3fU >> c->left);
	return true;
}

bool
utf8_next(struct utf8 *c, uint8_t byte)
{
	if (c->left == 0)
		return begin_character(c, byte);
	if ((byte & 0xc0) != 0x80)
		return false;
	c->code = c->code << 6 | (byte & 0x3f);
	if (--c->left > 0)
		return true;
	/* Each code point has one encoding; surrogates have none. */
	return c->code >= c->least && c->code <= 0x10ffff &&
	    (c->code < 0xd800 || c->code > 0xdfff);
}

/* Is it a C0 or C1 control?  UTF-8 makes these no less dangerous. */
static bool
is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

bool
utf8_continues(struct utf8 *t, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!utf8_next(t, bytes[i]) || (t->left == 0 &&
		    is_control(t->code) && t->code != '\t' &&
		    t->code != '\n' && t->code != '\r'))
			return false;
	return true;
}

/*
 * Does a terminal act on it?  Controls, and changes of the writing direction,
 * which make a name misleading.
 */
static bool
acted_on(uint32_t code)
{
	return is_control(code) ||
	    code == 0x061c || code == 0x200e || code == 0x200f ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069);
}

bool
utf8_shown(size_t *len, const char *string)
{
	struct utf8 c = { 0 };
	size_t n = 0;

	/* The string may end anywhere: 0 continues no character. */
	*len = 1;
	do {
		if (!utf8_next(&c, (uint8_t)string[n++]))
			return false;
	} while (c.left > 0);
	*len = n;
	return !acted_on(c.code);
}

void
utf8_clean(char *string)
{
	const char *from = string;
	char *to = string;
	size_t n;

	for (; *from != '\0'; from += n) {
		if (utf8_shown(&n, from)) {
			memmove(to, from, n);
			to += n;
		} else {
			*to++ = '?';
		}
	}
	*to = '\0';
}
