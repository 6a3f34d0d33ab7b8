/* SPDX-License-Identifier: ISC */
/*
 * A job in progress: what its threads share, and what each has of its own.
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

/* A thread, or the caller's, and its current chunk. */
struct worker {
	struct job_state *state;
	pthread_t thread;
	struct payload *xts;
	uint8_t *in, *out;
	uint8_t *lost;		/* bit map of the units that cannot be read; */
				/* NULL if tags detect each */
	bool unreadable;	/* there is such a unit */
	size_t have;		/* bytes in in */
	size_t len;		/* bytes in out */
	struct job_result did;	/* in this chunk */
	uint64_t index;		/* of the chunk, or JOB_NO_CHUNK; under lock */
	uint64_t first;		/* its first piece */
	size_t pieces;		/* their number, if none of them is the last */
	bool turn;		/* every chunk before it is done */
};

struct job_state {
	const struct job *job;
	struct piece_rule rule;
	struct layout_range range;	/* of the plaintext */
	struct layout_part part;	/* of the input; or IO_UNKNOWN bytes */
	uint64_t out_at;		/* where its output begins */
	struct layout_range wanted;	/* of the output, to write */
	size_t pieces;		/* in a chunk */
	size_t in_piece, out_piece;	/* bytes in a whole piece */
	size_t in_room, out_room;	/* bytes of a worker's buffers */
	bool in_order, out_order;	/* ends used in order */

	/* held to read in order; protects the next three */
	pthread_mutex_t reading;
	uint64_t piece;		/* the next to be read */
	const uint8_t *ahead;	/* what was already read of it */
	size_t nahead;		/* bytes of it */

	/*
	 * held to call tick, damaged or accept; protects the next three.  A
	 * call may last: do not wait for this while holding lock
	 */
	pthread_mutex_t telling;
	int wrong;	/* error in the payload, if we continue */
	uint64_t bad_from, bad_to;	/* damage not reported yet */

	/* protects everything below */
	pthread_mutex_t lock;
	pthread_cond_t moved;	/* a chunk is done, or the job is over */
	pthread_cond_t ended;	/* a thread is done */
	uint64_t next, chunks;	/* the next to take; number, or JOB_NO_CHUNK */
	bool stop;
	uint64_t failed;	/* the first that failed, or JOB_NO_CHUNK */
	struct err err;		/* its error */
	struct job_result did;
	bool alone;		/* there are no threads */
	unsigned running, threads;	/* running now; and started */
	unsigned nworkers;
	struct worker workers[JOB_THREADS_MAX];
};

#endif
