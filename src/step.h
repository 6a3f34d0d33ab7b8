/* SPDX-License-Identifier: ISC */
/*
 * One step of a conversion in place: a chunk is read, crypted, written to the
 * journal, and then to its new place.
 */
#ifndef STEP_H
#define STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chunk.h"
#include "err.h"
#include "io.h"
#include "journal.h"
#include "payload.h"

/* What is the same for every step. */
struct step_rule {
	struct chunks chunks;
	const struct key *key;
	const struct journal_key *journal_key;
	const struct journal_head *head;
	struct payload *xts;
	struct io file, journal;	/* from their starts */
	bool device;
	bool keep_going;	/* zeros for segments that are damaged */
	void (*damaged)(void *context, uint64_t from, uint64_t to);
	void *context;
	/* The header, for the last step of an attached encryption. */
	uint8_t header[HEADER_BYTES];
	/* The sample of the chunk that was converted before. */
	uint8_t before[JOURNAL_SAMPLE_BYTES];
};

/* Its buffers, and where it stands. */
struct step {
	struct step_rule *rule;
	uint64_t k;		/* from 1 */
	uint64_t chunk;
	struct chunk_range old, new;
	struct journal_record record;
	uint8_t *plain;
	uint8_t *cipher;	/* with room for a record and a header before */
	struct err err;		/* of step_prepare */
};

/* Allocate the buffers, in memory that is locked and wiped.  Errors: ENOMEM. */
int step_new(struct step *step, struct step_rule *rule);
void step_free(struct step *step);

/*
 * Read the chunk of step k, crypt it, and make its record; steps are prepared
 * in order.  The result is in err, too.
 * Errors: an errno; XC_E_SHRANK; XC_E_DAMAGED.
 */
struct err step_prepare(struct step *step, uint64_t k);

/*
 * Write the record, durably; then the chunk, durably.  Errors: an errno;
 * XC_E_GREW and XC_E_SHRANK: somebody else changed the size.
 */
struct err step_write(struct step *step);

/*
 * Load the newest record of the journal: that of step k = record.sequence.
 * Errors: an errno; XC_E_JOURNAL: none is whole.
 */
int step_load(struct step *step);

/* Write the chunk of the loaded record, durably.  Errors: step_write's. */
struct err step_redo(struct step *step);

/*
 * Check that the file has from least to most bytes; a device always passes.
 * Errors: an errno; XC_E_SHRANK; XC_E_GREW.
 */
int step_check_size(const struct step_rule *rule, uint64_t least,
    uint64_t most);

/*
 * Make the record that comes before the first step; block has JOURNAL_BLOCK
 * bytes.  Errors: as step_prepare.
 */
int step_begin(uint8_t *block, const struct step_rule *rule);

/*
 * Check that the chunks before and after the loaded one are what they were when
 * its record was written.  Errors: an errno; XC_E_SHRANK; XC_E_MOMENT.
 */
int step_check(const struct step *step);

#endif
