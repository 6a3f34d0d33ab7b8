/* SPDX-License-Identifier: ISC */
#include "utf8.h"

/* C0 and C1 controls, which RFC 3629 leaves as dangerous as they were. */
static bool
shown(uint32_t code)
{
	return code == '\t' || code == '\n' || code == '\r' ||
	    (code >= 0x20 && code < 0x7f) || code >= 0xa0;
}

/* The first byte of a character. */
static bool
begin(struct utf8 *t, uint8_t byte)
{
	if (byte < 0x80)
		return shown(byte);
	if (byte < 0xc2 || byte > 0xf4)
		return false;
	t->left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
	t->least = byte < 0xe0 ? 0x80 : byte < 0xf0 ? 0x800 : 0x10000;
	t->code = byte & (0x3fU >> t->left);
	return true;
}

/* One more; the last one tells whether there is such a character. */
static bool
proceed(struct utf8 *t, uint8_t byte)
{
	if ((byte & 0xc0) != 0x80)
		return false;
	t->code = t->code << 6 | (byte & 0x3f);
	if (--t->left > 0)
		return true;
	return t->code >= t->least && t->code <= 0x10ffff &&
	    (t->code < 0xd800 || t->code > 0xdfff) && shown(t->code);
}

bool
utf8_continues(struct utf8 *t, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!(t->left > 0 ? proceed(t, bytes[i]) : begin(t, bytes[i])))
			return false;
	return true;
}
