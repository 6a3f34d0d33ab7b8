/* SPDX-License-Identifier: ISC */
/*
 * Whether bytes are text that a terminal only shows: UTF-8 without control
 * characters but tabs and ends of lines.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A character that has begun; all zero at first. */
struct utf8 {
	uint32_t code;
	uint32_t least;		/* code that needs so many bytes */
	unsigned left;		/* bytes to come */
};

/* Whether a text goes on with these bytes. */
bool utf8_continues(struct utf8 *text, const uint8_t *bytes, size_t len);

#endif
