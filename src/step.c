/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "locked.h"
#include "piece.h"
#include "step.h"

/* In front of the ciphertext: the record's block, and the header. */
#define FRONT (JOURNAL_BLOCK + HEADER_BYTES)

int
step_new(struct step *s, struct step_rule *rule)
{
	*s = (struct step){ .rule = rule };
	s->plain = locked_malloc(CHUNK_PLAIN_MAX + PIECE_AHEAD);
	s->cipher = locked_malloc(FRONT + CHUNK_CIPHER_MAX + JOURNAL_BLOCK);
	return s->plain == NULL || s->cipher == NULL ? ENOMEM : XC_OK;
}

void
step_free(struct step *s)
{
	sodium_free(s->plain);
	sodium_free(s->cipher);
	*s = (struct step){ 0 };
}

static bool
encrypts(const struct step_rule *r)
{
	return r->chunks.direction == XTS_ENCRYPT;
}

static void
set_place(struct step *s, uint64_t k)
{
	const struct chunks *c = &s->rule->chunks;

	s->k = k;
	s->chunk = chunk_of_step(c, k);
	s->old = chunk_old(c, s->chunk);
	s->new = chunk_new(c, s->chunk);
}

/* Does the header go into the file with this chunk? */
static bool
takes_header(const struct step *s)
{
	const struct chunks *c = &s->rule->chunks;

	return encrypts(s->rule) && c->attached && s->k == chunk_count(c);
}

/* The data of the record: the ciphertext, and where that lies. */
static uint8_t *
record_data(const struct step *s)
{
	return s->cipher + FRONT - (takes_header(s) ? HEADER_BYTES : 0);
}

static struct chunk_range
record_range(const struct step *s)
{
	struct chunk_range r = encrypts(s->rule) ? s->new : s->old;

	if (takes_header(s)) {
		r.at -= HEADER_BYTES;
		r.len += HEADER_BYTES;
	}
	return r;
}

/* Read all of it, or XC_E_SHRANK. */
static int
read_range(const struct step_rule *r, uint8_t *buf, uint64_t at, size_t len)
{
	struct io io = r->file;
	size_t got;
	int err = io_read(&io, buf, len, at, &got);

	return err == XC_OK && got < len ? XC_E_SHRANK : err;
}

/* Report what is damaged of a segment of the ciphertext. */
static int
accept_damage(const struct step_rule *r, uint64_t at,
    const struct piece_done *done)
{
	if (done->wrong == XC_OK)
		return XC_OK;
	if (r->damaged != NULL)
		r->damaged(r->context, at + done->good, at + done->plain);
	return r->keep_going ? XC_OK : done->wrong;
}

static struct piece_rule
piece_rule(const struct step_rule *r)
{
	const struct layout *l = &r->chunks.layout;
	const bool tags = l->integrity == LAYOUT_TAGS;

	return (struct piece_rule){
		.key = r->key,
		.length = r->chunks.length,
		.sector = l->sector,
		.data = tags ? l->segment : CHUNK_BYTES,
		.record = tags ? LAYOUT_RECORD : 0,
		.announced = true
	};
}

/* The piece at this offset of the data, which is whole. */
static struct piece
whole_piece(const struct step_rule *r, const struct piece_rule *rule,
    uint64_t at)
{
	uint64_t left = r->chunks.length - at;
	bool last = left < rule->data + PIECE_AHEAD;
	size_t size = (last ? (size_t)left : rule->data) +
	    (encrypts(r) ? 0 : rule->record);

	return (struct piece){
		.at = at, .size = size, .have = size, .last = last, .end = last
	};
}

/* Piece by piece. */
static int
crypt_chunk(struct step *s)
{
	const struct step_rule *r = s->rule;
	const struct piece_rule rule = piece_rule(r);
	const uint64_t each = CHUNK_BYTES / rule.data;
	uint8_t *plain = s->plain, *cipher = s->cipher + FRONT;
	struct piece p = { 0 };
	struct piece_done done;
	int err = XC_OK;

	for (uint64_t i = 0; i < each && !p.last && err == XC_OK; i++) {
		p = whole_piece(r, &rule, (s->chunk * each + i) * rule.data);
		if (encrypts(r)) {
			err = piece_encrypt(&done, r->xts, &rule, &p, cipher,
			    plain);
		} else {
			piece_decrypt(&done, r->xts, &rule, &p, plain, cipher);
			err = accept_damage(r, p.at, &done);
		}
		plain += done.plain;
		cipher += done.payload;
	}
	return err;
}

/* The start of what the chunk becomes. */
static void
sample_before(struct step *s)
{
	struct step_rule *r = s->rule;

	journal_sample_before(r->before, r->head->journal_id, s->chunk,
	    encrypts(r) ? s->cipher + FRONT : s->plain, s->new.len,
	    r->journal_key);
}

static size_t
sampled(size_t len)
{
	return len < JOURNAL_SAMPLED ? len : JOURNAL_SAMPLED;
}

/* Where the chunk goes there may be the header, or nothing yet: zeros. */
static int
read_new(uint8_t *buf, size_t len, const struct step_rule *r, uint64_t at)
{
	struct io io = r->file;
	size_t got = 0;
	int err = XC_OK;

	if (!r->chunks.attached || at >= HEADER_BYTES)
		err = io_read(&io, buf, len, at, &got);
	if (err == XC_OK)
		memset(buf + got, 0, len - got);
	return err;
}

/* The sample of the chunk of step k, which was not converted yet. */
static int
sample_next(uint8_t sample[JOURNAL_SAMPLE_BYTES], const struct step_rule *r,
    uint64_t k)
{
	uint64_t i = chunk_of_step(&r->chunks, k);
	struct chunk_range old = chunk_old(&r->chunks, i);
	struct chunk_range new = chunk_new(&r->chunks, i);
	struct journal_start start = {
		.nold = sampled(old.len), .nnew = sampled(new.len)
	};
	int err = read_range(r, start.old, old.at, start.nold);

	if (err == XC_OK)
		err = read_new(start.new, start.nnew, r, new.at);
	if (err == XC_OK)
		journal_sample_next(sample, r->head->journal_id, i, &start,
		    r->journal_key);
	sodium_memzero(&start, sizeof(start));
	return err;
}

/* The record of this step, all but its samples. */
static struct journal_record
record_of(const struct step *s)
{
	const struct step_rule *r = s->rule;
	struct journal_record record = {
		.epoch = r->head->epoch,
		.sequence = s->k,
		.kind = encrypts(r) ? JOURNAL_NEW : JOURNAL_OLD,
		.last = s->k == chunk_count(&r->chunks),
		.chunk = s->chunk,
		.range = record_range(s)
	};

	memcpy(record.journal_id, r->head->journal_id, JOURNAL_ID_BYTES);
	return record;
}

static int
make_record(struct step *s)
{
	const struct step_rule *r = s->rule;
	uint8_t *data = record_data(s);
	int err = XC_OK;

	s->record = record_of(s);
	if (!s->record.last)
		err = sample_next(s->record.next, r, s->k + 1);
	if (err != XC_OK)
		return err;
	if (s->k > 1)
		memcpy(s->record.before, r->before, JOURNAL_SAMPLE_BYTES);
	if (takes_header(s))
		memcpy(data, r->header, HEADER_BYTES);
	journal_record_encode(data - JOURNAL_BLOCK, &s->record,
	    r->journal_key);
	return XC_OK;
}

struct err
step_prepare(struct step *s, uint64_t k)
{
	const struct step_rule *r = s->rule;
	int err;

	set_place(s, k);
	err = read_range(r, encrypts(r) ? s->plain : s->cipher + FRONT,
	    s->old.at, s->old.len);
	if (err == XC_OK)
		err = crypt_chunk(s);
	if (err == XC_OK)
		err = make_record(s);
	if (err == XC_OK)
		sample_before(s);
	s->err = (struct err){ err, ERR_INPUT };
	return s->err;
}

int
step_check_size(const struct step_rule *r, uint64_t least, uint64_t most)
{
	struct stat st;

	if (r->device)
		return XC_OK;
	if (fstat(r->file.fd, &st) != 0)
		return errno;
	if ((uint64_t)st.st_size < least)
		return XC_E_SHRANK;
	return (uint64_t)st.st_size > most ? XC_E_GREW : XC_OK;
}

/* Before the first step it has its old size, and then the larger of the two. */
static int
check_step_size(const struct step *s)
{
	const struct journal_head *j = s->rule->head;
	uint64_t size = s->k == 1 || j->before > j->after ? j->before :
	    j->after;

	return step_check_size(s->rule, size, size);
}

static int
grow(const struct step_rule *r)
{
	const struct journal_head *j = r->head;

	if (j->after <= j->before ||
	    step_check_size(r, j->after, UINT64_MAX) != XC_E_SHRANK)
		return XC_OK;
	while (ftruncate(r->file.fd, (off_t)j->after) != 0)
		if (errno != EINTR)
			return errno;
	return XC_OK;
}

/* Only now does the file change. */
static int
write_new(const struct step *s)
{
	const struct step_rule *r = s->rule;
	int err = grow(r);

	if (err == XC_OK)
		err = encrypts(r) ? io_write(&r->file, record_data(s),
		    s->record.range.len, s->record.range.at) :
		    io_write(&r->file, s->plain, s->new.len, s->new.at);
	return err == XC_OK ? io_sync_sure(r->file.fd) : err;
}

struct err
step_write(struct step *s)
{
	const struct step_rule *r = s->rule;
	int err = check_step_size(s);

	if (err != XC_OK)
		return (struct err){ err, ERR_INPUT };
	err = io_write(&r->journal, record_data(s) - JOURNAL_BLOCK,
	    JOURNAL_BLOCK + s->record.range.len,
	    journal_slot(&r->chunks.layout, s->k));
	if (err == XC_OK)
		err = io_sync_sure(r->journal.fd);
	if (err != XC_OK)
		return (struct err){ err, ERR_JOURNAL };
	return (struct err){ write_new(s), ERR_INPUT };
}

int
step_begin(uint8_t *block, const struct step_rule *r)
{
	struct journal_record record = { .epoch = r->head->epoch };
	int err = sample_next(record.next, r, 1);

	memcpy(record.journal_id, r->head->journal_id, JOURNAL_ID_BYTES);
	if (err == XC_OK)
		journal_record_encode(block, &record, r->journal_key);
	return err;
}

/* Is it what this conversion writes in that slot? */
static bool
fits(struct step *s, const struct journal_record *record, unsigned slot)
{
	const struct step_rule *r = s->rule;
	struct journal_record mine;

	if (record->sequence > chunk_count(&r->chunks) ||
	    record->sequence % 2 != slot || record->epoch != r->head->epoch ||
	    memcmp(record->journal_id, r->head->journal_id,
	    JOURNAL_ID_BYTES) != 0)
		return false;
	if (record->sequence == 0)
		return record->kind == JOURNAL_BEGIN;
	set_place(s, record->sequence);
	mine = record_of(s);
	return record->kind == mine.kind && record->last == mine.last &&
	    record->chunk == mine.chunk &&
	    record->range.at == mine.range.at &&
	    record->range.len == mine.range.len;
}

/* Load the record of a slot, if there is one that is whole. */
static int
load_slot(struct step *s, unsigned slot)
{
	const struct step_rule *r = s->rule;
	uint64_t at = journal_slot(&r->chunks.layout, slot);
	uint8_t block[JOURNAL_BLOCK], *bytes;
	struct io io = r->journal;
	size_t got, len;
	int err = io_read(&io, block, sizeof(block), at, &got);

	if (err != XC_OK)
		return err;
	if (got < sizeof(block) ||
	    journal_record_decode(&s->record, block) != XC_OK ||
	    !fits(s, &s->record, slot))
		return XC_E_JOURNAL;
	if (s->record.sequence == 0)
		set_place(s, 1);
	bytes = record_data(s) - JOURNAL_BLOCK;
	len = JOURNAL_BLOCK + s->record.range.len;
	err = io_read(&io, bytes, len, at, &got);
	if (err == XC_OK && (got < len ||
	    memcmp(bytes, block, sizeof(block)) != 0))
		err = XC_E_JOURNAL;
	return err == XC_OK ?
	    journal_record_check(&s->record, bytes, r->journal_key) : err;
}

int
step_load(struct step *s)
{
	int even = load_slot(s, 0), odd;
	uint64_t sequence = s->record.sequence;

	if (even > 0)
		return even;
	odd = load_slot(s, 1);
	if (odd > 0)
		return odd;
	if (even == XC_OK && (odd != XC_OK || s->record.sequence < sequence))
		odd = load_slot(s, 0);
	if (odd == XC_OK)
		s->k = s->record.sequence;
	return odd;
}

struct err
step_redo(struct step *s)
{
	int err = XC_OK;

	if (!encrypts(s->rule))
		err = crypt_chunk(s);
	if (err == XC_OK)
		err = write_new(s);
	if (err == XC_OK)
		sample_before(s);
	return (struct err){ err, ERR_INPUT };
}

static int
check_before(const struct step *s)
{
	const struct step_rule *r = s->rule;
	uint8_t sample[JOURNAL_SAMPLE_BYTES], start[JOURNAL_SAMPLED];
	uint64_t i = chunk_of_step(&r->chunks, s->k - 1);
	struct chunk_range new = chunk_new(&r->chunks, i);
	size_t len = sampled(new.len);
	int err = read_range(r, start, new.at, len);

	if (err != XC_OK)
		return err;
	journal_sample_before(sample, r->head->journal_id, i, start, len,
	    r->journal_key);
	sodium_memzero(start, sizeof(start));
	return memcmp(sample, s->record.before, sizeof(sample)) == 0 ? XC_OK :
	    XC_E_MOMENT;
}

int
step_check(const struct step *s)
{
	uint8_t sample[JOURNAL_SAMPLE_BYTES];
	int err = XC_OK;

	if (s->k > 1)
		err = check_before(s);
	if (err == XC_OK && !s->record.last) {
		err = sample_next(sample, s->rule, s->k + 1);
		if (err == XC_OK && memcmp(sample, s->record.next,
		    sizeof(sample)) != 0)
			err = XC_E_MOMENT;
	}
	return err;
}
