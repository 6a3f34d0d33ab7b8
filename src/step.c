/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "locked.h"
#include "piece.h"
#include "step.h"
#include "witness.h"
#include "writeback.h"

/* In front of the ciphertext: the record's block, and the header. */
#define FRONT (JOURNAL_BLOCK + HEADER_BYTES)

int
step_new(struct step *s, struct step_rule *rule)
{
	*s = (struct step){ .rule = rule };
	s->plain = locked_malloc(CHUNK_PLAIN_MAX + PIECE_AHEAD);
	s->cipher = locked_malloc(FRONT + CHUNK_CIPHER_MAX + JOURNAL_BLOCK);
	s->witnesses = locked_malloc(JOURNAL_BLOCK + WITNESS_DATA_MAX);
	return s->plain == NULL || s->cipher == NULL || s->witnesses == NULL ?
	    ENOMEM : XC_OK;
}

void
step_free(struct step *s)
{
	sodium_free(s->plain);
	sodium_free(s->cipher);
	sodium_free(s->witnesses);
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

/* Does the record of this step have witnesses? */
static bool
is_witnessed(const struct step *s)
{
	return s->rule->trust_sectors && s->new.len >= WITNESS_CHUNK_MIN;
}

/* Return the ciphertext, from the header on if it takes that. */
static uint8_t *
cipher_data(const struct step *s)
{
	return s->cipher + FRONT - (takes_header(s) ? HEADER_BYTES : 0);
}

/* Return the place of that in the file. */
static struct chunk_range
range_of_data(const struct step *s)
{
	struct chunk_range r = encrypts(s->rule) ? s->new : s->old;

	if (takes_header(s)) {
		r.at -= HEADER_BYTES;
		r.len += HEADER_BYTES;
	}
	return r;
}

/* Return the data of the record. */
static uint8_t *
record_data(const struct step *s)
{
	return is_witnessed(s) ? s->witnesses + JOURNAL_BLOCK : cipher_data(s);
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

/* Return the piece at this offset of the data, all of which is there. */
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

/* Encrypt or decrypt the chunk piece by piece. */
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

/* Sample the converted chunk, for the record of the next step. */
static void
sample_before(struct step *s)
{
	struct step_rule *r = s->rule;

	journal_sample_before(r->before, r->head->journal_id, s->chunk,
	    encrypts(r) ? s->cipher + FRONT : s->plain, s->new.len,
	    r->journal_key);
}

/* Return the record of this step, without its samples. */
static struct journal_record
record_of(const struct step *s)
{
	const struct step_rule *r = s->rule;
	struct journal_record record = {
		.epoch = r->head->epoch,
		.sequence = s->k,
		.kind = is_witnessed(s) ? JOURNAL_WITNESSES :
		    encrypts(r) ? JOURNAL_NEW : JOURNAL_OLD,
		.last = s->k == chunk_count(&r->chunks),
		.chunk = s->chunk,
		.range = range_of_data(s)
	};

	record.size = is_witnessed(s) ? witness_size(record.range.len,
	    r->chunks.layout.sector) : record.range.len;
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
		err = step_rule_next(s->record.next, r, s->k + 1);
	if (err != XC_OK)
		return err;
	if (s->k > 1)
		memcpy(s->record.before, r->before, JOURNAL_SAMPLE_BYTES);
	if (takes_header(s))
		memcpy(data, r->header, HEADER_BYTES);
	if (is_witnessed(s))
		witness_take(data, cipher_data(s), s->record.range.len,
		    r->chunks.layout.sector);
	journal_record_encode(data - JOURNAL_BLOCK, &s->record,
	    r->journal_key);
	return XC_OK;
}

struct err
step_read(struct step *s, uint64_t k)
{
	const struct step_rule *r = s->rule;

	set_place(s, k);
	s->err = (struct err){
		step_rule_read(r, encrypts(r) ? s->plain : s->cipher + FRONT,
		    s->old.at, s->old.len), ERR_INPUT
	};
	return s->err;
}

struct err
step_crypt(struct step *s)
{
	int err = s->err.code;

	if (err == XC_OK)
		err = crypt_chunk(s);
	if (err == XC_OK)
		err = make_record(s);
	if (err == XC_OK)
		sample_before(s);
	s->err.code = err;
	return s->err;
}

/* Check the size: the old one before the first step, then the larger. */
static int
check_step_size(const struct step *s)
{
	const struct journal_head *j = s->rule->head;
	uint64_t size = s->k == 1 || j->before > j->after ? j->before :
	    j->after;

	return step_rule_check_size(s->rule, size, size);
}

static int
grow(const struct step_rule *r)
{
	const struct journal_head *j = r->head;
	struct stat st;

	if (j->after <= j->before || fstat(r->file.fd, &st) != 0 ||
	    (uint64_t)st.st_size >= j->after)
		return XC_OK;
	while (ftruncate(r->file.fd, (off_t)j->after) != 0)
		if (errno != EINTR)
			return errno;
	return XC_OK;
}

static int
write_new(const struct step *s)
{
	const struct step_rule *r = s->rule;
	int err = grow(r);

	if (err != XC_OK)
		return err;
	return encrypts(r) ? writeback_write(&r->file, cipher_data(s),
	    s->record.range.len, s->record.range.at) :
	    writeback_write(&r->file, s->plain, s->new.len, s->new.at);
}

struct err
step_log_data(struct step *s)
{
	const struct step_rule *r = s->rule;
	int err = writeback_write(&r->journal, record_data(s), s->record.size,
	    journal_slot(r->head->area, s->k) + JOURNAL_BLOCK);

	return (struct err){ err, ERR_JOURNAL };
}

struct err
step_log(struct step *s)
{
	const struct step_rule *r = s->rule;
	int err = check_step_size(s);

	if (err != XC_OK)
		return (struct err){ err, ERR_INPUT };
	err = io_write(&r->journal, record_data(s) - JOURNAL_BLOCK,
	    JOURNAL_BLOCK, journal_slot(r->head->area, s->k));
	if (err == XC_OK)
		err = io_sync_data(r->journal.fd);
	return (struct err){ err, ERR_JOURNAL };
}

struct err
step_write(struct step *s)
{
	return (struct err){ write_new(s), ERR_INPUT };
}

struct err
step_sync(struct step *s)
{
	return (struct err){ io_sync_data(s->rule->file.fd), ERR_INPUT };
}

/* Is it a record that this conversion writes in that slot? */
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
	    record->range.len == mine.range.len && record->size == mine.size;
}

/* Load the record of a slot, if there is one that is whole. */
static int
load_slot(struct step *s, unsigned slot)
{
	const struct step_rule *r = s->rule;
	uint64_t at = journal_slot(r->head->area, slot);
	uint8_t block[JOURNAL_BLOCK], *bytes;
	size_t len;
	int err = io_read_all(&r->journal, block, sizeof(block), at,
	    XC_E_JOURNAL);

	if (err != XC_OK)
		return err;
	if (journal_record_decode(&s->record, block) != XC_OK ||
	    !fits(s, &s->record, slot))
		return XC_E_JOURNAL;
	if (s->record.sequence == 0)
		set_place(s, 1);
	bytes = record_data(s) - JOURNAL_BLOCK;
	len = JOURNAL_BLOCK + s->record.size;
	err = io_read_all(&r->journal, bytes, len, at, XC_E_JOURNAL);
	if (err == XC_OK && memcmp(bytes, block, sizeof(block)) != 0)
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
		err = io_sync_data(s->rule->file.fd);
	if (err == XC_OK)
		sample_before(s);
	return (struct err){ err, ERR_INPUT };
}

/* Find the ciphertext by the witnesses of the loaded record. */
static int
restore_cipher(struct step *s)
{
	const struct step_rule *r = s->rule;
	uint8_t *cipher = s->cipher + FRONT;
	size_t torn = 0;
	int err = step_rule_read(r, s->plain, s->new.at, s->new.len);

	if (err == XC_OK)
		err = payload_crypt(r->xts, cipher, s->plain, s->new.len,
		    s->chunk * CHUNK_BYTES, s->record.last, XTS_ENCRYPT);
	if (err == XC_OK)
		err = witness_restore(cipher, s->plain, s->new.len,
		    r->chunks.layout.sector, record_data(s), &torn);
	s->torn = s->new.at + torn;
	return err;
}

int
step_check(struct step *s)
{
	int err = step_rule_check(s->rule, &s->record);

	return err == XC_OK && s->record.kind == JOURNAL_WITNESSES ?
	    restore_cipher(s) : err;
}
