/* SPDX-License-Identifier: ISC */
/*
 * Whether bytes are text that a terminal only shows: UTF-8 without control
 * characters but tabs and ends of lines.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A character that has begun; all zero at first. */
struct text {
	uint32_t code;
	uint32_t least;		/* code that needs so many bytes */
	unsigned left;		/* bytes to come */
};

/* Whether a text goes on with these bytes. */
bool text_continues(struct text *text, const uint8_t *bytes, size_t len);

#endif
