/* SPDX-License-Identifier: ISC */
/*
 * UTF-8, and what of it a terminal only shows.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A character that has begun; all zero at first. */
struct utf8 {
	uint32_t code;		/* the code point, when left is 0 */
	uint32_t least;		/* code point that needs this many bytes */
	unsigned left;		/* bytes to come */
};

/* Take the next byte; false: it is not UTF-8. */
bool utf8_next(struct utf8 *character, uint8_t byte);

/*
 * Does a text continue with these bytes?  Controls are none, but for tabs and
 * ends of lines.
 */
bool utf8_continues(struct utf8 *text, const uint8_t *bytes, size_t len);

/*
 * Does a terminal show the first character of string without acting on it?
 * *len is how many bytes it takes, or 1 if they are not UTF-8.
 */
bool utf8_shown(size_t *len, const char *string);

#endif
