/* SPDX-License-Identifier: ISC */
/*
 * One step of a conversion in place: a chunk is read, encrypted or decrypted,
 * written to the journal, and then to its new place.
 */
#ifndef STEP_H
#define STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "step_rule.h"

/* Its buffers and its state. */
struct step {
	struct step_rule *rule;
	uint64_t k;		/* from 1 */
	uint64_t chunk;
	struct chunk_range old, new;
	struct journal_record record;
	uint8_t *plain;
	uint8_t *cipher;	/* after room for a record and a header */
	uint8_t *witnesses;	/* likewise, for a record */
	uint64_t torn;		/* XC_E_TORN: where, in the file */
	struct err err;		/* of step_read and step_crypt */
};

/* Allocate the buffers, in memory that is locked and wiped.  Errors: ENOMEM. */
int step_new(struct step *step, struct step_rule *rule);
void step_free(struct step *step);

/* Read the chunk of step k.  Errors: an errno; XC_E_SHRANK. */
struct err step_read(struct step *step, uint64_t k);

/*
 * Encrypt or decrypt what step_read has read, unless that failed, and make the
 * record; in the order of steps.  The result is in err, too.
 * Errors: step_read's; XC_E_DAMAGED.
 */
struct err step_crypt(struct step *step);

/*
 * Write the data of the record in place of the record of step k - 2: once that
 * of step k - 1 is durable.  It counts only with step_log.  Errors: an errno.
 */
struct err step_log_data(struct step *step);

/*
 * Complete the record, durably, once the chunk of step k - 1 is durable.
 * Errors: an errno; XC_E_GREW and XC_E_SHRANK: another program changed the
 * size.
 */
struct err step_log(struct step *step);

/* Write the chunk; then make it durable.  Errors: an errno. */
struct err step_write(struct step *step);
struct err step_sync(struct step *step);

/*
 * Load the newest record of the journal: that of step k = record.sequence.
 * Errors: an errno; XC_E_JOURNAL: none is whole.
 */
int step_load(struct step *step);

/* Write the chunk of the loaded record, durably.  Errors: an errno. */
struct err step_redo(struct step *step);

/*
 * Check that the chunks before and after the loaded one are what they were when
 * its record was written, and that it is as it was or as it is to be, sector by
 * sector, where the record has witnesses.
 * Errors: an errno; XC_E_SHRANK; XC_E_MOMENT; XC_E_TORN.
 */
int step_check(struct step *step);

#endif
