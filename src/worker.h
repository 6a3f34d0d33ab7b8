/* SPDX-License-Identifier: ISC */
/*
 * What one thread of a job does: claim a chunk, read it, encrypt or decrypt
 * its pieces, write them, until no chunk is left.
 */
#ifndef WORKER_H
#define WORKER_H

#include "job_state.h"

/*
 * The buffers and keys of one worker.  ENOMEM; worker_end is due all the
 * same.
 */
int worker_start(struct job_state *state, struct worker *worker);
void worker_end(struct worker *worker);

/* Nothing stopped the work, or failed before this chunk; under lock. */
bool worker_goes_on(const struct job_state *state, uint64_t index);

/* Ask the caller whether to go on; under lock, and telling if others run. */
void worker_tick(struct job_state *state);

/* Report the damage found so far, as one range; under telling. */
void worker_report_damage(struct job_state *state);

/* All that a thread does; its argument is its struct worker. */
void *worker_run(void *worker);

#endif
