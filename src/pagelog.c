/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "pagelog.h"

#define ROOM (JOURNAL_BLOCK + JOURNAL_PAGES_MAX)	/* for a record */
#define NONE UINT64_MAX

/* The length of the plaintext, from the header or the size of the file. */
static int
log_length(uint64_t *length, const struct conversion *c)
{
	struct io io;
	int err = XC_OK;

	*length = c->header.length;
	if (*length == LAYOUT_UNKNOWN)
		err = io_input(&io, c->fd, NULL);
	if (*length != LAYOUT_UNKNOWN || err != XC_OK)
		return err;
	if (c->detached == NULL)
		io_skip(&io, HEADER_BYTES);
	return layout_payload_data(length, &c->header.layout, io.size);
}

int
pagelog_open(struct pagelog *log)
{
	struct conversion *c = &log->c;
	uint64_t length;
	int err = log_length(&length, c);

	if (err != XC_OK)
		return err;
	log->end = (c->detached != NULL ? 0 : HEADER_BYTES) +
	    layout_payload(&c->header.layout, length);
	log->page = NONE;
	c->head.length = length;
	c->rule.file = io_at(c->fd);
	log->bytes = malloc(PAGELOG_RECORDS * ROOM);
	return log->bytes == NULL ? ENOMEM :
	    journal_key_new(&c->journal_key, c->rule.key);
}

void
pagelog_close(struct pagelog *log)
{
	free(log->bytes);
	log->bytes = NULL;
	convert_end(&log->c);
}

size_t
pagelog_span(size_t len)
{
	return (len + JOURNAL_BLOCK - 2) / JOURNAL_BLOCK + 1;
}

static void
set_head(struct pagelog *log)
{
	struct conversion *c = &log->c;

	c->head = (struct journal_head){
		.purpose = JOURNAL_WRITING,
		.attached = c->detached == NULL,
		.generation = c->header.generation,
		.epoch = 1,
		.area = PAGELOG_AREA,
		.length = c->head.length,
		.before = log->end,
		.after = log->end
	};
	memcpy(c->head.id, c->header.id, HEADER_ID_BYTES);
	randombytes_buf(c->head.journal_id, sizeof(c->head.journal_id));
}

/* Remove the journal that a change left which is done. */
static struct err
remove_old(struct pagelog *log)
{
	struct journalfile *j = &log->c.journal;
	struct err err = { XC_OK, ERR_JOURNAL };

	if (!log->left)
		return err;
	err.code = journalfile_open(j);
	if (err.code == XC_OK)
		err = convert_settle(&log->c);
	if (err.code == XC_OK)
		err = (struct err){ journalfile_remove(j), ERR_JOURNAL };
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
	log->left = err.code != XC_OK;
	return err;
}

struct err
pagelog_find(struct pagelog *log)
{
	struct conversion *c = &log->c;

	journalfile_close(&c->journal);
	return journalfile_find_new(&c->journal, convert_headed(c), c->fd);
}

static struct err
make_log(struct pagelog *log)
{
	struct conversion *c = &log->c;
	uint8_t front[JOURNAL_RECORDS_AT] = { 0 };
	struct err err = pagelog_find(log);

	if (err.code != XC_OK)
		return err;
	err = remove_old(log);
	if (err.code != XC_OK)
		return err;
	set_head(log);
	journal_head_encode(front, &c->head, c->journal_key);
	key_mac_header(front + JOURNAL_HEADER_AT, &c->header, c->rule.key);
	err.code = journalfile_make(&c->journal, convert_headed(c), front,
	    sizeof(front), JOURNAL_RECORDS_AT + c->head.area);
	c->rule.journal = io_at(c->journal.fd);
	return err;
}

struct err
pagelog_begin(struct pagelog *log)
{
	struct conversion *c = &log->c;
	const struct header old = c->header;
	struct err err = { XC_E_GENERATION, ERR_HEADER };

	/* After a replay it is that of the journal that was removed. */
	journalfile_close(&c->journal);
	if (old.generation >= UINT64_MAX - 1)
		return err;
	c->header.state = HEADER_WRITING;
	c->header.generation++;
	log->at = log->sequence = 0;
	err = make_log(log);
	if (c->journal.fd < 0) {
		c->header = old;
		journalfile_close(&c->journal);
	}
	return err.code == XC_OK ? convert_write_header(c) : err;
}

/* Bytes of a page: the last one ends with the payload. */
static size_t
page_bytes(const struct pagelog *log, uint64_t page)
{
	return log->end - page < JOURNAL_BLOCK ? (size_t)(log->end - page) :
	    JOURNAL_BLOCK;
}

uint8_t *
pagelog_data(const struct pagelog *log, size_t i)
{
	return log->bytes + i * ROOM + JOURNAL_BLOCK;
}

/* The place for one more page: in the newest record, or in another one. */
static uint8_t *
next_place(struct pagelog *log)
{
	if (log->n == 0 || log->records[log->n - 1].len + JOURNAL_BLOCK >
	    JOURNAL_PAGES_MAX) {
		log->records[log->n] = (struct journal_pages){ .len = 0 };
		log->n++;
	}
	return pagelog_data(log, log->n - 1) + log->records[log->n - 1].len;
}

/* Keep the page that was put in the next place for the commit. */
static void
keep_page(struct pagelog *log, uint64_t page, uint8_t *bytes, size_t len)
{
	struct journal_pages *r = &log->records[log->n - 1];
	struct chunk_range *last = r->n > 0 ? &r->ranges[r->n - 1] : NULL;

	if (last != NULL && last->at + last->len == page)
		last->len += len;
	else
		r->ranges[r->n++] = (struct chunk_range){ page, len };
	r->len += len;
	log->page = page;
	log->newest = bytes;
}

/* Add len bytes of one page, from byte from of it on. */
static int
add_to_page(struct pagelog *log, uint64_t page, size_t from,
    const uint8_t *bytes, size_t len, bool compare)
{
	const size_t size = page_bytes(log, page);
	uint8_t *place;
	int err = XC_OK;

	if (page == log->page) {
		memcpy(log->newest + from, bytes, len);
		return XC_OK;
	}
	place = next_place(log);
	if (compare || len < size)
		err = io_read_all(&log->c.rule.file, place, size, page,
		    XC_E_SHRANK);
	/* A page that is written whole can be one that is unreadable. */
	if (err == EIO && len == size)
		compare = false;
	else if (err != XC_OK)
		return err;
	if (compare && memcmp(place + from, bytes, len) == 0)
		return XC_OK;
	memcpy(place + from, bytes, len);
	keep_page(log, page, place, size);
	return XC_OK;
}

int
pagelog_add(struct pagelog *log, const uint8_t *bytes, size_t len, uint64_t at,
    bool compare)
{
	size_t from, n;
	int err = XC_OK;

	for (; len > 0 && err == XC_OK; len -= n) {
		from = (size_t)(at % JOURNAL_BLOCK);
		n = JOURNAL_BLOCK - from < len ? JOURNAL_BLOCK - from : len;
		err = add_to_page(log, at - from, from, bytes, n, compare);
		bytes += n;
		at += n;
	}
	return err;
}

size_t
pagelog_record_bytes(const struct journal_pages *r)
{
	return JOURNAL_BLOCK +
	    (r->len + JOURNAL_BLOCK - 1) / JOURNAL_BLOCK * JOURNAL_BLOCK;
}

int
pagelog_write_pages(const struct pagelog *log, const struct journal_pages *r,
    const uint8_t *data)
{
	int err = XC_OK;

	for (size_t i = 0; i < r->n && err == XC_OK; i++) {
		err = io_write(&log->c.rule.file, data, r->ranges[i].len,
		    r->ranges[i].at);
		data += r->ranges[i].len;
	}
	return err;
}

/* All that was committed becomes durable in the file: use the area again. */
static int
checkpoint(struct pagelog *log)
{
	struct conversion *c = &log->c;
	uint8_t head[JOURNAL_BLOCK];
	int err = io_sync_sure(c->fd);

	if (err != XC_OK)
		return err;
	c->head.epoch++;
	journal_head_encode(head, &c->head, c->journal_key);
	err = io_write(&c->rule.journal, head, sizeof(head),
	    c->head.epoch % 2 == 1 ? 0 : JOURNAL_BLOCK);
	if (err == XC_OK)
		err = io_sync_data(c->journal.fd);
	log->at = log->sequence = 0;
	return err;
}

/* Write a record to the journal. */
static int
write_record(struct pagelog *log, size_t i)
{
	struct journal_pages *r = &log->records[i];
	const struct conversion *c = &log->c;
	uint8_t *bytes = pagelog_data(log, i) - JOURNAL_BLOCK;
	int err;

	memcpy(r->journal_id, c->head.journal_id, JOURNAL_ID_BYTES);
	r->epoch = c->head.epoch;
	r->sequence = ++log->sequence;
	r->last = i + 1 == log->n;
	journal_pages_encode(bytes, r, c->journal_key);
	err = io_write(&c->rule.journal, bytes, JOURNAL_BLOCK + r->len,
	    JOURNAL_RECORDS_AT + log->at);
	log->at += pagelog_record_bytes(r);
	return err;
}

int
pagelog_commit(struct pagelog *log)
{
	uint64_t size = 0;
	int err = XC_OK;

	/* A place that was not used begins no record. */
	if (log->n > 0 && log->records[log->n - 1].len == 0)
		log->n--;
	for (size_t i = 0; i < log->n; i++)
		size += pagelog_record_bytes(&log->records[i]);
	if (size > log->c.head.area - log->at)
		err = checkpoint(log);
	for (size_t i = 0; i < log->n && err == XC_OK; i++)
		err = write_record(log, i);
	if (err == XC_OK && log->n > 0)
		err = io_sync_data(log->c.journal.fd);
	for (size_t i = 0; i < log->n && err == XC_OK; i++)
		err = pagelog_write_pages(log, &log->records[i],
		    pagelog_data(log, i));
	log->n = 0;
	log->page = NONE;
	return err;
}

struct err
pagelog_end(struct pagelog *log)
{
	struct conversion *c = &log->c;
	struct err err = { io_sync_sure(c->fd), ERR_INPUT };

	if (err.code != XC_OK)
		return err;
	c->header.state = HEADER_WHOLE;
	c->header.generation++;
	err = convert_write_header(c);
	return err.code == XC_OK ? convert_remove_journal(c) : err;
}
