/* SPDX-License-Identifier: ISC */
/*
 * The properties of every step of a conversion in place; and the file as it
 * is, in the order of these steps.
 */
#ifndef STEP_RULE_H
#define STEP_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chunk.h"
#include "err.h"
#include "io.h"
#include "journal.h"
#include "payload.h"

struct step_rule {
	struct chunks chunks;
	const struct key *key;
	const struct journal_key *journal_key;
	const struct journal_head *head;
	struct payload *xts;
	struct io file, journal;	/* from their starts */
	bool device;
	bool trust_sectors;	/* records have witnesses */
	bool keep_going;	/* zeros for segments that are damaged */
	void (*damaged)(void *context, uint64_t from, uint64_t to);
	void *context;
	/* The header, for the last step of an attached encryption. */
	uint8_t header[HEADER_BYTES];
	/* The size that another program has changed, as it should be; or 0. */
	uint64_t due;
	/* The sample of the chunk that was converted before. */
	uint8_t before[JOURNAL_SAMPLE_BYTES];
};

/* Read all of a range of the file.  Errors: an errno; XC_E_SHRANK. */
int step_rule_read(const struct step_rule *rule, uint8_t *buf, uint64_t at,
    size_t len);

/*
 * Check that the file has from least to most bytes; a device always passes.
 * Errors: an errno; XC_E_SHRANK and XC_E_GREW, and then rule->due is set.
 */
int step_rule_check_size(struct step_rule *rule, uint64_t least,
    uint64_t most);

/*
 * Make the sample of the chunk of step k, which was not converted yet.
 * Errors: as step_rule_read.
 */
int step_rule_next(uint8_t sample[JOURNAL_SAMPLE_BYTES],
    const struct step_rule *rule, uint64_t k);

/*
 * Make the record that comes before the first step; block has JOURNAL_BLOCK
 * bytes.  Errors: as step_rule_read.
 */
int step_rule_begin(uint8_t *block, const struct step_rule *rule);

/*
 * Check that the chunks before and after that of a record are what they were
 * when it was written.  Errors: an errno; XC_E_SHRANK; XC_E_MOMENT.
 */
int step_rule_check(const struct step_rule *rule,
    const struct journal_record *record);

#endif
