/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "replay.h"

static int
read_log(const struct pagelog *log, uint8_t *buf, size_t len, uint64_t at)
{
	return io_read_all(&log->c.rule.journal, buf, len, at, XC_E_JOURNAL);
}

/* Is it a head of this file's journal? */
static bool
head_is_ours(const struct pagelog *log, const struct journal_head *h)
{
	const struct conversion *c = &log->c;

	return h->purpose == JOURNAL_WRITING && h->chunk == 0 &&
	    h->attached == (c->detached == NULL) &&
	    memcmp(h->id, c->head.id, HEADER_ID_BYTES) == 0 &&
	    memcmp(h->journal_id, c->head.journal_id, JOURNAL_ID_BYTES) == 0 &&
	    h->generation == c->head.generation && h->epoch >= 1 &&
	    h->area <= PAGELOG_AREA && h->area % JOURNAL_BLOCK == 0 &&
	    h->length == log->c.head.length && h->before == log->end &&
	    h->after == log->end;
}

/* Take the head of the highest epoch that is authentic. */
static int
newest_head(struct pagelog *log)
{
	struct conversion *c = &log->c;
	uint8_t block[JOURNAL_BLOCK];
	struct journal_head h, newest = { .epoch = 0 };

	for (unsigned i = 0; i < 2; i++) {
		int err = read_log(log, block, sizeof(block),
		    i * JOURNAL_BLOCK);

		if (err != XC_OK)
			return err;
		if (journal_head_decode(&h, block) == XC_OK &&
		    head_is_ours(log, &h) && h.epoch % 2 == (i == 0) &&
		    journal_head_check(&h, block, c->journal_key) == XC_OK &&
		    h.epoch > newest.epoch)
			newest = h;
	}
	if (newest.epoch == 0)
		return XC_E_JOURNAL;
	c->head = newest;
	return XC_OK;
}

/* Are they pages of the payload's file, which are whole but at its end? */
static bool
pages_fit(const struct pagelog *log, const struct journal_pages *r)
{
	const struct conversion *c = &log->c;
	const uint64_t from = c->detached != NULL ? 0 : HEADER_BYTES;

	if (memcmp(r->journal_id, c->head.journal_id, JOURNAL_ID_BYTES) != 0 ||
	    r->epoch != c->head.epoch || r->sequence != log->sequence + 1 ||
	    pagelog_record_bytes(r) > c->head.area - log->at)
		return false;
	for (size_t i = 0; i < r->n; i++) {
		const struct chunk_range *range = &r->ranges[i];

		if (range->at < from || range->at > log->end ||
		    range->len > log->end - range->at ||
		    (range->len % JOURNAL_BLOCK != 0 &&
		    range->at + range->len != log->end))
			return false;
	}
	return true;
}

/* Load the next record.  XC_E_JOURNAL: the log ends here. */
static int
load_pages(struct pagelog *log)
{
	struct journal_pages *r = &log->records[0];
	uint8_t *bytes = log->bytes, block[JOURNAL_BLOCK];
	int err;

	if (log->c.head.area - log->at < JOURNAL_BLOCK)
		return XC_E_JOURNAL;
	err = read_log(log, block, sizeof(block),
	    JOURNAL_RECORDS_AT + log->at);
	if (err == XC_OK)
		err = journal_pages_decode(r, block);
	if (err == XC_OK && !pages_fit(log, r))
		err = XC_E_JOURNAL;
	if (err == XC_OK)
		err = read_log(log, bytes, JOURNAL_BLOCK + r->len,
		    JOURNAL_RECORDS_AT + log->at);
	if (err == XC_OK && memcmp(bytes, block, sizeof(block)) != 0)
		err = XC_E_JOURNAL;
	if (err == XC_OK)
		err = journal_pages_check(r, bytes, log->c.journal_key);
	if (err == XC_OK) {
		log->at += pagelog_record_bytes(r);
		log->sequence++;
	}
	return err;
}

/* Find the end of the last commit that is whole: *at in the area. */
static int
find_commits(struct pagelog *log, uint64_t *at)
{
	int err;

	log->at = log->sequence = *at = 0;
	while ((err = load_pages(log)) == XC_OK)
		if (log->records[0].last)
			*at = log->at;
	return err == XC_E_JOURNAL ? XC_OK : err;
}

/* Write their pages. */
static int
redo_commits(struct pagelog *log, uint64_t at)
{
	int err = XC_OK;

	log->at = log->sequence = 0;
	while (log->at < at && err == XC_OK) {
		err = load_pages(log);
		if (err == XC_OK)
			err = pagelog_write_pages(log, &log->records[0],
			    pagelog_data(log, 0));
	}
	return err;
}

/* The size never changes. */
static int
check_end(struct pagelog *log)
{
	int err = step_rule_check_size(&log->c.rule, log->end, log->end);

	return err == XC_E_SHRANK || err == XC_E_GREW ? XC_E_MOMENT : err;
}

struct err
replay_log(struct pagelog *log)
{
	struct conversion *c = &log->c;
	uint64_t at;
	struct err err = { XC_E_JOURNAL, ERR_JOURNAL };

	if (c->header.layout.integrity == LAYOUT_TAGS)
		err.code = newest_head(log);
	if (err.code == XC_OK)
		err.code = find_commits(log, &at);
	if (err.code != XC_OK)
		return err;
	err = (struct err){ check_end(log), ERR_INPUT };
	if (err.code != XC_OK)
		return err;
	if (c->untouched) {
		/* Written to after that header: it is an older one. */
		if (at > 0 || c->head.epoch > 1)
			return (struct err){ XC_E_MOMENT, ERR_HEADER };
		c->header.state = HEADER_WHOLE;
		c->header.generation--;
		return convert_remove_journal(c);
	}
	err.code = redo_commits(log, at);
	return err.code == XC_OK ? pagelog_end(log) : err;
}
