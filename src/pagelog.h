/* SPDX-License-Identifier: ISC */
/*
 * The journal of a payload that is written at random places: a log of pages of
 * the payload's file.  A commit is durable in the log before any of its pages
 * is written to the file; after a crash they are written again.
 * One thread at a time.  An error's file is as in convert.h.
 * Source: xtscrypt(5), "Random access".
 */
#ifndef PAGELOG_H
#define PAGELOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "convert.h"
#include "journal.h"

/* Bytes for records: the largest area that is accepted. */
#ifndef PAGELOG_AREA
#define PAGELOG_AREA ((uint64_t)64 << 20)
#endif

/* Pages in a commit, at most. */
#ifndef PAGELOG_PAGES
#define PAGELOG_PAGES 2048
#endif
#define PAGELOG_RECORDS (PAGELOG_PAGES / JOURNAL_RANGES + 1)

struct pagelog {
	/*
	 * Its path, detached, fd, header, rule.key and rule.device are set when
	 * it is opened; the journal and its head are in it, too.
	 */
	struct conversion c;
	bool left;		/* a journal that means nothing is in the way */
	uint64_t end;		/* of the payload, in its file */
	uint64_t at;		/* of the next record, in the area */
	uint64_t sequence;	/* of the last record in this epoch */
	size_t n;		/* records of the next commit */
	struct journal_pages records[PAGELOG_RECORDS];
	uint8_t *bytes;		/* of the records, each with room for all */
	uint64_t page;		/* the page that was added last, or none: */
	uint8_t *newest;	/* and its bytes */
};

/*
 * Derive keys, allocate; pagelog_close is due.  Errors: ENOMEM; XC_E_SIZE.
 */
int pagelog_open(struct pagelog *log);
void pagelog_close(struct pagelog *log);

/* Return the most pages that len bytes can be in. */
size_t pagelog_span(size_t len);

/* Find the place of the journal.  Errors: journalfile_find_new's. */
struct err pagelog_find(struct pagelog *log);

/*
 * Make the journal, and have the header say so.  If c.journal.fd is not open
 * after an error, nothing was changed.
 * Errors: XC_E_GENERATION; pagelog_find's; journalfile_make's;
 * convert_write_header's.
 */
struct err pagelog_begin(struct pagelog *log);

/*
 * Add new bytes of the file to the next commit, which has at most PAGELOG_PAGES
 * pages; in ascending order.  With compare, pages that they do not change are
 * left out, and have to be read for that.  Errors: an errno; XC_E_SHRANK.
 */
int pagelog_add(struct pagelog *log, const uint8_t *bytes, size_t len,
    uint64_t at, bool compare);

/*
 * Make what was added durable, and write it to the file.  Errors: an errno,
 * after which only a replay helps.
 */
int pagelog_commit(struct pagelog *log);

/*
 * Make the file durable, have its header say that it is whole, and remove the
 * journal.  Errors: an errno; convert_write_header's.
 */
struct err pagelog_end(struct pagelog *log);

/* For a replay: return the data of record i; the bytes that a record takes. */
uint8_t *pagelog_data(const struct pagelog *log, size_t i);
size_t pagelog_record_bytes(const struct journal_pages *record);

/* And write its pages to the file.  Errors: an errno. */
int pagelog_write_pages(const struct pagelog *log,
    const struct journal_pages *record, const uint8_t *data);

#endif
