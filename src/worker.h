/* SPDX-License-Identifier: ISC */
/*
 * What one thread of a job does: take a chunk, work on it, put it out, and so
 * on.  All that threads share is in struct run.
 */
#ifndef WORKER_H
#define WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "io.h"
#include "job.h"
#include "piece.h"
#include "xts.h"

/* No chunk. */
#define WORKER_NONE UINT64_MAX

/* A thread, or the caller's own, and the chunk that it has in hand. */
struct worker {
	struct run *run;
	pthread_t thread;
	struct xts_payload *xts;
	uint8_t *in, *out;
	size_t have;		/* bytes in in */
	size_t len;		/* bytes in out */
	struct job_result did;	/* of this chunk */
	uint64_t index;		/* of the chunk, or WORKER_NONE; under lock */
	uint64_t first;		/* its first piece */
	size_t pieces;		/* how many, if the last is not among them */
	bool turn;		/* every chunk before it is done */
};

/* A job under way. */
struct run {
	const struct job *job;
	struct piece_rule rule;
	uint64_t total;		/* bytes of input, or IO_UNKNOWN */
	size_t pieces;		/* in a chunk */
	size_t in_piece, out_piece;	/* bytes in a whole piece */
	bool in_order, out_order;	/* ends that are taken in order */

	/* held to read in order, and for the three that follow */
	pthread_mutex_t reading;
	uint64_t piece;		/* the next to be read */
	const uint8_t *ahead;	/* what was read of it already, */
	size_t nahead;		/* so many bytes */

	/*
	 * held to call tick, damaged or accept, and for the three that follow.
	 * A call may last: whoever has lock must not wait for this
	 */
	pthread_mutex_t telling;
	enum xc_err wrong;	/* with the payload, where we go on */
	uint64_t bad_from, bad_to;	/* damage not told yet */

	/* held for all that follows */
	pthread_mutex_t lock;
	pthread_cond_t moved;	/* a chunk is done, or the work is over */
	pthread_cond_t ended;	/* a thread is done */
	uint64_t next, chunks;	/* to be taken; how many, or WORKER_NONE */
	bool stop;
	uint64_t failed;	/* the first chunk that did, or WORKER_NONE */
	enum xc_err err;	/* how it did, */
	int error_number;	/* and its errno */
	struct job_result did;
	bool alone;		/* there are no threads */
	unsigned running, threads;	/* still; and started */
	unsigned nworkers;
	struct worker workers[JOB_THREADS_MAX];
};

/*
 * The buffers and keys of one worker.  XC_E_NOMEM; worker_end is due all the
 * same.
 */
enum xc_err worker_start(struct run *run, struct worker *worker);
void worker_end(struct worker *worker);

/* Nothing stopped the work, or failed before this chunk; under lock. */
bool worker_goes_on(const struct run *run, uint64_t index);

/* Ask the caller whether to go on; under lock, and telling if others run. */
void worker_tick(struct run *run);

/* Tell the damage found so far, as one range; under telling. */
void worker_tell(struct run *run);

/* All that a thread does; its argument is its struct worker. */
void *worker_run(void *worker);

#endif
