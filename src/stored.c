/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include <sodium.h>

#include "locked.h"
#include "stored.h"

void
stored_begin(struct stored *s, const struct io *io,
    const struct layout *layout, uint64_t length, const struct key *key)
{
	const bool tags = layout->integrity == LAYOUT_TAGS;

	*s = (struct stored){
		.io = *io,
		.layout = *layout,
		.rule = {
			.key = key,
			.length = length,
			.sector = layout->sector,
			.data = tags ? layout->segment : STORED_WINDOW,
			.record = tags ? LAYOUT_RECORD : 0,
			.announced = true
		},
		.data = layout_data(length)
	};
	/* Several threads would move the descriptor to look for holes. */
	s->io.sparse = false;
	if (s->data > 0)
		s->last = (s->data - LAYOUT_BLOCK) / s->rule.data;
	pthread_mutex_init(&s->lock, NULL);
}

static void
free_tool(struct stored_tool *t)
{
	payload_free(t->xts);
	sodium_free(t->buf);
	free(t);
}

void
stored_end(struct stored *s)
{
	struct stored_tool *t;

	while ((t = s->tools) != NULL) {
		s->tools = t->next;
		free_tool(t);
	}
	pthread_mutex_destroy(&s->lock);
}

uint64_t
stored_index(const struct stored *s, uint64_t at)
{
	uint64_t index = at / s->rule.data;

	/* Less than a block at the end belongs to the last. */
	return index < s->last ? index : s->last;
}

struct piece
stored_piece(const struct stored *s, uint64_t index)
{
	const uint64_t at = index * s->rule.data;
	const bool last = index == s->last;
	const size_t size = s->rule.record +
	    (last ? (size_t)(s->data - at) : s->rule.data);

	return (struct piece){
		.at = at, .size = size, .have = size, .last = last, .end = last
	};
}

uint64_t
stored_at(const struct stored *s, uint64_t index)
{
	return index * (s->rule.data + s->rule.record);
}

struct stored_units
stored_units(const struct stored *s, uint64_t index, size_t from, size_t len)
{
	const struct piece p = stored_piece(s, index);
	const size_t sector = s->rule.sector, data = p.size - s->rule.record;
	struct stored_units u = {
		.from = from / sector * sector,
		.to = (from + len + sector - 1) / sector * sector
	};
	size_t tail;

	if (p.last) {
		tail = layout_whole(data, sector);
		if (u.from > tail)
			u.from = tail;
		u.last = from + len > tail;
		if (u.last)
			u.to = data;
	}
	u.at = p.at + u.from;
	return u;
}

static int
new_tool(struct stored_tool **tool, const struct stored *s)
{
	struct stored_tool *t = calloc(1, sizeof(*t));
	int err = ENOMEM;

	if (t == NULL)
		return err;
	if (s->rule.record == 0)
		t->buf = locked_malloc(STORED_ROOM(&s->rule));
	if (s->rule.record != 0 || t->buf != NULL)
		err = payload_new(&t->xts, &s->layout, s->rule.key->layout);
	if (err == XC_OK)
		*tool = t;
	else
		free_tool(t);
	return err;
}

int
stored_take(struct stored_tool **tool, struct stored *s)
{
	struct stored_tool *t;

	pthread_mutex_lock(&s->lock);
	t = s->tools;
	if (t != NULL)
		s->tools = t->next;
	pthread_mutex_unlock(&s->lock);
	if (t == NULL)
		return new_tool(tool, s);
	*tool = t;
	return XC_OK;
}

void
stored_give(struct stored *s, struct stored_tool *t)
{
	pthread_mutex_lock(&s->lock);
	t->next = s->tools;
	s->tools = t;
	pthread_mutex_unlock(&s->lock);
}

int
stored_read(const struct stored *s, uint8_t *buf, size_t len, uint64_t at)
{
	return io_read_all(&s->io, buf, len, at, XC_E_SHRANK);
}
