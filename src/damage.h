/* SPDX-License-Identifier: ISC */
/*
 * Damage that a job finds: ranges of the plaintext, merged and in order.
 */
#ifndef DAMAGE_H
#define DAMAGE_H

#include <stdint.h>

#include "job_state.h"

/*
 * Record damage to the bytes from..to-1 of the plaintext, which may be empty,
 * and its kind; omit those outside the job's range.  Hold telling.
 */
void damage_record(struct job_state *state, int wrong, uint64_t from,
    uint64_t to);

/* Report the damage found so far, as one range.  Hold telling. */
void damage_report(struct job_state *state);

#endif
