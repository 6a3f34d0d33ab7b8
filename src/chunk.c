/* SPDX-License-Identifier: ISC */
#include "chunk.h"

uint64_t
chunk_count(const struct chunks *c)
{
	return 1 + (c->length - LAYOUT_BLOCK) / CHUNK_BYTES;
}

static uint64_t
plain_size(const struct chunks *c)
{
	return c->length;
}

static uint64_t
cipher_size(const struct chunks *c)
{
	return layout_payload(&c->layout, c->length) +
	    (c->attached ? HEADER_BYTES : 0);
}

uint64_t
chunk_size_before(const struct chunks *c)
{
	return c->direction == XTS_ENCRYPT ? plain_size(c) : cipher_size(c);
}

uint64_t
chunk_size_after(const struct chunks *c)
{
	return c->direction == XTS_ENCRYPT ? cipher_size(c) : plain_size(c);
}

bool
chunk_moves(const struct chunks *c)
{
	return c->attached || c->layout.integrity == LAYOUT_TAGS;
}

uint64_t
chunk_of_step(const struct chunks *c, uint64_t k)
{
	/* Data that moves up must not overwrite data that is yet to be read. */
	bool up = chunk_size_after(c) > chunk_size_before(c);

	return up ? chunk_count(c) - k : k - 1;
}

static struct chunk_range
plain_range(const struct chunks *c, uint64_t i)
{
	uint64_t at = i * CHUNK_BYTES;
	bool last = i == chunk_count(c) - 1;

	return (struct chunk_range){
		at, last ? (size_t)(c->length - at) : CHUNK_BYTES
	};
}

static struct chunk_range
cipher_range(const struct chunks *c, uint64_t i)
{
	struct chunk_range plain = plain_range(c, i);
	uint64_t whole = layout_payload(&c->layout, CHUNK_BYTES);

	return (struct chunk_range){
		i * whole + (c->attached ? HEADER_BYTES : 0),
		(size_t)layout_payload(&c->layout, plain.len)
	};
}

struct chunk_range
chunk_old(const struct chunks *c, uint64_t i)
{
	return c->direction == XTS_ENCRYPT ? plain_range(c, i) :
	    cipher_range(c, i);
}

struct chunk_range
chunk_new(const struct chunks *c, uint64_t i)
{
	return c->direction == XTS_ENCRYPT ? cipher_range(c, i) :
	    plain_range(c, i);
}
