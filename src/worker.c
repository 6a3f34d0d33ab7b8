/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "worker.h"

/* sodium_malloc aligns the end: to cache lines, for vectors not to straddle. */
static uint8_t *
buffer(size_t len)
{
	return sodium_malloc((len + 63) / 64 * 64);
}

enum xc_err
worker_start(struct run *r, struct worker *w)
{
	*w = (struct worker){ .run = r, .index = WORKER_NONE };
	w->in = buffer(r->pieces * r->in_piece + PIECE_AHEAD);
	w->out = buffer(r->pieces * r->out_piece + PIECE_AHEAD);
	if (w->in == NULL || w->out == NULL)
		return XC_E_NOMEM;
	return xts_payload_new(&w->xts, &r->job->layout, r->job->key->layout);
}

void
worker_end(struct worker *w)
{
	xts_payload_free(w->xts);
	sodium_free(w->in);
	sodium_free(w->out);
}

bool
worker_goes_on(const struct run *r, uint64_t index)
{
	return !r->stop && r->failed > index;
}

void
worker_tick(struct run *r)
{
	if (r->job->tick != NULL &&
	    !r->job->tick(r->job->context, r->did.length))
		r->stop = true;
}

/* A chunk has failed.  Those after it do not count any more. */
static void
fail(struct worker *w, enum xc_err err, enum job_side side)
{
	struct run *r = w->run;
	int e = errno;

	pthread_mutex_lock(&r->lock);
	if (w->index < r->failed) {
		r->failed = w->index;
		r->err = err;
		r->error_number = e;
		r->did.side = err == XC_E_SYSTEM ? side : JOB_NEITHER;
	}
	pthread_mutex_unlock(&r->lock);
}

static bool
first(const struct worker *w)
{
	const struct run *r = w->run;

	for (unsigned i = 0; i < r->nworkers; i++)
		if (r->workers[i].index < w->index)
			return false;
	return true;
}

/*
 * Wait until every chunk before this one is done: what must come in order can
 * be done now.  XC_E_STOPPED: it must not be done any more.
 */
static enum xc_err
take_turn(struct worker *w)
{
	struct run *r = w->run;

	if (w->turn)
		return XC_OK;
	pthread_mutex_lock(&r->lock);
	while (worker_goes_on(r, w->index) && !first(w))
		pthread_cond_wait(&r->moved, &r->lock);
	w->turn = worker_goes_on(r, w->index);
	pthread_mutex_unlock(&r->lock);
	return w->turn ? XC_OK : XC_E_STOPPED;
}

/* Take the next chunk in hand; false: there is none. */
static bool
claim(struct worker *w)
{
	struct run *r = w->run;
	bool good;

	pthread_mutex_lock(&r->lock);
	good = worker_goes_on(r, WORKER_NONE - 1) && r->next < r->chunks;
	if (good)
		w->index = r->next++;
	pthread_mutex_unlock(&r->lock);
	w->turn = false;
	w->len = 0;
	w->did = (struct job_result){ 0 };
	return good;
}

/* Piece i of the chunk in hand. */
static struct piece
piece_at(const struct worker *w, size_t i)
{
	const struct run *r = w->run;
	size_t at = i * r->in_piece;
	size_t have = w->have > at ? w->have - at : 0;
	uint64_t left = r->total == IO_UNKNOWN ? have :
	    r->total - (w->first + i) * r->in_piece;
	bool last = left < r->in_piece + PIECE_AHEAD;

	return (struct piece){
		.index = w->first + i,
		.size = last ? (size_t)left : r->in_piece,
		.have = have, .last = last
	};
}

static enum xc_err
fill(struct worker *w)
{
	struct run *r = w->run;
	uint64_t at;
	size_t want = r->pieces * r->in_piece;

	w->first = w->index * r->pieces;
	w->pieces = r->pieces;
	at = w->first * r->in_piece;
	if (w->index + 1 == r->chunks)
		want = (size_t)(r->total - at);
	return io_read(r->job->in, w->in, want, at, &w->have);
}

/* What was read with the chunk before begins this one. */
static void
take_ahead(struct worker *w)
{
	struct run *r = w->run;

	/* It lies in the buffer read last, which may be this one. */
	if (r->nahead > 0)
		memmove(w->in, r->ahead, r->nahead);
	w->have = r->nahead;
}

/* Leave the next what is behind the last piece, which may not be all there. */
static void
leave_ahead(struct worker *w)
{
	struct run *r = w->run;
	size_t whole = w->pieces * r->in_piece;
	uint64_t left = r->total == IO_UNKNOWN ? w->have :
	    r->total - w->first * r->in_piece;

	r->piece += w->pieces;
	r->nahead = w->have > whole ? w->have - whole : 0;
	r->ahead = w->in + whole;
	if (left >= whole + PIECE_AHEAD)
		return;
	pthread_mutex_lock(&r->lock);
	r->chunks = w->index + 1;
	pthread_mutex_unlock(&r->lock);
}

/*
 * In order: wait for one piece, and take what else is there.  That a piece is
 * not the last shows only when a block of the next is there too.
 */
static enum xc_err
fill_in_order(struct worker *w)
{
	struct run *r = w->run;
	uint64_t at = r->piece * r->in_piece;
	uint64_t left = r->total == IO_UNKNOWN ? UINT64_MAX : r->total - at;
	size_t most = r->pieces * r->in_piece + PIECE_AHEAD;
	size_t least = r->in_piece + PIECE_AHEAD, got;
	enum xc_err err;

	if (left < most)
		most = (size_t)left;
	if (most < least)
		least = most;
	w->first = r->piece;
	w->pieces = r->pieces;
	take_ahead(w);
	if (w->have < least) {
		err = io_read_some(r->job->in, w->in + w->have,
		    least - w->have, most - w->have, at + w->have, &got);
		if (err != XC_OK)
			return err;
		w->have += got;
	}
	/* Not the end: what has no block behind it is for the next chunk. */
	if (w->have >= least && w->have < left)
		w->pieces = (w->have - PIECE_AHEAD) / r->in_piece;
	leave_ahead(w);
	return XC_OK;
}

/* The next chunk, read; false: there is none, or it failed. */
static bool
take(struct worker *w)
{
	struct run *r = w->run;
	enum xc_err err = XC_OK;
	bool good;

	if (r->in_order)
		pthread_mutex_lock(&r->reading);
	good = claim(w);
	if (good) {
		err = r->in_order ? fill_in_order(w) : fill(w);
		if (err != XC_OK)
			fail(w, err, JOB_INPUT);
	}
	if (r->in_order)
		pthread_mutex_unlock(&r->reading);
	return good && err == XC_OK;
}

static void
count(struct worker *w, const struct piece_done *done)
{
	w->did.length += done->plain;
	w->did.payload += done->payload;
}

static enum xc_err
seal(struct worker *w, const struct piece *p, uint8_t *in)
{
	struct piece_done done;
	enum xc_err err;

	if (p->have < p->size)
		return XC_E_SHRANK;
	err = piece_seal(&done, w->xts, &w->run->rule, p, w->out + w->len, in);
	if (err != XC_OK)
		return err;
	w->len += done.payload;
	count(w, &done);
	return XC_OK;
}

void
worker_tell(struct run *r)
{
	if (r->bad_to > r->bad_from && r->job->damaged != NULL)
		r->job->damaged(r->job->context, r->bad_from, r->bad_to);
	r->bad_from = r->bad_to = 0;
}

/* Something is wrong with a piece, whose plaintext begins at this byte. */
static void
note(struct run *r, const struct piece_done *done, uint64_t at)
{
	if (r->wrong == XC_OK || done->wrong != XC_E_DAMAGED)
		r->wrong = done->wrong;
	if (done->good == done->plain ||
	    (!r->rule.tolerant && done->wrong != XC_E_DAMAGED))
		return;
	if (r->bad_to != at + done->good)
		worker_tell(r);
	if (r->bad_to == 0)
		r->bad_from = at + done->good;
	r->bad_to = at + done->plain;
}

/* What the caller is to know of a piece, in order. */
static enum xc_err
tell_of(struct worker *w, const struct piece_done *done, uint64_t at)
{
	struct run *r = w->run;
	const struct job *job = r->job;
	enum xc_err err = take_turn(w);

	if (err != XC_OK)
		return err;
	pthread_mutex_lock(&r->telling);
	if (done->wrong != XC_OK)
		note(r, done, at);
	if (done->wrong != XC_OK && !r->rule.tolerant)
		err = done->wrong;
	else if (job->accept != NULL &&
	    !job->accept(job->context, w->out + w->len, done->good))
		err = XC_E_BINARY;
	pthread_mutex_unlock(&r->telling);
	return err;
}

static enum xc_err
unseal(struct worker *w, const struct piece *p, const uint8_t *in)
{
	struct run *r = w->run;
	struct piece_done done;
	enum xc_err err = XC_OK;

	piece_open(&done, w->xts, &r->rule, p, w->out + w->len, in);
	if (done.wrong != XC_OK || r->job->accept != NULL)
		err = tell_of(w, &done, p->index * r->rule.data);
	if (err != XC_OK)
		return err;
	w->len += done.plain;
	count(w, &done);
	return XC_OK;
}

/* All the pieces of a chunk, up to the first that fails. */
static enum xc_err
turn_over(struct worker *w)
{
	const struct run *r = w->run;
	struct piece p = { 0 };
	enum xc_err err = XC_OK;

	for (size_t i = 0; i < w->pieces && !p.last && err == XC_OK; i++) {
		p = piece_at(w, i);
		err = r->job->direction == XTS_ENCRYPT ?
		    seal(w, &p, w->in + i * r->in_piece) :
		    unseal(w, &p, w->in + i * r->in_piece);
	}
	return err;
}

static enum xc_err
put(struct worker *w)
{
	struct run *r = w->run;
	enum xc_err err;

	if (r->job->out == NULL || w->len == 0)
		return XC_OK;
	if (r->out_order && (err = take_turn(w)) != XC_OK)
		return err;
	return io_write(r->job->out, w->out, w->len,
	    w->first * r->out_piece);
}

/* Work on the chunk in hand.  What is good before a failure is put out. */
static bool
process(struct worker *w)
{
	enum xc_err err = turn_over(w), wrote = put(w);

	if (wrote != XC_OK)
		fail(w, wrote, JOB_OUTPUT);
	else if (err != XC_OK)
		fail(w, err, JOB_NEITHER);
	return wrote == XC_OK && err == XC_OK;
}

/* Done with the chunk in hand. */
static void
leave(struct worker *w)
{
	struct run *r = w->run;

	pthread_mutex_lock(&r->lock);
	r->did.length += w->did.length;
	r->did.payload += w->did.payload;
	w->index = WORKER_NONE;
	pthread_cond_broadcast(&r->moved);
	if (r->alone)
		worker_tick(r);
	pthread_mutex_unlock(&r->lock);
}

void *
worker_run(void *worker)
{
	struct worker *w = worker;
	struct run *r = w->run;

	while (take(w) && process(w))
		leave(w);
	pthread_mutex_lock(&r->lock);
	w->index = WORKER_NONE;
	r->running--;
	pthread_cond_broadcast(&r->moved);
	pthread_cond_signal(&r->ended);
	pthread_mutex_unlock(&r->lock);
	return NULL;
}
