/* SPDX-License-Identifier: ISC */
/*
 * A job under way: all that its threads share, and what each has of its own.
 */
#ifndef JOB_STATE_H
#define JOB_STATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "io.h"
#include "job.h"
#include "piece.h"
#include "payload.h"

/* No chunk. */
#define JOB_NO_CHUNK UINT64_MAX

/* A thread, or the caller's own, and its current chunk. */
struct worker {
	struct job_state *state;
	pthread_t thread;
	struct payload *xts;
	uint8_t *in, *out;
	uint8_t *lost;		/* bit map of the units that cannot be read; */
				/* NULL where a tag tells of each */
	bool unreadable;	/* some unit is */
	size_t have;		/* bytes in in */
	size_t len;		/* bytes in out */
	struct job_result did;	/* of this chunk */
	uint64_t index;		/* of the chunk, or JOB_NO_CHUNK; under lock */
	uint64_t first;		/* its first piece */
	size_t pieces;		/* how many, if the last is not among them */
	bool turn;		/* every chunk before it is done */
};

/* A job under way. */
struct job_state {
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
	size_t nahead;		/* bytes of it */

	/*
	 * held to call tick, damaged or accept, and for the three that follow.
	 * A call may last: whoever has lock must not wait for this
	 */
	pthread_mutex_t telling;
	int wrong;	/* with the payload, where we go on */
	uint64_t bad_from, bad_to;	/* damage not told yet */

	/* held for all that follows */
	pthread_mutex_t lock;
	pthread_cond_t moved;	/* a chunk is done, or the work is over */
	pthread_cond_t ended;	/* a thread is done */
	uint64_t next, chunks;	/* to be taken; how many, or JOB_NO_CHUNK */
	bool stop;
	uint64_t failed;	/* the first chunk that did, or JOB_NO_CHUNK */
	struct err err;		/* how it did */
	struct job_result did;
	bool alone;		/* there are no threads */
	unsigned running, threads;	/* still; and started */
	unsigned nworkers;
	struct worker workers[JOB_THREADS_MAX];
};

#endif
