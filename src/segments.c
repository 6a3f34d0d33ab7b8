/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "locked.h"
#include "segments.h"

#define NOWHERE UINT64_MAX	/* index of a slot that has no segment */

static void
list_begin(struct slot *head)
{
	head->before = head->after = head;
}

static void
list_add(struct slot *head, struct slot *s)
{
	s->before = head->before;
	s->after = head;
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
segments_begin(struct segments *g, struct stored *stored, struct pagelog *log,
    size_t cache)
{
	/* Each starts where a cache line does. */
	const size_t room = (STORED_ROOM(&stored->rule) + 63) / 64 * 64;

	*g = (struct segments){ .stored = stored, .log = log };
	pthread_mutex_init(&g->committing, NULL);
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->moved, NULL);
	list_begin(&g->idle);
	list_begin(&g->dirty);
	g->batch = PAGELOG_PAGES / pagelog_span(STORED_ROOM(&stored->rule));
	g->n = cache / room > 0 ? cache / room : 1;
	if (stored->last < g->n)
		g->n = (size_t)stored->last + 1;
	g->slots = calloc(g->n, sizeof(*g->slots));
	g->buckets = calloc(g->n, sizeof(struct slot *));
	g->chosen = calloc(g->batch, sizeof(struct slot *));
	g->bytes = locked_malloc(g->n * room);
	if (g->slots == NULL || g->buckets == NULL || g->chosen == NULL ||
	    g->bytes == NULL)
		return ENOMEM;
	for (size_t i = 0; i < g->n; i++) {
		g->slots[i].index = NOWHERE;
		g->slots[i].bytes = g->bytes + i * room;
		list_add(&g->idle, &g->slots[i]);
	}
	return XC_OK;
}

void
segments_end(struct segments *g)
{
	sodium_free(g->bytes);
	free(g->chosen);
	free(g->buckets);
	free(g->slots);
	pthread_cond_destroy(&g->moved);
	pthread_mutex_destroy(&g->lock);
	pthread_mutex_destroy(&g->committing);
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

/* Wait until a slot is released.  lock is held. */
static void
wait_for_slot(struct segments *g)
{
	g->waiting++;
	pthread_cond_wait(&g->moved, &g->lock);
	g->waiting--;
}

/* The slot is released, and may be reused unless it is newer than the file. */
static void
release_slot(struct segments *g, struct slot *s)
{
	if (!s->busy && !s->dirty && !s->pinned)
		list_add(&g->idle, s);
	if (g->waiting > 0)
		pthread_cond_broadcast(&g->moved);
}

/* Take the slot of a segment, or one to reuse.  NULL: neither is free. */
static struct slot *
try_slot(struct segments *g, uint64_t index)
{
	struct slot *s = find_slot(g, index);

	if (s == NULL && g->idle.after != &g->idle) {
		s = g->idle.after;
		turn_slot(g, s, index);
	}
	if (s == NULL || s->busy)
		return NULL;
	if (!s->dirty && !s->pinned)
		list_remove(s);
	s->busy = true;
	return s;
}

/* Wait for the slot of a segment, or for one to reuse, and take that. */
static int
take_slot(struct slot **slot, struct segments *g, uint64_t index)
{
	struct slot *s;
	int err = XC_OK;

	pthread_mutex_lock(&g->lock);
	while ((s = try_slot(g, index)) == NULL && err == XC_OK) {
		if (find_slot(g, index) != NULL || g->busy) {
			wait_for_slot(g);
		} else if (g->failed != XC_OK) {
			err = g->failed;
		} else if (g->ndirty == 0) {
			wait_for_slot(g);
		} else {
			pthread_mutex_unlock(&g->lock);
			err = segments_commit(g);
			pthread_mutex_lock(&g->lock);
		}
	}
	pthread_mutex_unlock(&g->lock);
	*slot = s;
	return s != NULL ? XC_OK : err;
}

static void
give_slot(struct segments *g, struct slot *s)
{
	pthread_mutex_lock(&g->lock);
	s->busy = false;
	release_slot(g, s);
	pthread_mutex_unlock(&g->lock);
}

/* Read, authenticate and decrypt: in the slot, so the same copy. */
static int
load_segment(struct segments *g, struct slot *s)
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
	struct slot *s;
	int err = take_slot(&s, g, index);

	if (err != XC_OK)
		return err;
	if (!s->valid)
		err = load_segment(g, s);
	if (err == XC_OK)
		memcpy(buf, s->bytes + from, len);
	give_slot(g, s);
	return err;
}

/* Change a slot; what is written whole need not be read. */
static int
change_segment(struct segments *g, struct slot *s, const uint8_t *buf,
    size_t from, size_t len)
{
	const struct stored *stored = g->stored;
	const struct piece p = stored_piece(stored, s->index);
	int err = XC_OK;

	if (!s->valid && len < p.size - stored->rule.record)
		err = load_segment(g, s);
	if (err != XC_OK)
		return err;
	if (buf == NULL)
		memset(s->bytes + from, 0, len);
	else
		memcpy(s->bytes + from, buf, len);
	s->valid = true;
	return XC_OK;
}

static void
mark_dirty(struct segments *g, struct slot *s)
{
	pthread_mutex_lock(&g->lock);
	if (!s->dirty) {
		s->dirty = true;
		list_add(&g->dirty, s);
		g->ndirty++;
	}
	pthread_mutex_unlock(&g->lock);
}

/* With a whole batch to commit, commit it. */
static int
make_room(struct segments *g)
{
	bool full;
	int err;

	pthread_mutex_lock(&g->lock);
	full = g->ndirty >= g->batch;
	err = g->failed;
	pthread_mutex_unlock(&g->lock);
	return full && err == XC_OK ? segments_commit(g) : err;
}

int
segments_write(struct segments *g, const uint8_t *buf, uint64_t index,
    size_t from, size_t len)
{
	struct slot *s;
	int err = make_room(g);

	if (err == XC_OK)
		err = take_slot(&s, g, index);
	if (err != XC_OK)
		return err;
	err = change_segment(g, s, buf, from, len);
	if (err == XC_OK)
		mark_dirty(g, s);
	give_slot(g, s);
	return err;
}

static int
by_index(const void *a, const void *b)
{
	const struct slot *const *s = a, *const *t = b;

	return ((*s)->index > (*t)->index) - ((*s)->index < (*t)->index);
}

/* Choose the oldest dirty segments for a commit, in order. */
static size_t
choose_slots(struct segments *g)
{
	struct slot *s;
	size_t n;

	pthread_mutex_lock(&g->lock);
	for (n = 0; n < g->batch && g->dirty.after != &g->dirty; n++) {
		s = g->dirty.after;
		list_remove(s);
		s->pinned = true;
		g->chosen[n] = s;
	}
	pthread_mutex_unlock(&g->lock);
	qsort(g->chosen, n, sizeof(g->chosen[0]), by_index);
	return n;
}

/* Encrypt a segment as it is now, and add it to the commit. */
static int
add_segment(struct segments *g, const struct slot *s)
{
	const struct stored *stored = g->stored;
	struct piece p = stored_piece(stored, s->index);
	struct stored_tool *t;
	struct piece_done done;
	int err = stored_take(&t, g->stored);

	if (err != XC_OK)
		return err;
	p.size -= stored->rule.record;
	err = piece_encrypt(&done, t->xts, &stored->rule, &p, t->buf, s->bytes);
	if (err == XC_OK)
		err = pagelog_add(g->log, t->buf, done.payload,
		    stored->io.start + stored_at(stored, s->index));
	stored_give(g->stored, t);
	return err;
}

/* Data written to it from here on is for a later commit. */
static int
commit_slot(struct segments *g, struct slot *s)
{
	int err;

	pthread_mutex_lock(&g->lock);
	while (s->busy)
		wait_for_slot(g);
	s->busy = true;
	s->dirty = false;
	g->ndirty--;
	pthread_mutex_unlock(&g->lock);
	err = add_segment(g, s);
	give_slot(g, s);
	return err;
}

/* After a failure they stay in memory, newer than the file. */
static void
release_chosen(struct segments *g, size_t n, int err)
{
	pthread_mutex_lock(&g->lock);
	for (size_t i = 0; i < n && err == XC_OK; i++) {
		g->chosen[i]->pinned = false;
		release_slot(g, g->chosen[i]);
	}
	g->busy = false;
	g->failed = err;
	if (g->waiting > 0)
		pthread_cond_broadcast(&g->moved);
	pthread_mutex_unlock(&g->lock);
}

static int
commit_batch(struct segments *g)
{
	size_t n = choose_slots(g);
	int err = XC_OK;

	for (size_t i = 0; i < n && err == XC_OK; i++)
		err = commit_slot(g, g->chosen[i]);
	if (err == XC_OK)
		err = pagelog_commit(g->log);
	release_chosen(g, n, err);
	return err;
}

int
segments_commit(struct segments *g)
{
	size_t left;
	int err;

	pthread_mutex_lock(&g->committing);
	pthread_mutex_lock(&g->lock);
	left = g->ndirty;
	err = g->failed;
	g->busy = left > 0 && err == XC_OK;
	pthread_mutex_unlock(&g->lock);
	for (; left > 0 && err == XC_OK; left -= left < g->batch ? left :
	    g->batch)
		err = commit_batch(g);
	pthread_mutex_unlock(&g->committing);
	return err;
}
