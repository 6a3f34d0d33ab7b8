/* SPDX-License-Identifier: ISC */
/*
 * The steps of a conversion in place, one after the other.  While the chunk of
 * a step becomes durable, the next is encrypted or decrypted, and the one after
 * that is read: the disk never waits for the CPU, nor for the end of a read.
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <stdint.h>

#include "step.h"

#define PIPELINE_STEPS 3

/* Step k has the buffers of k modulo PIPELINE_STEPS. */
struct pipeline {
	struct step steps[PIPELINE_STEPS];
};

/* Allocate the buffers; pipeline_free is due in any case.  Errors: ENOMEM. */
int pipeline_new(struct pipeline *pipeline, struct step_rule *rule);
void pipeline_free(struct pipeline *pipeline);

/*
 * Prepare step k + 1, before which nothing but pipeline_step(k) was done; there
 * is such a step.  Errors: an errno; XC_E_SHRANK; XC_E_DAMAGED.
 */
struct err pipeline_fill(struct pipeline *pipeline, uint64_t k);

/*
 * Do step k, durably, and prepare the next.
 * Errors: pipeline_fill's, of the next step; XC_E_GREW and XC_E_SHRANK: another
 * program changed the size.
 */
struct err pipeline_step(struct pipeline *pipeline, uint64_t k);

#endif
