/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "cpu.h"
#include "damage.h"
#include "job.h"
#include "thread.h"
#include "worker.h"

/* Data for a thread at a time: few enough to stay in its cache. */
#define CHUNK (256 << 10)

/* Size of a piece if the layout has no segments. */
#define PIECE 65536

/* Default number of threads; nanoseconds between ticks. */
#define THREADS 8
#define TICK 50000000L

/* A clock that cannot be set, on systems where a wait can use one. */
#if defined(_POSIX_CLOCK_SELECTION) && _POSIX_CLOCK_SELECTION > 0
#define WATCH_MONOTONIC 1
#define WATCH CLOCK_MONOTONIC
#else
#define WATCH_MONOTONIC 0
#define WATCH CLOCK_REALTIME
#endif

/* Find the length of a payload's plaintext from its size, if that is known. */
static int
length_from_size(struct job_state *s)
{
	const struct job *job = s->job;
	uint64_t size = job->in->size, data, payload;
	bool tolerant = s->rule.tolerant;
	int err;

	if (job->direction == XTS_ENCRYPT || size == IO_UNKNOWN)
		return XC_OK;
	if (s->rule.length == LAYOUT_UNKNOWN) {
		err = layout_payload_data(&data, &job->layout, size);
		/* A header always has a length that is less than a block. */
		if (err != XC_OK || data < LAYOUT_BLOCK)
			return tolerant ? XC_OK : XC_E_SIZE;
		s->rule.length = data;
	}
	payload = layout_payload(&job->layout, s->rule.length);
	if (size == payload)
		return XC_OK;
	err = size < payload ? XC_E_CUT : XC_E_TRAILING;
	/* The range may lie elsewhere: then no piece shows it. */
	if (tolerant && job->range != NULL)
		s->wrong = err;
	return tolerant ? XC_OK : err;
}

/*
 * The part of the payload with the range is that of the output: the input has
 * only the range.
 */
static int
plan_encrypted_part(struct job_state *s)
{
	const struct layout *l = &s->job->layout;
	const struct layout_range *r = &s->range;
	struct layout_part *part = &s->part;
	bool ends = r->offset + r->length == s->rule.length;

	if (r->length == 0)
		return XC_OK;
	if (part->data != r->offset || part->last != ends || (!ends &&
	    r->length % (s->rule.record != 0 ? l->segment : l->sector) != 0))
		return XC_E_RANGE;
	s->out_at = part->payload;
	part->payload = part->data;
	part->size = r->length;
	return XC_OK;
}

/* Find the part of the input that contains the range. */
static int
plan_part(struct job_state *s)
{
	const struct job *job = s->job;
	uint64_t length = s->rule.length;
	int err;

	s->range = s->wanted = (struct layout_range){ 0, LAYOUT_UNKNOWN };
	s->part = (struct layout_part){ .size = IO_UNKNOWN, .last = true };
	if (job->range != NULL) {
		if (!job->in->seekable)
			return ESPIPE;
		if (length == LAYOUT_UNKNOWN)
			return XC_E_SIZE;
		s->range = *job->range;
		if ((err = layout_range_fit(&s->range, length)) != XC_OK)
			return err;
		layout_range_part(&s->part, &job->layout, length, &s->range);
		s->did.payload = s->part.payload;
		if (job->direction == XTS_ENCRYPT)
			return plan_encrypted_part(s);
		s->out_at = s->part.data;
		s->wanted = s->range;
	} else if (length != LAYOUT_UNKNOWN) {
		s->part.size = job->direction == XTS_ENCRYPT ? length :
		    layout_payload(&job->layout, length);
	}
	return XC_OK;
}

/* A worker's buffers have room for a chunk, or for all if that is less. */
static void
plan_room(struct job_state *s)
{
	const size_t chunk = s->pieces * s->in_piece;

	s->in_room = s->part.size < chunk ? (size_t)s->part.size : chunk;
	s->in_room += PIECE_AHEAD;
	s->out_room = s->in_room;
	/* Decrypting takes the records away. */
	if (s->job->direction == XTS_ENCRYPT)
		s->out_room += s->pieces * s->rule.record;
}

/* Divide the data into pieces and chunks, and count these if possible. */
static int
plan_chunks(struct job_state *s)
{
	const struct job *job = s->job;
	const struct layout *l = &job->layout;
	bool tags = l->integrity == LAYOUT_TAGS;
	size_t chunk = job->chunk == 0 ? CHUNK : job->chunk;
	int err;

	s->rule = (struct piece_rule){
		.key = job->key, .length = job->length, .sector = l->sector,
		.data = tags ? l->segment : PIECE,
		.record = tags ? LAYOUT_RECORD : 0,
		.tolerant = job->keep_going || job->out == NULL,
		.announced = job->length != LAYOUT_UNKNOWN,
		.unread = job->out == NULL && job->accept == NULL
	};
	if ((err = length_from_size(s)) != XC_OK ||
	    (err = plan_part(s)) != XC_OK)
		return err;

	s->pieces = 1 + (chunk - 1) / s->rule.data;
	s->in_piece = s->out_piece = s->rule.data;
	if (job->direction == XTS_ENCRYPT)
		s->out_piece += s->rule.record;
	else
		s->in_piece += s->rule.record;

	s->chunks = UINT64_MAX;
	if (s->part.size != IO_UNKNOWN) {
		s->chunks = s->range.length == 0 ? 0 : 1;
		if (s->part.size > PIECE_AHEAD)
			s->chunks += (s->part.size - PIECE_AHEAD) /
			    (s->pieces * s->in_piece);
	}
	plan_room(s);
	s->in_order = !job->in->seekable || s->part.size == IO_UNKNOWN;
	/* After a failure a prefix of the whole output remains. */
	s->out_order = job->out != NULL && !(job->out->seekable &&
	    (job->out->ours || job->out->device));
	return XC_OK;
}

/* Return the number of threads that there is work for. */
static unsigned
most_workers(const struct job_state *s)
{
	unsigned n = s->job->threads;

	if (n == 0 && (n = cpu_count()) > THREADS)
		n = THREADS;
	if (n > JOB_THREADS_MAX)
		n = JOB_THREADS_MAX;
	return s->chunks < n ? (unsigned)s->chunks : n;
}

/* Create as many workers as memory allows.  ENOMEM: not even one. */
static int
start_workers(struct job_state *s)
{
	unsigned n = most_workers(s);
	int err = XC_OK;

	/* A slow pipe may fill chunks only in part: their number is unknown. */
	if (s->in_order)
		s->chunks = JOB_NO_CHUNK;
	for (; s->nworkers < n && err == XC_OK; s->nworkers++)
		err = worker_start(s, &s->workers[s->nworkers]);
	if (err == XC_OK)
		return XC_OK;
	worker_end(&s->workers[--s->nworkers]);
	return s->nworkers > 0 ? XC_OK : err;
}

/* go_on for a read in order: is it before everything that has failed? */
static bool
none_failed(void *state)
{
	struct job_state *s = state;
	bool on;

	pthread_mutex_lock(&s->lock);
	on = worker_goes_on(s, JOB_NO_CHUNK - 1);
	pthread_mutex_unlock(&s->lock);
	return on;
}

/*
 * go_on for a write in order, by the first current chunk, which is finished
 * whatever happens to those behind it; and for ends that can seek, which do not
 * wait.
 */
static bool
not_stopped(void *state)
{
	struct job_state *s = state;
	bool on;

	pthread_mutex_lock(&s->lock);
	on = !s->stop;
	pthread_mutex_unlock(&s->lock);
	return on;
}

/*
 * Create a thread for each worker, or as many as the system allows; false:
 * none.
 */
static bool
start_threads(struct job_state *s)
{
	pthread_mutex_lock(&s->lock);
	for (; s->running < s->nworkers; s->running++)
		if (thread_start(&s->workers[s->running].thread,
		    s->job->interrupt, worker_run,
		    &s->workers[s->running]) != 0)
			break;
	s->threads = s->running;
	pthread_mutex_unlock(&s->lock);
	return s->threads > 0;
}

/* Return the time to call tick next, if nothing happens before. */
static struct timespec
next_tick(void)
{
	struct timespec t;

	clock_gettime(WATCH, &t);
	t.tv_nsec += TICK;
	if (t.tv_nsec >= 1000000000L) {
		t.tv_nsec -= 1000000000L;
		t.tv_sec++;
	}
	return t;
}

/*
 * Interrupt the calls that the threads wait in.  The signal may arrive just
 * before such a call, so it is sent again and again.
 */
static void
interrupt_threads(const struct job_state *s)
{
	if (s->job->interrupt == 0)
		return;
	for (unsigned i = 0; i < s->threads; i++)
		pthread_kill(s->workers[i].thread, s->job->interrupt);
}

/* Call tick, and wait for the end, while the threads work. */
static void
watch_threads(struct job_state *s)
{
	struct timespec next = next_tick();
	bool busy;

	pthread_mutex_lock(&s->lock);
	while (s->running > 0) {
		if (pthread_cond_timedwait(&s->ended, &s->lock, &next) == 0)
			continue;
		next = next_tick();
		/* The thread that is in a callback may wait there. */
		busy = pthread_mutex_trylock(&s->telling) != 0;
		if (!busy) {
			worker_tick(s);
			pthread_mutex_unlock(&s->telling);
		}
		pthread_cond_broadcast(&s->moved);
		if (busy || !worker_goes_on(s, JOB_NO_CHUNK - 1))
			interrupt_threads(s);
	}
	pthread_mutex_unlock(&s->lock);
	for (unsigned i = 0; i < s->threads; i++)
		pthread_join(s->workers[i].thread, NULL);
}

/* None of these calls can fail with these attributes. */
static void
locks_start(struct job_state *s)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&s->reading, NULL);
	pthread_mutex_init(&s->telling, NULL);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->moved, NULL);
	pthread_condattr_init(&attr);
#if WATCH_MONOTONIC
	pthread_condattr_setclock(&attr, WATCH);
#endif
	pthread_cond_init(&s->ended, &attr);
	pthread_condattr_destroy(&attr);
}

static void
locks_end(struct job_state *s)
{
	pthread_cond_destroy(&s->ended);
	pthread_cond_destroy(&s->moved);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->telling);
	pthread_mutex_destroy(&s->reading);
}

/* Process all chunks, with threads if there is work for more than one. */
static void
run_chunks(struct job_state *s)
{
	struct io *in = s->job->in, *out = s->job->out;
	const struct io_wait *in_before = in->wait;
	const struct io_wait *out_before = out == NULL ? NULL : out->wait;
	struct io_wait reads = { s->in_order ? none_failed : not_stopped, s };
	struct io_wait writes = { not_stopped, s };

	/* No go_on of the caller's may run on a thread of ours. */
	in->wait = &reads;
	if (out != NULL)
		out->wait = &writes;
	if (s->nworkers > 1 && start_threads(s))
		watch_threads(s);
	else
		s->alone = true;
	in->wait = in_before;
	if (out != NULL)
		out->wait = out_before;

	if (s->alone) {
		s->running = 1;
		worker_run(&s->workers[0]);
	} else {
		worker_tick(s);
	}
}

/* Check that the input ends where it should. */
static int
check_surplus(struct job_state *s)
{
	struct io *in = s->job->in;
	uint64_t end;
	uint8_t byte;
	size_t got;
	int err;

	if (s->part.size == IO_UNKNOWN || !s->part.last || in->device)
		return XC_OK;
	end = s->part.payload + s->part.size;
	err = io_read(in, &byte, 1, end, &got);
	if (err == EIO && s->rule.tolerant) {
		got = in->size > end;
		err = XC_OK;
	}
	if (err != XC_OK || got == 0)
		return err;
	return s->job->direction == XTS_ENCRYPT ? XC_E_GREW : XC_E_TRAILING;
}

/* Find out what the job as a whole returns. */
static struct err
find_result(struct job_state *s)
{
	int err;

	damage_report(s);
	if (s->failed != JOB_NO_CHUNK)
		return s->err;
	if (s->stop)
		return (struct err){ XC_E_STOPPED, ERR_INPUT };
	err = check_surplus(s);
	/* Without any bytes, no damage could be reported. */
	if (s->wrong != XC_OK && (err == XC_OK || s->rule.length == 0))
		err = s->wrong;
	return (struct err){ err, ERR_INPUT };
}

struct err
job_run(const struct job *job, struct job_result *result)
{
	struct job_state s = { .job = job, .failed = JOB_NO_CHUNK };
	struct err err = { plan_chunks(&s), ERR_INPUT };

	locks_start(&s);
	if (err.code == XC_OK)
		err.code = start_workers(&s);
	if (err.code == XC_OK) {
		if (s.nworkers > 0)	/* not for an empty range */
			run_chunks(&s);
		err = find_result(&s);
	}
	for (unsigned i = 0; i < s.nworkers; i++)
		worker_end(&s.workers[i]);
	locks_end(&s);
	*result = s.did;
	return err;
}
