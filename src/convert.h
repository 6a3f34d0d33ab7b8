/* SPDX-License-Identifier: ISC */
/*
 * A file or device is encrypted or decrypted where it lies, step by step; a
 * journal beside the file with its header has what a crash would lose.
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
#include "step.h"

struct conversion {
	const char *path;	/* of the data */
	const char *detached;	/* of its header; NULL: in front of the data */
	int fd;			/* the data: hold_open's */
	struct header header;	/* while it lasts, generation and state too */
	struct step_rule rule;	/* chunks, key, device, and what to report to */
	/*
	 * Called with the bytes of plaintext that are done, after each step;
	 * false stops the work, which can be resumed.
	 */
	bool (*tick)(void *context, uint64_t done);

	bool untouched;		/* the header says that the data is whole */
	struct journal_head head;
	struct journal_key *journal_key;
	struct journalfile journal;
	struct step steps[2];
};

/*
 * What a journal (NULL: none) beside a header (NULL: none, or it cannot be
 * read) means for who wants to read the data: XC_OK: nothing;
 * XC_E_JOURNAL_LEFT: nothing, and it can go; XC_E_CONVERTING; XC_E_WRITING;
 * XC_E_JOURNAL_LOST; XC_E_JOURNAL_OTHER; XC_E_MOMENT.
 */
int convert_judge(const struct header *header, const struct journal_head *head);

/* The same of the journal, if any, beside the file called path; or an errno. */
int convert_look(struct journal_seen *seen, const char *path,
    const struct header *header);

/* Bytes of plaintext that are done after step k. */
uint64_t convert_done(const struct chunks *chunks, uint64_t k);

/*
 * Begin to convert the data, whose path, detached, fd, header and rule are set
 * but for what convert_* set themselves.  After this, or an error, it can be
 * resumed where there is a journal; convert_end is harmless.
 * XC_E_UNFIT; XC_E_GENERATION; XC_E_EXISTS: a header or a journal is there;
 * and as journalfile_make and step_prepare.
 */
struct err convert_start(struct conversion *c);

/*
 * Do what is left after step k, to the end, and remove the journal.
 * XC_E_STOPPED; and as step_prepare and step_write.
 */
struct err convert_run(struct conversion *c, uint64_t k);

/* Derive the keys, allocate the buffers; head and rule are set.  ENOMEM. */
int convert_open(struct conversion *c);

/* Read the 4096 bytes at the start of fd; zeros for what is not there. */
int convert_read_header(uint8_t bytes[HEADER_BYTES], int fd);

/*
 * Write c->header where it belongs, durably, unless it is there.
 * XC_E_JOURNAL_OTHER: a header of another file is in its place.
 */
struct err convert_write_header(const struct conversion *c);

/* The conversion is done, or was not begun: remove its journal. */
struct err convert_remove_journal(struct conversion *c);

/* Remove the header's own file, if it is there and this one's. */
struct err convert_remove_header(const struct conversion *c);

/* Wipe, close; the data stays open. */
void convert_end(struct conversion *c);

#endif
