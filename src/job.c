/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "job.h"
#include "segment.h"

/* Data taken at a time where the layout has no segments of its own. */
#define CHUNK 65536

/* The least data that makes another segment, hence how far to look ahead. */
#define AHEAD LAYOUT_BLOCK

/* A job under way.  A piece is a segment, with its record where it has one. */
struct run {
	const struct job *job;
	struct job_result *result;
	struct xts_payload *xts;
	uint64_t length;	/* of the plaintext, or LAYOUT_UNKNOWN */
	uint64_t total;		/* bytes of input, or IO_UNKNOWN */
	size_t data;		/* of a whole piece */
	size_t full;		/* the same as input, with any record */
	size_t record;		/* bytes of a record in the payload */
	uint8_t *in, *out;
	size_t have;		/* bytes in in */
	enum xc_err wrong;	/* with the pieces so far, where we go on */
	uint64_t bad_from, bad_to;	/* damage not told yet */
};

struct piece {
	uint64_t index;
	size_t size;		/* bytes of input */
	bool last;
	bool whole;		/* all of them were there */
};

/* sodium_malloc aligns the end: to cache lines, for vectors not to straddle. */
static size_t
rounded(size_t n)
{
	return (n + 63) / 64 * 64;
}

static enum xc_err
run_start(struct run *r)
{
	const struct layout *l = &r->job->layout;

	r->data = l->integrity == LAYOUT_TAGS ? l->segment : CHUNK;
	r->record = l->integrity == LAYOUT_TAGS ? LAYOUT_RECORD : 0;
	r->full = r->data;
	if (r->job->direction == XTS_DECRYPT)
		r->full += r->record;
	r->in = sodium_malloc(rounded(r->full + AHEAD));
	r->out = sodium_malloc(rounded(r->data + LAYOUT_TAIL + r->record));
	if (r->in == NULL || r->out == NULL)
		return XC_E_NOMEM;
	return xts_payload_new(&r->xts, l, r->job->key->layout);
}

static void
run_end(struct run *r)
{
	int e = errno;		/* of what failed, if anything did */

	xts_payload_free(r->xts);
	sodium_free(r->in);
	sodium_free(r->out);
	errno = e;
}

static bool
tolerant(const struct run *r)
{
	return r->job->keep_going || r->job->out == NULL;
}

/* The length of a payload's plaintext, from its size where that is known. */
static enum xc_err
length_find(struct run *r)
{
	const struct job *job = r->job;
	uint64_t size = job->in->size, data, payload;
	enum xc_err err;

	r->length = job->length;
	if (job->direction == XTS_ENCRYPT || size == IO_UNKNOWN)
		return XC_OK;
	if (r->length == LAYOUT_UNKNOWN) {
		err = layout_payload_data(&data, &job->layout, size);
		/* A writer knows the length of what is less than a block. */
		if (err != XC_OK || data < LAYOUT_BLOCK)
			return tolerant(r) ? XC_OK : XC_E_SIZE;
		r->length = data;
	}
	payload = layout_payload(&job->layout, r->length);
	if (size == payload || tolerant(r))
		return XC_OK;
	return size < payload ? XC_E_CUT : XC_E_TRAILING;
}

static enum xc_err
total_find(struct run *r)
{
	enum xc_err err = length_find(r);

	r->total = IO_UNKNOWN;
	if (err == XC_OK && r->length != LAYOUT_UNKNOWN)
		r->total = r->job->direction == XTS_ENCRYPT ? r->length :
		    layout_payload(&r->job->layout, r->length);
	return err;
}

/* Read the next piece to the front of in, and AHEAD bytes to know the last. */
static enum xc_err
take(struct run *r, struct piece *p)
{
	uint64_t at = p->index * r->full, left;
	size_t want = r->full + AHEAD, got;
	enum xc_err err;

	if (r->total != IO_UNKNOWN && (left = r->total - at) < want)
		want = (size_t)left;
	err = io_read(r->job->in, r->in + r->have, want - r->have,
	    at + r->have, &got);
	if (err != XC_OK) {
		r->result->side = JOB_INPUT;
		return err;
	}
	r->have += got;

	if (r->total == IO_UNKNOWN)
		want = r->have;
	p->last = want < r->full + AHEAD;
	p->size = p->last ? want : r->full;
	p->whole = r->have >= p->size;
	return XC_OK;
}

/* Done with a piece: what was read ahead begins the next. */
static void
drop(struct run *r, const struct piece *p)
{
	size_t size = p->whole ? p->size : r->have;

	memmove(r->in, r->in + size, r->have - size);
	r->have -= size;
}

static enum xc_err
put(struct run *r, size_t len, uint64_t offset)
{
	enum xc_err err;

	if (r->job->out == NULL)
		return XC_OK;
	err = io_write(r->job->out, r->out, len, offset);
	if (err != XC_OK)
		r->result->side = JOB_OUTPUT;
	return err;
}

/* Whether the input goes on where it should have ended. */
static enum xc_err
surplus(struct run *r, enum xc_err found)
{
	struct io *in = r->job->in;
	uint8_t byte;
	size_t got;
	enum xc_err err;

	if (r->total == IO_UNKNOWN || in->device)
		return XC_OK;
	err = io_read(in, &byte, 1, r->total, &got);
	if (err != XC_OK) {
		r->result->side = JOB_INPUT;
		return err;
	}
	return got == 0 ? XC_OK : found;
}

static bool
tick(const struct run *r)
{
	return r->job->tick == NULL ||
	    r->job->tick(r->job->context, r->result->length);
}

/* Encrypt one piece, and put its ciphertext and record out. */
static enum xc_err
seal(struct run *r, const struct piece *p)
{
	uint64_t offset = p->index * r->data;
	size_t data = p->size;
	enum xc_err err;

	if (data > 0 && data < LAYOUT_BLOCK) {		/* padded */
		memset(r->in + data, 0, LAYOUT_BLOCK - data);
		data = LAYOUT_BLOCK;
	}
	err = xts_payload_crypt(r->xts, r->out, r->in, data, offset, p->last,
	    XTS_ENCRYPT);
	if (err != XC_OK)
		return err;
	if (r->record != 0)
		segment_seal(r->out + data, r->out, data, p->index, p->last,
		    r->job->key->segment);
	err = put(r, data + r->record, p->index * (r->data + r->record));
	if (err != XC_OK)
		return err;
	r->result->length += p->size;
	r->result->payload += data + r->record;
	return XC_OK;
}

static enum xc_err
encrypt(struct run *r)
{
	struct piece p = { 0 };
	enum xc_err err;

	for (; !p.last; p.index++) {
		if ((err = take(r, &p)) != XC_OK)
			return err;
		if (!p.whole)
			return XC_E_SHRANK;
		if ((err = seal(r, &p)) != XC_OK)
			return err;
		drop(r, &p);
		if (!tick(r))
			return XC_E_STOPPED;
	}
	return surplus(r, XC_E_GREW);
}

/* Tell the damage found so far, as one range. */
static void
tell(struct run *r)
{
	if (r->bad_to > r->bad_from && r->job->damaged != NULL)
		r->job->damaged(r->job->context, r->bad_from, r->bad_to);
	r->bad_from = r->bad_to = 0;
}

/* The bytes of plaintext in a piece; of a cut one, what it should have had. */
static size_t
piece_data(const struct run *r, const struct piece *p)
{
	size_t data = p->size > r->record ? p->size - r->record : 0;
	uint64_t left;

	if (r->length == LAYOUT_UNKNOWN)
		return data;
	left = r->length - p->index * r->data;
	return left < data ? (size_t)left : data;
}

static bool
piece_checks(const struct run *r, const struct piece *p, bool last)
{
	size_t data = p->size - r->record;

	return segment_check(r->in + data, r->in, data, p->index, last,
	    r->job->key->segment) == XC_OK;
}

/* How much of a cut piece without a tag is whole data units, as they were. */
static size_t
whole_units(const struct run *r, const struct piece *p)
{
	size_t sector = r->job->layout.sector, n = r->have / sector;

	/* The last unit takes in what is too short for one of its own. */
	if (n > 0 && p->last && p->size - n * sector < LAYOUT_BLOCK)
		n--;
	return n * sector;
}

/*
 * Check a piece; *good is how much of its data, from the front, can be
 * decrypted.  On XC_OK that is all of it.
 */
static enum xc_err
check(struct run *r, const struct piece *p, size_t *good)
{
	bool possible = p->size == r->record || p->size >= r->record + AHEAD;

	*good = 0;
	if (!p->whole && r->record == 0)
		*good = whole_units(r, p);
	if (!p->whole || !possible)
		return XC_E_CUT;
	if (r->length == LAYOUT_UNKNOWN && p->size == r->record)
		return XC_E_SIZE;

	if (r->record != 0 && !piece_checks(r, p, p->last)) {
		if (!tolerant(r) || r->job->length != LAYOUT_UNKNOWN ||
		    !p->last || p->size != r->full ||
		    !piece_checks(r, p, false))
			return XC_E_DAMAGED;
		/* Good data; but it was not the last, and the rest is gone. */
		r->wrong = XC_E_CUT;
	}
	*good = p->size - r->record;
	return XC_OK;
}

/*
 * The good data of a piece, decrypted to out, of which plain bytes are
 * plaintext.  XC_E_DAMAGED: a padding byte is not zero.
 */
static enum xc_err
open_piece(struct run *r, const struct piece *p, size_t good, size_t plain)
{
	bool last = p->last && p->whole;
	enum xc_err err = xts_payload_crypt(r->xts, r->out, r->in, good,
	    p->index * r->data, last, XTS_DECRYPT);

	if (err == XC_OK && good > plain &&
	    sodium_is_zero(r->out + plain, good - plain) != 1)
		err = XC_E_DAMAGED;
	return err;
}

/* Note what is lost of a piece, and put zeros in its place. */
static void
spoil(struct run *r, uint64_t at, size_t good, size_t plain)
{
	if (good >= plain)
		return;
	if (r->bad_to != at + good)
		tell(r);
	if (r->bad_to == 0)
		r->bad_from = at + good;
	r->bad_to = at + plain;
	memset(r->out + good, 0, plain - good);
}

static bool
accepted(const struct run *r, size_t len)
{
	return r->job->accept == NULL ||
	    r->job->accept(r->job->context, r->out, len);
}

/* Check, decrypt and put out one piece; go on after damage where told to. */
static enum xc_err
unseal(struct run *r, const struct piece *p)
{
	uint64_t at = p->index * r->data;
	size_t plain = piece_data(r, p), good;
	enum xc_err err = check(r, p, &good);

	if (good > 0 && open_piece(r, p, good, plain) != XC_OK) {
		err = XC_E_DAMAGED;
		good = 0;
	}
	if (err != XC_OK && (r->wrong == XC_OK || err != XC_E_DAMAGED))
		r->wrong = err;
	if (tolerant(r) || err == XC_E_DAMAGED)
		spoil(r, at, good, plain);
	if (err != XC_OK && !tolerant(r))
		return err;

	if (!accepted(r, good < plain ? good : plain))
		return XC_E_BINARY;
	if ((err = put(r, plain, at)) != XC_OK)
		return err;
	r->result->length += plain;
	r->result->payload += p->size;
	return XC_OK;
}

static enum xc_err
decrypt(struct run *r)
{
	struct piece p = { 0 };
	enum xc_err err = XC_OK;

	for (; !p.last && err == XC_OK; p.index++) {
		if ((err = take(r, &p)) != XC_OK)
			break;
		err = unseal(r, &p);
		drop(r, &p);
		if (err == XC_OK && !tick(r))
			err = XC_E_STOPPED;
	}
	tell(r);
	if (err != XC_OK)
		return err;
	err = surplus(r, XC_E_TRAILING);
	return err != XC_OK ? err : r->wrong;
}

enum xc_err
job_run(const struct job *job, struct job_result *result)
{
	struct run r = { .job = job, .result = result };
	enum xc_err err;

	*result = (struct job_result){ 0 };
	err = total_find(&r);
	if (err == XC_OK)
		err = run_start(&r);
	if (err == XC_OK)
		err = job->direction == XTS_ENCRYPT ? encrypt(&r) : decrypt(&r);
	run_end(&r);
	return err;
}
