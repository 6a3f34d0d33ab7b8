/* SPDX-License-Identifier: ISC */
/*
 * UTF-8, and the parts of it that a terminal acts on.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A character as far as it was read; all zero at first. */
struct utf8 {
	uint32_t code;		/* the code point, when left is 0 */
	uint32_t least;		/* the least that needs this many bytes */
	unsigned left;		/* bytes to come */
};

/* Add the next byte; false: it is not UTF-8. */
bool utf8_next(struct utf8 *character, uint8_t byte);

/*
 * Is this text continued by these bytes, without controls except tabs and ends
 * of lines?
 */
bool utf8_continues(struct utf8 *text, const uint8_t *bytes, size_t len);

/*
 * Does a terminal only show the first character of string, without acting on
 * it?  *len is its number of bytes, or 1 if they are not UTF-8.
 */
bool utf8_shown(size_t *len, const char *string);

/*
 * Replace what a terminal would act on by "?", in place; messages do this
 * themselves.  The rest is UTF-8.
 */
void utf8_clean(char *string);

#endif
