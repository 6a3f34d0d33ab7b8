/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "damage.h"
#include "locked.h"
#include "worker.h"

/* Align the buffer to cache lines: sodium_malloc aligns only its end. */
static uint8_t *
new_buffer(size_t len)
{
	return locked_malloc((len + 63) / 64 * 64);
}

/* Return the size of a bit map with a bit for each unit of a chunk. */
static size_t
lost_bytes(const struct job_state *s)
{
	return s->pieces * s->in_piece / s->rule.sector / 8 + 1;
}

int
worker_start(struct job_state *s, struct worker *w)
{
	*w = (struct worker){ .state = s, .index = JOB_NO_CHUNK };
	w->in = new_buffer(s->in_room);
	w->out = new_buffer(s->out_room);
	if (w->in == NULL || w->out == NULL)
		return ENOMEM;
	if (s->rule.tolerant && s->rule.record == 0 &&
	    (w->lost = calloc(1, lost_bytes(s))) == NULL)
		return ENOMEM;
	return payload_new(&w->xts, &s->job->layout, s->job->key->layout);
}

void
worker_end(struct worker *w)
{
	payload_free(w->xts);
	sodium_free(w->in);
	sodium_free(w->out);
	free(w->lost);
}

bool
worker_goes_on(const struct job_state *s, uint64_t index)
{
	return !s->stop && s->failed > index;
}

void
worker_tick(struct job_state *s)
{
	if (s->job->tick != NULL &&
	    !s->job->tick(s->job->context, s->did.length))
		s->stop = true;
}

/* Record that a chunk has failed: those after it no longer count. */
static void
chunk_failed(struct worker *w, int err, enum err_file file)
{
	struct job_state *s = w->state;

	pthread_mutex_lock(&s->lock);
	if (w->index < s->failed) {
		s->failed = w->index;
		s->err = (struct err){ err, file };
	}
	pthread_mutex_unlock(&s->lock);
}

static bool
is_first(const struct worker *w)
{
	const struct job_state *s = w->state;

	for (unsigned i = 0; i < s->nworkers; i++)
		if (s->workers[i].index < w->index)
			return false;
	return true;
}

/*
 * Wait until every earlier chunk is done: what must be in order can be done
 * now.  XC_E_STOPPED: it must no longer be done.
 */
static int
wait_turn(struct worker *w)
{
	struct job_state *s = w->state;

	if (w->turn)
		return XC_OK;
	pthread_mutex_lock(&s->lock);
	while (worker_goes_on(s, w->index) && !is_first(w))
		pthread_cond_wait(&s->moved, &s->lock);
	w->turn = worker_goes_on(s, w->index);
	pthread_mutex_unlock(&s->lock);
	return w->turn ? XC_OK : XC_E_STOPPED;
}

/* Claim the next chunk; false: there is none. */
static bool
claim_chunk(struct worker *w)
{
	struct job_state *s = w->state;
	bool good;

	pthread_mutex_lock(&s->lock);
	good = worker_goes_on(s, JOB_NO_CHUNK - 1) && s->next < s->chunks;
	if (good)
		w->index = s->next++;
	pthread_mutex_unlock(&s->lock);
	if (w->unreadable && w->lost != NULL)
		memset(w->lost, 0, lost_bytes(s));
	w->turn = w->unreadable = false;
	w->len = 0;
	w->did = (struct job_result){ 0 };
	return good;
}

/* Return piece i of the current chunk. */
static struct piece
piece_at(const struct worker *w, size_t i)
{
	const struct job_state *s = w->state;
	size_t at = i * s->in_piece;
	size_t have = w->have > at ? w->have - at : 0;
	uint64_t left = s->part.size == IO_UNKNOWN ? have :
	    s->part.size - (w->first + i) * s->in_piece;
	bool end = left < s->in_piece + PIECE_AHEAD;

	return (struct piece){
		.at = s->part.data + (w->first + i) * s->rule.data,
		.size = end ? (size_t)left : s->in_piece,
		.have = have, .end = end, .last = end && s->part.last
	};
}

/* Return the bytes in the next unit, with len from there to the end. */
static size_t
unit_size(const struct job_state *s, size_t len)
{
	/* The last includes what is too short for one of its own. */
	return len < s->rule.sector + LAYOUT_BLOCK ? len : s->rule.sector;
}

/*
 * Read unit by unit what cannot be read at once; zeros for what still cannot.
 * With tags the first such unit makes its segment fail, so skip the rest of
 * that: on a failing disk each read may take seconds.
 */
static int
read_around(struct worker *w, uint8_t *buf, size_t len, uint64_t at)
{
	struct job_state *s = w->state;
	size_t done = 0, left, n, got;
	int err;

	while (done < len) {
		/* A unit behind the tag is the next segment's. */
		left = s->in_piece - (size_t)((at + done) % s->in_piece);
		if (w->lost != NULL || left > len - done)
			left = len - done;
		n = unit_size(s, left);
		err = io_read(s->job->in, buf + done, n, at + done, &got);
		if (err == EIO) {
			w->unreadable = true;
			if (w->lost != NULL)
				w->lost[done / s->rule.sector / 8] |= (uint8_t)
				    (1U << done / s->rule.sector % 8);
			else
				n = left;
			memset(buf + done, 0, n);
		} else if (err != XC_OK || got < n) {
			return err != XC_OK ? err : XC_E_SHRANK;
		}
		done += n;
	}
	return XC_OK;
}

/* Do io_read_some, past what a disk can no longer read. */
static int
read_input(struct worker *w, uint8_t *buf, size_t least, size_t len,
    uint64_t at, size_t *got)
{
	struct job_state *s = w->state;
	struct io *in = s->job->in;
	int err = io_read_some(in, buf, least, len, at, got);

	if (err != EIO || !s->rule.tolerant || !in->seekable)
		return err;
	if (at + len > in->size)
		len = at < in->size ? (size_t)(in->size - at) : 0;
	*got = len;
	return read_around(w, buf, len, at);
}

static int
read_chunk(struct worker *w)
{
	struct job_state *s = w->state;
	uint64_t at;
	size_t want = s->pieces * s->in_piece;

	w->first = w->index * s->pieces;
	w->pieces = s->pieces;
	at = w->first * s->in_piece;
	if (w->index + 1 == s->chunks)
		want = (size_t)(s->part.size - at);
	return read_input(w, w->in, want, want, s->part.payload + at,
	    &w->have);
}

/* Start this chunk with what was read ahead. */
static void
take_ahead(struct worker *w)
{
	struct job_state *s = w->state;

	/* It is in the buffer read last, which may be this one. */
	if (s->nahead > 0)
		memmove(w->in, s->ahead, s->nahead);
	w->have = s->nahead;
}

/* Leave what was read behind the last piece to the next chunk. */
static void
leave_ahead(struct worker *w)
{
	struct job_state *s = w->state;
	size_t whole = w->pieces * s->in_piece;
	uint64_t left = s->part.size == IO_UNKNOWN ? w->have :
	    s->part.size - w->first * s->in_piece;

	s->piece += w->pieces;
	s->nahead = w->have > whole ? w->have - whole : 0;
	s->ahead = w->in + (s->nahead > 0 ? whole : 0);
	if (left >= whole + PIECE_AHEAD)
		return;
	pthread_mutex_lock(&s->lock);
	s->chunks = w->index + 1;
	pthread_mutex_unlock(&s->lock);
}

/*
 * Read in order: wait for one piece, and take what else has arrived.  That a
 * piece is not the last is known only when a block of the next has arrived.
 */
static int
read_in_order(struct worker *w)
{
	struct job_state *s = w->state;
	uint64_t at = s->piece * s->in_piece;
	uint64_t left = s->part.size == IO_UNKNOWN ? UINT64_MAX :
	    s->part.size - at;
	size_t most = s->pieces * s->in_piece + PIECE_AHEAD;
	size_t least = s->in_piece + PIECE_AHEAD, got;
	int err;

	if (left < most)
		most = (size_t)left;
	if (most < least)
		least = most;
	w->first = s->piece;
	w->pieces = s->pieces;
	take_ahead(w);
	if (w->have < least) {
		err = read_input(w, w->in + w->have, least - w->have,
		    most - w->have, at + w->have, &got);
		if (err != XC_OK)
			return err;
		w->have += got;
	}
	/* Not the end: what no block follows is for the next chunk. */
	if (w->have >= least && w->have < left)
		w->pieces = (w->have - PIECE_AHEAD) / s->in_piece;
	leave_ahead(w);
	return XC_OK;
}

/* Claim and read the next chunk; false: there is none, or it failed. */
static bool
next_chunk(struct worker *w)
{
	struct job_state *s = w->state;
	int err = XC_OK;
	bool good;

	if (s->in_order)
		pthread_mutex_lock(&s->reading);
	good = claim_chunk(w);
	if (good) {
		err = s->in_order ? read_in_order(w) : read_chunk(w);
		if (err != XC_OK)
			chunk_failed(w, err, ERR_INPUT);
	}
	if (s->in_order)
		pthread_mutex_unlock(&s->reading);
	return good && err == XC_OK;
}

static void
count_piece(struct worker *w, const struct piece *p,
    const struct piece_done *done)
{
	uint64_t from = p->at, to = from + done->plain;

	if (layout_range_clip(&w->state->range, &from, &to))
		w->did.length += to - from;
	w->did.payload += done->payload;
}

static int
encrypt_piece(struct worker *w, const struct piece *p, uint8_t *in)
{
	struct piece_done done;
	int err;

	if (p->have < p->size)
		return XC_E_SHRANK;
	err = piece_encrypt(&done, w->xts, &w->state->rule, p, w->out + w->len,
	    in);
	if (err != XC_OK)
		return err;
	w->len += done.payload;
	count_piece(w, p, &done);
	return XC_OK;
}

static bool
is_lost(const struct worker *w, size_t unit)
{
	return (w->lost[unit / 8] >> unit % 8 & 1) != 0;
}

/* Write zeros for units that could not be read, which no tag detects. */
static void
record_lost(struct worker *w, const struct piece *p,
    const struct piece_done *done)
{
	struct job_state *s = w->state;
	size_t i, n, good;

	for (i = 0; i < done->good; i += n) {
		n = unit_size(s, p->size - i);
		/*
		 * Without records its offset in input and output is the same.
		 */
		if (!is_lost(w, (w->len + i) / s->rule.sector))
			continue;
		good = done->good - i < n ? done->good - i : n;
		memset(w->out + w->len + i, 0, good);
		damage_record(s, XC_E_DAMAGED, p->at + i, p->at + i + good);
	}
}

/*
 * Does the caller accept the authenticated plaintext of a piece, in the range?
 */
static bool
accepted(const struct worker *w, const struct piece *p,
    const struct piece_done *done)
{
	const struct job *job = w->state->job;
	uint64_t from = p->at, to = from + done->good;

	return job->accept == NULL ||
	    !layout_range_clip(&w->state->range, &from, &to) ||
	    job->accept(job->context, from, w->out + w->len +
	    (size_t)(from - p->at), (size_t)(to - from));
}

/* Report a piece to the caller, in order. */
static int
report_piece(struct worker *w, const struct piece *p,
    const struct piece_done *done)
{
	struct job_state *s = w->state;
	int err = wait_turn(w);

	if (err != XC_OK)
		return err;
	pthread_mutex_lock(&s->telling);
	if (w->lost != NULL && w->unreadable)
		record_lost(w, p, done);
	if (done->wrong != XC_OK)
		damage_record(s, done->wrong, p->at + done->good,
		    p->at + done->plain);
	if (done->wrong != XC_OK && !s->rule.tolerant)
		err = done->wrong;
	else if (!accepted(w, p, done))
		err = XC_E_BINARY;
	pthread_mutex_unlock(&s->telling);
	return err;
}

static int
decrypt_piece(struct worker *w, const struct piece *p, const uint8_t *in)
{
	struct job_state *s = w->state;
	struct piece_done done;
	int err = XC_OK;

	piece_decrypt(&done, w->xts, &s->rule, p, w->out + w->len, in);
	if (done.wrong != XC_OK || s->job->accept != NULL || w->unreadable)
		err = report_piece(w, p, &done);
	if (err != XC_OK)
		return err;
	w->len += done.plain;
	count_piece(w, p, &done);
	return XC_OK;
}

/* Process all pieces of a chunk, up to the first that fails. */
static int
crypt_pieces(struct worker *w)
{
	const struct job_state *s = w->state;
	struct piece p = { 0 };
	int err = XC_OK;

	for (size_t i = 0; i < w->pieces && !p.end && err == XC_OK; i++) {
		p = piece_at(w, i);
		err = s->job->direction == XTS_ENCRYPT ?
		    encrypt_piece(w, &p, w->in + i * s->in_piece) :
		    decrypt_piece(w, &p, w->in + i * s->in_piece);
	}
	return err;
}

/* Write what is within the range. */
static int
write_chunk(struct worker *w)
{
	struct job_state *s = w->state;
	uint64_t start = s->out_at + w->first * s->out_piece;
	uint64_t from = start, to = start + w->len;
	int err;

	if (s->job->out == NULL || !layout_range_clip(&s->wanted, &from, &to))
		return XC_OK;
	if (s->out_order && (err = wait_turn(w)) != XC_OK)
		return err;
	return io_write(s->job->out, w->out + (size_t)(from - start),
	    (size_t)(to - from), from - s->wanted.offset);
}

/* Process the current chunk.  What is good before a failure is written. */
static bool
process_chunk(struct worker *w)
{
	int err = crypt_pieces(w), wrote = write_chunk(w);

	if (wrote != XC_OK)
		chunk_failed(w, wrote, ERR_OUTPUT);
	else if (err != XC_OK)
		chunk_failed(w, err, err == XC_E_BINARY ? ERR_OUTPUT :
		    ERR_INPUT);
	return wrote == XC_OK && err == XC_OK;
}

/* Release the current chunk: it is done. */
static void
release_chunk(struct worker *w)
{
	struct job_state *s = w->state;

	pthread_mutex_lock(&s->lock);
	s->did.length += w->did.length;
	s->did.payload += w->did.payload;
	w->index = JOB_NO_CHUNK;
	pthread_cond_broadcast(&s->moved);
	if (s->alone)
		worker_tick(s);
	pthread_mutex_unlock(&s->lock);
}

void *
worker_run(void *worker)
{
	struct worker *w = worker;
	struct job_state *s = w->state;

	while (next_chunk(w) && process_chunk(w))
		release_chunk(w);
	pthread_mutex_lock(&s->lock);
	w->index = JOB_NO_CHUNK;
	s->running--;
	pthread_cond_broadcast(&s->moved);
	pthread_cond_signal(&s->ended);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}
