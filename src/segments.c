/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "locked.h"
#include "segments.h"

#define NOWHERE UINT64_MAX	/* index of a slot that has no segment */

static void
list_add(struct segments *g, struct slot *s)
{
	s->before = g->idle.before;
	s->after = &g->idle;
	s->before->after = s->after->before = s;
}

static void
list_remove(struct slot *s)
{
	if (s->after == NULL)
		return;
	s->before->after = s->after;
	s->after->before = s->before;
	s->before = s->after = NULL;
}

int
segments_begin(struct segments *g, struct stored *stored, size_t cache)
{
	/* Each starts where a cache line does. */
	const size_t room = (STORED_ROOM(&stored->rule) + 63) / 64 * 64;

	*g = (struct segments){ .stored = stored };
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->moved, NULL);
	g->idle.before = g->idle.after = &g->idle;
	g->n = cache / room > 0 ? cache / room : 1;
	if (stored->last < g->n)
		g->n = (size_t)stored->last + 1;
	g->slots = calloc(g->n, sizeof(*g->slots));
	g->buckets = calloc(g->n, sizeof(struct slot *));
	g->bytes = locked_malloc(g->n * room);
	if (g->slots == NULL || g->buckets == NULL || g->bytes == NULL)
		return ENOMEM;
	for (size_t i = 0; i < g->n; i++) {
		g->slots[i].index = NOWHERE;
		g->slots[i].bytes = g->bytes + i * room;
		list_add(g, &g->slots[i]);
	}
	return XC_OK;
}

void
segments_end(struct segments *g)
{
	sodium_free(g->bytes);
	free(g->buckets);
	free(g->slots);
	pthread_cond_destroy(&g->moved);
	pthread_mutex_destroy(&g->lock);
}

static struct slot **
bucket_of(struct segments *g, uint64_t index)
{
	return &g->buckets[index % g->n];
}

static struct slot *
find_slot(struct segments *g, uint64_t index)
{
	struct slot *s = *bucket_of(g, index);

	while (s != NULL && s->index != index)
		s = s->chain;
	return s;
}

/* Have the slot stand for another segment. */
static void
turn_slot(struct segments *g, struct slot *s, uint64_t index)
{
	struct slot **link;

	if (s->index != NOWHERE) {
		link = bucket_of(g, s->index);
		while (*link != s)
			link = &(*link)->chain;
		*link = s->chain;
	}
	s->index = index;
	s->valid = false;
	link = bucket_of(g, index);
	s->chain = *link;
	*link = s;
}

/* Wait for the slot of a segment, or for one to reuse, and take that. */
static struct slot *
take_slot(struct segments *g, uint64_t index)
{
	struct slot *s;

	pthread_mutex_lock(&g->lock);
	for (;;) {
		s = find_slot(g, index);
		if (s == NULL && g->idle.after != &g->idle) {
			s = g->idle.after;
			turn_slot(g, s, index);
		}
		if (s != NULL && !s->busy)
			break;
		g->waiting++;
		pthread_cond_wait(&g->moved, &g->lock);
		g->waiting--;
	}
	list_remove(s);
	s->busy = true;
	pthread_mutex_unlock(&g->lock);
	return s;
}

static void
give_slot(struct segments *g, struct slot *s)
{
	pthread_mutex_lock(&g->lock);
	s->busy = false;
	list_add(g, s);
	if (g->waiting > 0)
		pthread_cond_broadcast(&g->moved);
	pthread_mutex_unlock(&g->lock);
}

/* Read, authenticate and decrypt: in the slot, so the same copy. */
static int
load_slot(struct segments *g, struct slot *s)
{
	const struct stored *stored = g->stored;
	const struct piece p = stored_piece(stored, s->index);
	struct stored_tool *t;
	struct piece_done done;
	int err = stored_read(stored, s->bytes, p.size,
	    stored_at(stored, s->index));

	if (err == XC_OK)
		err = stored_take(&t, g->stored);
	if (err != XC_OK)
		return err;
	piece_decrypt(&done, t->xts, &stored->rule, &p, s->bytes, s->bytes);
	stored_give(g->stored, t);
	s->valid = done.wrong == XC_OK;
	return done.wrong;
}

int
segments_read(struct segments *g, uint8_t *buf, uint64_t index, size_t from,
    size_t len)
{
	struct slot *s = take_slot(g, index);
	int err = s->valid ? XC_OK : load_slot(g, s);

	if (err == XC_OK)
		memcpy(buf, s->bytes + from, len);
	give_slot(g, s);
	return err;
}
