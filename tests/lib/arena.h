/* SPDX-License-Identifier: ISC */
/*
 * Buffers between two pages that nothing may touch.  What lies around a buffer
 * within its own pages is filled with a pattern, and looked at afterwards.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena {
	uint8_t *base;		/* after the guard in front */
	size_t size;		/* up to the guard behind */
	uint8_t *buf;		/* the buffer in use */
	size_t len;
};

/* Room for a buffer of len bytes and, before it, an offset up to a page. */
void arena_make(struct arena *arena, size_t len);
void arena_free(struct arena *arena);

/* A buffer of len bytes that starts offset bytes after the guard in front. */
uint8_t *arena_front(struct arena *arena, size_t len, size_t offset);

/* A buffer of len bytes that ends where the guard behind starts. */
uint8_t *arena_back(struct arena *arena, size_t len);

/* Return whether nothing was written around the buffer. */
bool arena_intact(const struct arena *arena);

#endif
