/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "resume.h"

/* Read the header at its place; false: there is none that is whole. */
static bool
read_own(struct headerfile *hf, const struct conversion *c)
{
	int fd = c->fd, err;

	if (c->detached != NULL &&
	    io_open(&fd, c->detached, O_RDONLY | O_NOCTTY | O_CLOEXEC,
	    NULL) != XC_OK)
		return false;
	hf->rescued = hf->shown = false;
	err = convert_read_header(hf->bytes, fd);
	if (fd != c->fd)
		close(fd);
	if (err == XC_OK)
		err = header_decode(&hf->header, hf->bytes);
	/* If it is not a header, it may be plaintext. */
	if (err != XC_OK)
		sodium_memzero(hf->bytes, sizeof(hf->bytes));
	return err == XC_OK;
}

static int
read_block(uint8_t block[JOURNAL_BLOCK], const struct conversion *c,
    uint64_t at)
{
	return io_read_all(&c->rule.journal, block, JOURNAL_BLOCK, at,
	    XC_E_JOURNAL);
}

/*
 * Find a head that fits the copy.  A conversion has one; of the two of a file
 * that was being written, a crash may leave one.
 */
static int
find_head(struct conversion *c, const struct header *copy)
{
	uint8_t block[JOURNAL_BLOCK];
	struct journal_head head;
	int err;

	for (unsigned i = 0; i < 2; i++) {
		err = read_block(block, c, i * JOURNAL_BLOCK);
		if (err != XC_OK)
			return err;
		if (journal_head_decode(&head, block) == XC_OK &&
		    journal_head_fits(&head, copy) &&
		    (i == 0 || head.purpose == JOURNAL_WRITING)) {
			c->head = head;
			return XC_OK;
		}
	}
	return XC_E_JOURNAL;
}

/* Read the copy of the header, and a head. */
static int
read_copy(struct headerfile *hf, struct conversion *c)
{
	const struct header *h = &hf->header;
	int err = read_block(hf->bytes, c, JOURNAL_HEADER_AT);

	hf->rescued = hf->shown = false;
	if (err == XC_OK && header_decode(&hf->header, hf->bytes) != XC_OK)
		err = XC_E_JOURNAL;
	if (err == XC_OK)
		err = find_head(c, h);
	if (err != XC_OK)
		return err;
	memcpy(c->rule.header, hf->bytes, HEADER_BYTES);
	c->header = *h;
	return XC_OK;
}

/* Judge the header that is there by the journal that is open. */
static struct err
find_header(struct conversion *c, struct headerfile *hf)
{
	struct headerfile own;
	bool there = read_own(&own, c);
	struct err err = { read_copy(hf, c), ERR_JOURNAL };

	if (err.code != XC_OK)
		return err;
	if (c->head.attached != (c->detached == NULL))
		return (struct err){ XC_E_JOURNAL_OTHER, ERR_JOURNAL };
	err.code = convert_judge(there ? &own.header : NULL, &c->head);
	c->untouched = there && own.header.state == HEADER_WHOLE &&
	    memcmp(own.header.id, c->head.id, HEADER_ID_BYTES) == 0;
	if (err.code == XC_E_CONVERTING || err.code == XC_E_WRITING)
		err.code = XC_OK;
	else if (there)
		*hf = own;
	return err;
}

struct err
resume_find(struct conversion *c, struct headerfile *hf)
{
	struct err err = {
		journalfile_find(&c->journal, c->detached != NULL ?
		    c->detached : c->path), ERR_HEADER
	};
	bool there;

	if (err.code != XC_OK)
		return err;
	err = (struct err){ journalfile_open(&c->journal), ERR_JOURNAL };
	c->rule.journal = io_at(c->journal.fd);
	if (err.code == XC_OK) {
		err = convert_settle(c);
		return err.code == XC_OK ? find_header(c, hf) : err;
	}
	if (err.code != XC_E_MAGIC)
		return err;
	there = read_own(hf, c);
	err.code = convert_judge(there ? &hf->header : NULL, NULL);
	if (err.code == XC_OK)
		err.code = XC_E_FINISHED;
	err.file = ERR_INPUT;
	return err;
}

/* Read the head again, authenticate it, and take it if it is as found. */
static int
read_head(struct conversion *c)
{
	struct journal_head j;
	uint8_t block[JOURNAL_BLOCK];
	int err = read_block(block, c, 0);

	if (err == XC_OK)
		err = journal_head_decode(&j, block);
	if (err == XC_OK)
		err = journal_head_check(&j, block, c->journal_key);
	if (err == XC_OK && (!journal_head_fits(&j, &c->header) ||
	    j.purpose != c->head.purpose || j.attached != c->head.attached))
		err = XC_E_JOURNAL;
	if (err == XC_OK)
		c->head = j;
	return err;
}

/* Authenticate the head, and compare it with the header. */
static int
check_head(struct conversion *c)
{
	const struct journal_head *j = &c->head;
	const struct chunks *k = &c->rule.chunks;
	int err = read_head(c);

	if (err != XC_OK)
		return err;
	/* The area says what kind of records it is for. */
	c->rule.trust_sectors = !chunk_moves(k) &&
	    j->area == journal_area(&k->layout, true);
	return j->chunk == CHUNK_BYTES && j->epoch == 1 &&
	    j->area == journal_area(&k->layout, c->rule.trust_sectors) &&
	    j->length == k->length &&
	    j->before == chunk_size_before(k) &&
	    j->after == chunk_size_after(k) ? XC_OK : XC_E_JOURNAL;
}

/* Take the chunks from head and header. */
static int
find_chunks(struct conversion *c)
{
	const struct header *h = &c->header;

	if (h->length < CHUNK_LENGTH_MIN || h->length > LAYOUT_LENGTH_MAX ||
	    h->layout.segment > CHUNK_SEGMENT_MAX)
		return XC_E_JOURNAL;
	c->rule.chunks = (struct chunks){
		.direction = c->head.purpose == JOURNAL_ENCRYPTING ?
		    XTS_ENCRYPT : XTS_DECRYPT,
		.layout = h->layout,
		.length = h->length,
		.attached = c->head.attached
	};
	return XC_OK;
}

/* Check the size: the first step makes a file longer, the last one shorter. */
static int
check_sizes(struct conversion *c, uint64_t k)
{
	const uint64_t before = c->head.before, after = c->head.after;
	const bool longer = after > before;

	if (k == (longer ? 1 : chunk_count(&c->rule.chunks)))
		return step_rule_check_size(&c->rule, longer ? before : after,
		    longer ? after : before);
	return longer && k > 0 ? step_rule_check_size(&c->rule, after, after) :
	    step_rule_check_size(&c->rule, before, before);
}

struct err
resume_load(struct conversion *c, uint64_t *k)
{
	struct err err = { find_chunks(c), ERR_JOURNAL };

	if (err.code == XC_OK)
		err.code = convert_open(c);
	if (err.code == XC_OK)
		err.code = check_head(c);
	if (err.code == XC_OK)
		err.code = step_load(&c->pipeline.steps[0]);
	if (err.code != XC_OK)
		return err;
	*k = c->pipeline.steps[0].k;
	err = (struct err){ check_sizes(c, *k), ERR_INPUT };
	if (err.code == XC_OK)
		err.code = step_check(&c->pipeline.steps[0]);
	if (err.code == XC_E_GREW || err.code == XC_E_SHRANK)
		err.code = XC_E_MOMENT;
	/* An older header would be accepted once all is done. */
	if (err.code == XC_OK && *k > 0 && c->untouched)
		err.code = XC_E_MOMENT;
	return err;
}

struct err
resume_redo(struct conversion *c, uint64_t k)
{
	struct err err = { XC_OK, ERR_INPUT };

	/* In front of the data it keeps its place until the first step. */
	if (c->detached != NULL ||
	    (c->rule.chunks.direction == XTS_DECRYPT && k == 0))
		err = convert_write_header(c);
	if (err.code == XC_OK && k > 0)
		err = step_redo(&c->pipeline.steps[0]);
	return err;
}

struct err
resume_undo(struct conversion *c)
{
	struct err err;

	if (c->rule.chunks.direction == XTS_ENCRYPT)
		return convert_undo_encryption(c);
	c->header.state = HEADER_WHOLE;
	c->header.generation++;
	err = convert_write_header(c);
	return err.code == XC_OK ? convert_remove_journal(c) : err;
}
