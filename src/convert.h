/* SPDX-License-Identifier: ISC */
/*
 * Encrypts or decrypts a file or device where it lies, step by step.  A journal
 * beside the file with its header holds what a crash would lose.
 * An error's file is the data (ERR_INPUT), the header's, or the journal.
 * Source: xtscrypt(5), "In place".
 */
#ifndef CONVERT_H
#define CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "headerfile.h"
#include "journalfile.h"
#include "pipeline.h"

struct conversion {
	const char *path;	/* of the data */
	const char *detached;	/* of its header; NULL: in front of the data */
	int fd;			/* the data: hold_open's */
	struct header header;	/* while it lasts, with generation and state */
	struct step_rule rule;	/* chunks, key, device, and what to report to */
	/*
	 * Called with the bytes of plaintext that are done, after each step;
	 * false stops the work, which can be resumed.
	 */
	bool (*tick)(void *context, uint64_t done);

	int held;		/* the detached header, locked; or -1 */
	bool untouched;		/* the header says that the data is whole */
	struct journal_head head;
	struct journal_key *journal_key;
	struct journalfile journal;
	struct pipeline pipeline;
};

/*
 * Return what a journal (NULL: none) beside a header (NULL: none, or it cannot
 * be read) means for a reader of the data.  XC_OK: nothing; XC_E_JOURNAL_LEFT:
 * nothing, and it can be removed; XC_E_CONVERTING; XC_E_WRITING; XC_E_PARTS;
 * XC_E_JOURNAL_LOST; XC_E_JOURNAL_OTHER; XC_E_MOMENT.
 */
int convert_judge(const struct header *header, const struct journal_head *head);

/*
 * Likewise, of the journal, if any, beside the file called path.  Errors:
 * journalfile_look's, but XC_E_MAGIC.
 */
struct err convert_look(struct journal_seen *seen, const char *path,
    const struct header *header);

/* Return the bytes of plaintext that are done after step k. */
uint64_t convert_done(const struct chunks *chunks, uint64_t k);

/* Return the file that has the header, beside which the journal lies. */
const char *convert_headed(const struct conversion *c);

/*
 * Begin a conversion whose path, detached, fd, header, rule.key, rule.chunks,
 * rule.device and rule.trust_sectors are set.  If journal.fd is open after an
 * error, it can be resumed; if not, nothing was changed.  convert_end is due in
 * any case.
 * Errors: XC_E_UNFIT; XC_E_MOVES; XC_E_GENERATION; XC_E_EXISTS: a header or a
 * journal is there; journalfile_make's; pipeline_fill's.
 */
struct err convert_start(struct conversion *c);

/*
 * Do what is left after step k, and remove the journal.
 * Errors: XC_E_STOPPED; pipeline_step's.
 */
struct err convert_run(struct conversion *c, uint64_t k);

/* Derive keys and allocate buffers; head and rule are set.  Errors: ENOMEM. */
int convert_open(struct conversion *c);

/*
 * Lock the detached header, if it is there, until convert_end: no other program
 * changes its keys meanwhile.  bytes (NULL: any) is what it must still have.
 * Errors: headerfile_lock's; XC_E_REPLACED.
 */
int convert_hold_header(struct conversion *c,
    const uint8_t bytes[HEADER_BYTES]);

/* Read the 4096 bytes at the start of fd; zeros for what is not there. */
int convert_read_header(uint8_t bytes[HEADER_BYTES], int fd);

/*
 * Write c->header where it belongs, durably, unless it is there.  Errors: an
 * errno; XC_E_JOURNAL_OTHER: another file's header is in its place.
 */
struct err convert_write_header(struct conversion *c);

/* Leave the file of an encryption as it was, before the first step. */
struct err convert_undo_encryption(struct conversion *c);

/*
 * Make durable what was found: a program that was killed, or to which fsync
 * failed, leaves records, headers and names in memory only, and what follows
 * relies on them when the power goes.  Errors: an errno.
 */
struct err convert_settle(const struct conversion *c);

/* Remove the journal of a conversion that is done, or was not begun. */
struct err convert_remove_journal(struct conversion *c);

/* Wipe, close; the data stays open. */
void convert_end(struct conversion *c);

#endif
