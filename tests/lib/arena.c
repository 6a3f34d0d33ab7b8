/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arena.h"
#include "tap.h"

#define AROUND 256		/* bytes looked at on each side */
#define PATTERN 0xa5

#if !defined(MAP_ANONYMOUS)
#define MAP_ANONYMOUS MAP_ANON
#endif

static size_t
page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void
arena_make(struct arena *arena, size_t len)
{
	uint8_t *p;

	arena->size = (len + 2 * page() - 1) / page() * page();
	p = mmap(NULL, arena->size + 2 * page(), PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		tap_bail("no memory");
	arena->base = p + page();
	if (mprotect(arena->base, arena->size, PROT_READ | PROT_WRITE) != 0)
		tap_bail("mprotect");
	memset(arena->base, PATTERN, arena->size);
	arena->buf = arena->base;
	arena->len = 0;
}

void
arena_free(struct arena *arena)
{
	munmap(arena->base - page(), arena->size + 2 * page());
}

/* The part of the arena around the buffer that is looked at. */
static void
around(const struct arena *arena, uint8_t **start, uint8_t **end)
{
	size_t before = (size_t)(arena->buf - arena->base);
	size_t after = arena->size - before - arena->len;

	*start = arena->buf - (before < AROUND ? before : AROUND);
	*end = arena->buf + arena->len + (after < AROUND ? after : AROUND);
}

static uint8_t *
place(struct arena *arena, uint8_t *buf, size_t len)
{
	uint8_t *start, *end;

	arena->buf = buf;
	arena->len = len;
	around(arena, &start, &end);
	memset(start, PATTERN, (size_t)(end - start));
	return buf;
}

uint8_t *
arena_front(struct arena *arena, size_t len, size_t offset)
{
	return place(arena, arena->base + offset, len);
}

uint8_t *
arena_back(struct arena *arena, size_t len)
{
	return place(arena, arena->base + arena->size - len, len);
}

bool
arena_intact(const struct arena *arena)
{
	uint8_t *start, *end, *p;

	around(arena, &start, &end);
	for (p = start; p < arena->buf; p++)
		if (*p != PATTERN)
			return false;
	for (p = arena->buf + arena->len; p < end; p++)
		if (*p != PATTERN)
			return false;
	return true;
}
