/* SPDX-License-Identifier: ISC */
/*
 * One thread of a job: claims a chunk, reads it, encrypts or decrypts its
 * pieces, and writes them, until no chunk is left.
 */
#ifndef WORKER_H
#define WORKER_H

#include "job_state.h"

/*
 * Allocate the buffers and keys of a worker.  Errors: ENOMEM; call worker_end
 * in any case.
 */
int worker_start(struct job_state *state, struct worker *worker);
void worker_end(struct worker *worker);

/*
 * Does the job continue for this chunk: not stopped, and no earlier one
 * failed?  Hold lock.
 */
bool worker_goes_on(const struct job_state *state, uint64_t index);

/* Call tick.  Hold lock, and telling if threads run. */
void worker_tick(struct job_state *state);

/* Run one thread; its argument is its struct worker. */
void *worker_run(void *worker);

#endif
