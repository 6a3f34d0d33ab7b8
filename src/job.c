/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "cpu.h"
#include "job.h"
#include "worker.h"

/* Data that a thread takes at a time: what it works on stays in its cache. */
#define CHUNK (256 << 10)

/* A piece where the layout has no segments of its own. */
#define PIECE 65536

/* Threads, if no one says how many; nanoseconds between ticks. */
#define THREADS 8
#define TICK 50000000L

/* A clock that no one sets, where one can be waited for. */
#if defined(_POSIX_CLOCK_SELECTION) && _POSIX_CLOCK_SELECTION > 0
#define WATCH_MONOTONIC 1
#define WATCH CLOCK_MONOTONIC
#else
#define WATCH_MONOTONIC 0
#define WATCH CLOCK_REALTIME
#endif

/* The length of a payload's plaintext, from its size where that is known. */
static enum xc_err
length_find(struct run *r)
{
	const struct job *job = r->job;
	uint64_t size = job->in->size, data, payload;
	bool tolerant = r->rule.tolerant;
	enum xc_err err;

	if (job->direction == XTS_ENCRYPT || size == IO_UNKNOWN)
		return XC_OK;
	if (r->rule.length == LAYOUT_UNKNOWN) {
		err = layout_payload_data(&data, &job->layout, size);
		/* A writer knows the length of what is less than a block. */
		if (err != XC_OK || data < LAYOUT_BLOCK)
			return tolerant ? XC_OK : XC_E_SIZE;
		r->rule.length = data;
	}
	payload = layout_payload(&job->layout, r->rule.length);
	if (size == payload || tolerant)
		return XC_OK;
	return size < payload ? XC_E_CUT : XC_E_TRAILING;
}

/* How the data lies in pieces and chunks, and what of that is known. */
static enum xc_err
plan(struct run *r)
{
	const struct job *job = r->job;
	const struct layout *l = &job->layout;
	bool tags = l->integrity == LAYOUT_TAGS;
	size_t chunk = job->chunk == 0 ? CHUNK : job->chunk;
	enum xc_err err;

	r->rule = (struct piece_rule){
		.key = job->key, .length = job->length, .sector = l->sector,
		.data = tags ? l->segment : PIECE,
		.record = tags ? LAYOUT_RECORD : 0,
		.tolerant = job->keep_going || job->out == NULL,
		.announced = job->length != LAYOUT_UNKNOWN
	};
	if ((err = length_find(r)) != XC_OK)
		return err;

	r->pieces = 1 + (chunk - 1) / r->rule.data;
	r->in_piece = r->out_piece = r->rule.data;
	if (job->direction == XTS_ENCRYPT)
		r->out_piece += r->rule.record;
	else
		r->in_piece += r->rule.record;

	r->total = IO_UNKNOWN;
	r->chunks = UINT64_MAX;
	if (r->rule.length != LAYOUT_UNKNOWN) {
		r->total = job->direction == XTS_ENCRYPT ? r->rule.length :
		    layout_payload(l, r->rule.length);
		r->chunks = 1;
		if (r->total > PIECE_AHEAD)
			r->chunks += (r->total - PIECE_AHEAD) /
			    (r->pieces * r->in_piece);
	}
	r->in_order = !job->in->seekable || r->total == IO_UNKNOWN;
	/* What stays after a failure is the front of what it should be. */
	r->out_order = job->out != NULL && !(job->out->seekable &&
	    (job->out->ours || job->out->device));
	return XC_OK;
}

/* How many threads there is work for. */
static unsigned
most_workers(const struct run *r)
{
	unsigned n = r->job->threads;

	if (n == 0 && (n = cpu_count()) > THREADS)
		n = THREADS;
	if (n > JOB_THREADS_MAX)
		n = JOB_THREADS_MAX;
	return r->chunks < n ? (unsigned)r->chunks : n;
}

/* As many workers as there is memory for; XC_E_NOMEM: for none. */
static enum xc_err
start(struct run *r)
{
	unsigned n = most_workers(r);
	enum xc_err err = XC_OK;

	/* A slow pipe may fill only a part of each: nobody knows how many. */
	if (r->in_order)
		r->chunks = WORKER_NONE;
	for (; r->nworkers < n && err == XC_OK; r->nworkers++)
		err = worker_start(r, &r->workers[r->nworkers]);
	if (err == XC_OK)
		return XC_OK;
	worker_end(&r->workers[--r->nworkers]);
	return r->nworkers > 0 ? XC_OK : err;
}

/* For a read in order: of a chunk behind all that could have failed. */
static bool
none_failed(void *run)
{
	struct run *r = run;
	bool on;

	pthread_mutex_lock(&r->lock);
	on = worker_goes_on(r, WORKER_NONE - 1);
	pthread_mutex_unlock(&r->lock);
	return on;
}

/*
 * For a write in order: of the first chunk in hand, which is finished whatever
 * becomes of those behind it.  And for ends that can seek, which do not wait.
 */
static bool
not_stopped(void *run)
{
	struct run *r = run;
	bool on;

	pthread_mutex_lock(&r->lock);
	on = !r->stop;
	pthread_mutex_unlock(&r->lock);
	return on;
}

/*
 * A thread for each worker, as far as the system gives them; false: it gave
 * none.  They block what is not theirs: signals are for the caller's thread.
 */
static bool
threads_start(struct run *r)
{
	sigset_t all, before;

	sigfillset(&all);
	if (r->job->interrupt != 0)
		sigdelset(&all, r->job->interrupt);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_mutex_lock(&r->lock);
	for (; r->running < r->nworkers; r->running++)
		if (pthread_create(&r->workers[r->running].thread, NULL,
		    worker_run, &r->workers[r->running]) != 0)
			break;
	r->threads = r->running;
	pthread_mutex_unlock(&r->lock);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r->threads > 0;
}

/* The time at which the caller is asked again, if nothing happens before. */
static struct timespec
soon(void)
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
 * Interrupt what the threads wait in.  It could come just before such a call,
 * and so comes again.
 */
static void
poke(const struct run *r)
{
	if (r->job->interrupt == 0)
		return;
	for (unsigned i = 0; i < r->threads; i++)
		pthread_kill(r->workers[i].thread, r->job->interrupt);
}

/* See to the caller and to the end, while the threads work. */
static void
watch(struct run *r)
{
	struct timespec next = soon();
	bool busy;

	pthread_mutex_lock(&r->lock);
	while (r->running > 0) {
		if (pthread_cond_timedwait(&r->ended, &r->lock, &next) == 0)
			continue;
		next = soon();
		/* A thread that is with the caller may wait there. */
		busy = pthread_mutex_trylock(&r->telling) != 0;
		if (!busy) {
			worker_tick(r);
			pthread_mutex_unlock(&r->telling);
		}
		pthread_cond_broadcast(&r->moved);
		if (busy || !worker_goes_on(r, WORKER_NONE - 1))
			poke(r);
	}
	pthread_mutex_unlock(&r->lock);
	for (unsigned i = 0; i < r->threads; i++)
		pthread_join(r->workers[i].thread, NULL);
}

/* Nothing of it can fail, with these attributes. */
static void
locks_start(struct run *r)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&r->reading, NULL);
	pthread_mutex_init(&r->telling, NULL);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->moved, NULL);
	pthread_condattr_init(&attr);
#if WATCH_MONOTONIC
	pthread_condattr_setclock(&attr, WATCH);
#endif
	pthread_cond_init(&r->ended, &attr);
	pthread_condattr_destroy(&attr);
}

static void
locks_end(struct run *r)
{
	pthread_cond_destroy(&r->ended);
	pthread_cond_destroy(&r->moved);
	pthread_mutex_destroy(&r->lock);
	pthread_mutex_destroy(&r->telling);
	pthread_mutex_destroy(&r->reading);
}

/* All the chunks, with threads where there is work for more than one. */
static void
work(struct run *r)
{
	struct io *in = r->job->in, *out = r->job->out;
	const struct io_wait *in_before = in->wait;
	const struct io_wait *out_before = out == NULL ? NULL : out->wait;
	struct io_wait reads = { r->in_order ? none_failed : not_stopped, r };
	struct io_wait writes = { not_stopped, r };

	/* What waits must not call tick on a thread of ours. */
	in->wait = &reads;
	if (out != NULL)
		out->wait = &writes;
	if (r->nworkers > 1 && threads_start(r))
		watch(r);
	else
		r->alone = true;
	in->wait = in_before;
	if (out != NULL)
		out->wait = out_before;

	if (r->alone) {
		r->running = 1;
		worker_run(&r->workers[0]);
	} else {
		worker_tick(r);
	}
}

/* Whether the input goes on where it should have ended. */
static enum xc_err
surplus(struct run *r)
{
	struct io *in = r->job->in;
	uint8_t byte;
	size_t got;
	enum xc_err err;

	if (r->total == IO_UNKNOWN || in->device)
		return XC_OK;
	err = io_read(in, &byte, 1, r->total, &got);
	if (err != XC_OK) {
		r->did.side = JOB_INPUT;
		return err;
	}
	if (got == 0)
		return XC_OK;
	return r->job->direction == XTS_ENCRYPT ? XC_E_GREW : XC_E_TRAILING;
}

/* What all of it comes to. */
static enum xc_err
judge(struct run *r)
{
	enum xc_err err;

	worker_tell(r);
	if (r->failed != WORKER_NONE) {
		errno = r->error_number;
		return r->err;
	}
	if (r->stop)
		return XC_E_STOPPED;
	err = surplus(r);
	return err != XC_OK ? err : r->wrong;
}

enum xc_err
job_run(const struct job *job, struct job_result *result)
{
	struct run r = { .job = job, .failed = WORKER_NONE };
	enum xc_err err = plan(&r);
	int e;

	locks_start(&r);
	if (err == XC_OK)
		err = start(&r);
	if (err == XC_OK) {
		work(&r);
		err = judge(&r);
	}
	e = errno;		/* of what failed, if anything did */
	for (unsigned i = 0; i < r.nworkers; i++)
		worker_end(&r.workers[i]);
	locks_end(&r);
	errno = e;
	*result = r.did;
	return err;
}
