/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "locked.h"
#include "segments.h"

#define NOWHERE UINT64_MAX	/* index of a slot that has no segment */

_Static_assert(LAYOUT_SEGMENT_MAX <= 1 << LAYOUT_SPAN_MIN,
    "a segment has the keys of one span");

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
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->moved, NULL);
	pthread_cond_init(&g->room, NULL);
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
	g->ciphertext = malloc(room);
	g->zeros = calloc(1, room);
	if (g->slots == NULL || g->buckets == NULL || g->chosen == NULL ||
	    g->bytes == NULL || g->ciphertext == NULL || g->zeros == NULL)
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
	free(g->zeros);
	free(g->ciphertext);
	free(g->chosen);
	free(g->buckets);
	free(g->slots);
	pthread_cond_destroy(&g->room);
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
	s->valid = s->encrypted = false;
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

static void
give_slot(struct segments *g, struct slot *s)
{
	pthread_mutex_lock(&g->lock);
	s->busy = false;
	release_slot(g, s);
	pthread_mutex_unlock(&g->lock);
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

static size_t
data_in(const struct segments *g, const struct slot *s)
{
	return stored_piece(g->stored, s->index).size - g->stored->rule.record;
}

/* Add what was written of a segment, and its record, to the commit. */
static int
add_ciphertext(struct segments *g, const struct slot *s, const uint8_t *bytes)
{
	const struct stored *stored = g->stored;
	const size_t data = data_in(g, s);
	const uint64_t at = stored->io.start + stored_at(stored, s->index);
	int err = pagelog_add(g->log, bytes + s->from, s->to - s->from,
	    at + s->from, s->gaps);

	return err != XC_OK ? err : pagelog_add(g->log, bytes + data,
	    stored->rule.record, at + data, false);
}

static int
encrypt_segment(const struct segments *g, struct stored_tool *t,
    const struct slot *s, uint8_t *out, const uint8_t *in)
{
	const struct piece_rule *rule = &g->stored->rule;
	struct piece p = stored_piece(g->stored, s->index);
	struct piece_done done;

	p.size -= rule->record;
	return piece_encrypt_blocks(&done, t->xts, rule, &p, out, in);
}

/* Encrypt it as it is now, if that is not done, and add it. */
static int
add_segment(struct segments *g, const struct slot *s)
{
	struct stored_tool *t;
	int err;

	if (s->encrypted)
		return add_ciphertext(g, s, s->bytes);
	err = stored_take(&t, g->stored);
	if (err != XC_OK)
		return err;
	err = encrypt_segment(g, t, s, g->ciphertext, s->bytes);
	stored_give(g->stored, t);
	return err != XC_OK ? err : add_ciphertext(g, s, g->ciphertext);
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
	/* Not one by one: that would wake all of them each time. */
	if (--g->ndirty == g->batch / 2)
		pthread_cond_broadcast(&g->room);
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
	g->failed = err;
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

/*
 * Commit the n segments that were dirty first.  lock is held, and no commit is
 * under way.
 */
static int
commit_oldest(struct segments *g, size_t n)
{
	int err = g->failed;

	g->busy = true;
	pthread_mutex_unlock(&g->lock);
	for (; n > 0 && err == XC_OK; n -= n < g->batch ? n : g->batch)
		err = commit_batch(g);
	pthread_mutex_lock(&g->lock);
	g->busy = false;
	pthread_cond_broadcast(&g->room);
	/* Who waits for a slot may have to commit, or to fail. */
	pthread_cond_broadcast(&g->moved);
	return err;
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
		if (find_slot(g, index) != NULL || g->busy ||
		    (g->ndirty == 0 && g->failed == XC_OK))
			wait_for_slot(g);
		else
			err = commit_oldest(g, g->batch);
	}
	pthread_mutex_unlock(&g->lock);
	*slot = s;
	return s != NULL ? XC_OK : err;
}

/* Authenticate and decrypt: in the slot, so the same copy. */
static int
decrypt_slot(struct segments *g, struct slot *s)
{
	const struct stored *stored = g->stored;
	const struct piece p = stored_piece(stored, s->index);
	struct stored_tool *t;
	struct piece_done done;
	int err = stored_take(&t, g->stored);

	if (err != XC_OK)
		return err;
	piece_decrypt(&done, t->xts, &stored->rule, &p, s->bytes, s->bytes);
	stored_give(g->stored, t);
	if (done.wrong != XC_OK)
		return done.wrong;
	s->valid = true;
	s->encrypted = false;
	return XC_OK;
}

/* Have its plaintext in the slot: read it, unless it is there. */
static int
load_segment(struct segments *g, struct slot *s)
{
	const struct stored *stored = g->stored;
	int err = XC_OK;

	if (s->valid && !s->encrypted)
		return XC_OK;
	if (!s->valid)
		err = stored_read(stored, s->bytes,
		    stored_piece(stored, s->index).size,
		    stored_at(stored, s->index));
	return err == XC_OK ? decrypt_slot(g, s) : err;
}

int
segments_read(struct segments *g, uint8_t *buf, uint64_t index, size_t from,
    size_t len)
{
	struct slot *s;
	int err = take_slot(&s, g, index);

	if (err != XC_OK)
		return err;
	err = load_segment(g, s);
	if (err == XC_OK)
		memcpy(buf, s->bytes + from, len);
	give_slot(g, s);
	return err;
}

/* Change some of a slot. */
static int
change_segment(struct segments *g, struct slot *s, const uint8_t *buf,
    size_t from, size_t len)
{
	int err = load_segment(g, s);

	if (err != XC_OK)
		return err;
	if (buf == NULL)
		memset(s->bytes + from, 0, len);
	else
		memcpy(s->bytes + from, buf, len);
	return XC_OK;
}

/*
 * Replace all of it, which need not be read.  It is encrypted now, while other
 * threads do the same, and not in the commit.  After an error the slot is as it
 * was, with what was written to it before.
 */
static int
replace_segment(struct segments *g, struct slot *s, const uint8_t *buf)
{
	struct stored_tool *t;
	int err = stored_take(&t, g->stored);

	if (err != XC_OK)
		return err;
	err = encrypt_segment(g, t, s, s->bytes, buf != NULL ? buf : g->zeros);
	stored_give(g->stored, t);
	if (err == XC_OK)
		s->valid = s->encrypted = true;
	return err;
}

/* Keep which units were written since the last commit.  lock is held. */
static void
add_written(struct slot *s, const struct stored_units *u)
{
	const bool all = !s->dirty || (u->from <= s->from && u->to >= s->to);

	s->gaps = !all && (s->gaps || u->from > s->to || u->to < s->from);
	s->from = all || u->from < s->from ? u->from : s->from;
	s->to = all || u->to > s->to ? u->to : s->to;
}

static void
mark_dirty(struct segments *g, struct slot *s, size_t from, size_t len)
{
	const struct stored_units u = stored_units(g->stored, s->index, from,
	    len);

	pthread_mutex_lock(&g->lock);
	add_written(s, &u);
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
	int err;

	pthread_mutex_lock(&g->lock);
	while (g->ndirty >= g->batch && g->failed == XC_OK)
		if (g->busy)
			pthread_cond_wait(&g->room, &g->lock);
		else
			(void)commit_oldest(g, g->batch);
	err = g->failed;
	pthread_mutex_unlock(&g->lock);
	return err;
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
	if (len == data_in(g, s))
		err = replace_segment(g, s, buf);
	else
		err = change_segment(g, s, buf, from, len);
	if (err == XC_OK)
		mark_dirty(g, s, from, len);
	give_slot(g, s);
	return err;
}

int
segments_commit(struct segments *g)
{
	int err;

	pthread_mutex_lock(&g->lock);
	while (g->busy)
		pthread_cond_wait(&g->room, &g->lock);
	err = commit_oldest(g, g->ndirty);
	pthread_mutex_unlock(&g->lock);
	return err;
}
