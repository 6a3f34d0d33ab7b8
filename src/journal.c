/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "journal.h"
#include "locked.h"
#include "tag.h"
#include "witness.h"

/* Room for the frames of libsodium's hashes, which it does not wipe. */
#define STACK 4096

#define HEAD_MAGIC "XTSJOURN"
#define RECORD_MAGIC "XTSJRECD"
#define MAGIC_BYTES 8
#define VERSION 1
#define HEAD_END 96		/* what follows is zero */
#define RANGES_AT 96
#define RANGE_BYTES 16
#define RECORD_END (RANGES_AT + RANGE_BYTES)	/* with one range */
#define NONCE_AT 4064
#define NONCE_BYTES 16
#define TAG_AT 4080
#define OF_HEAD ((uint64_t)1 << 63)

int
journal_key_new(struct journal_key **journal_key, const struct key *key)
{
	struct journal_key *k = locked_malloc(sizeof(*k));

	if (k == NULL)
		return ENOMEM;
	crypto_kdf_derive_from_key(k->tag, sizeof(k->tag), 0, "xtc-jour",
	    key->layout);
	crypto_kdf_derive_from_key(k->sample, sizeof(k->sample), 0, "xtc-samp",
	    key->layout);
	sodium_stackzero(STACK);
	*journal_key = k;
	return XC_OK;
}

_Static_assert(WITNESS_CHUNK_MIN <= WITNESS_DATA_MAX &&
    WITNESS_DATA_MAX <= JOURNAL_DATA_MAX, "a slot has room for either kind");

uint64_t
journal_area(const struct layout *layout, bool witnesses)
{
	/* The header goes into the file with a chunk. */
	uint64_t data = witnesses ? WITNESS_DATA_MAX :
	    HEADER_BYTES + layout_payload(layout, CHUNK_PLAIN_MAX);

	return 2 * (JOURNAL_BLOCK +
	    (data + JOURNAL_BLOCK - 1) / JOURNAL_BLOCK * JOURNAL_BLOCK);
}

uint64_t
journal_slot(uint64_t area, uint64_t sequence)
{
	return JOURNAL_RECORDS_AT + sequence % 2 * (area / 2);
}

/*
 * The tag covers the block up to its nonce, and the data behind the block.  The
 * AEAD wants both in one piece, so the first moves up over nonce and tag.
 */
static void
close_gap(uint8_t *bytes)
{
	memmove(bytes + JOURNAL_BLOCK - NONCE_AT, bytes, NONCE_AT);
}

static void
open_gap(uint8_t *bytes)
{
	memmove(bytes, bytes + JOURNAL_BLOCK - NONCE_AT, NONCE_AT);
}

static void
tag_nonce(uint8_t nonce[TAG_NONCE_BYTES], const uint8_t random[NONCE_BYTES],
    uint64_t number)
{
	memcpy(nonce, random, NONCE_BYTES);
	bytes_store64(nonce + NONCE_BYTES, number);
}

static void
set_tag(uint8_t *bytes, size_t len, uint64_t number,
    const struct journal_key *key)
{
	uint8_t random[NONCE_BYTES], nonce[TAG_NONCE_BYTES], tag[TAG_BYTES];

	randombytes_buf(random, sizeof(random));
	tag_nonce(nonce, random, number);
	close_gap(bytes);
	tag_compute(tag, bytes + JOURNAL_BLOCK - NONCE_AT, NONCE_AT + len,
	    nonce, key->tag);
	open_gap(bytes);
	memcpy(bytes + NONCE_AT, random, sizeof(random));
	memcpy(bytes + TAG_AT, tag, sizeof(tag));
	sodium_stackzero(STACK);
}

static int
verify_tag(uint8_t *bytes, size_t len, uint64_t number,
    const struct journal_key *key)
{
	uint8_t end[JOURNAL_BLOCK - NONCE_AT], nonce[TAG_NONCE_BYTES];
	int bad;

	memcpy(end, bytes + NONCE_AT, sizeof(end));
	tag_nonce(nonce, end, number);
	close_gap(bytes);
	bad = tag_verify(end + NONCE_BYTES, bytes + sizeof(end),
	    NONCE_AT + len, nonce, key->tag);
	open_gap(bytes);
	memcpy(bytes + NONCE_AT, end, sizeof(end));
	sodium_stackzero(STACK);
	return bad == 0 ? XC_OK : XC_E_JOURNAL;
}

void
journal_head_encode(uint8_t b[JOURNAL_BLOCK], const struct journal_head *h,
    const struct journal_key *key)
{
	memset(b, 0, JOURNAL_BLOCK);
	memcpy(b, HEAD_MAGIC, MAGIC_BYTES);
	bytes_store16(b + 8, VERSION);
	b[10] = (uint8_t)h->purpose;
	b[11] = h->attached;
	bytes_store32(b + 12, h->chunk);
	memcpy(b + 16, h->id, HEADER_ID_BYTES);
	bytes_store64(b + 32, h->generation);
	memcpy(b + 40, h->journal_id, JOURNAL_ID_BYTES);
	bytes_store64(b + 56, h->epoch);
	bytes_store64(b + 64, h->area);
	bytes_store64(b + 72, h->length);
	bytes_store64(b + 80, h->before);
	bytes_store64(b + 88, h->after);
	set_tag(b, 0, OF_HEAD + h->epoch, key);
}

int
journal_head_decode(struct journal_head *h, const uint8_t b[JOURNAL_BLOCK])
{
	if (memcmp(b, HEAD_MAGIC, MAGIC_BYTES) != 0 ||
	    bytes_load16(b + 8) != VERSION ||
	    b[10] < JOURNAL_ENCRYPTING || b[10] > JOURNAL_WRITING || b[11] > 1)
		return XC_E_JOURNAL;
	*h = (struct journal_head){
		.purpose = b[10],
		.attached = b[11] == 1,
		.chunk = bytes_load32(b + 12),
		.generation = bytes_load64(b + 32),
		.epoch = bytes_load64(b + 56),
		.area = bytes_load64(b + 64),
		.length = bytes_load64(b + 72),
		.before = bytes_load64(b + 80),
		.after = bytes_load64(b + 88)
	};
	memcpy(h->id, b + 16, HEADER_ID_BYTES);
	memcpy(h->journal_id, b + 40, JOURNAL_ID_BYTES);
	return sodium_is_zero(b + HEAD_END, NONCE_AT - HEAD_END) == 1 ? XC_OK :
	    XC_E_JOURNAL;
}

bool
journal_head_fits(const struct journal_head *h, const struct header *copy)
{
	return memcmp(h->id, copy->id, HEADER_ID_BYTES) == 0 &&
	    h->generation == copy->generation && copy->state ==
	    (h->purpose == JOURNAL_WRITING ? HEADER_WRITING :
	    HEADER_CONVERTING);
}

int
journal_head_check(const struct journal_head *h, uint8_t b[JOURNAL_BLOCK],
    const struct journal_key *key)
{
	return verify_tag(b, 0, OF_HEAD + h->epoch, key);
}

void
journal_record_encode(uint8_t *b, const struct journal_record *r,
    const struct journal_key *key)
{
	memset(b, 0, JOURNAL_BLOCK);
	memcpy(b, RECORD_MAGIC, MAGIC_BYTES);
	memcpy(b + 8, r->journal_id, JOURNAL_ID_BYTES);
	bytes_store64(b + 24, r->epoch);
	bytes_store64(b + 32, r->sequence);
	b[40] = (uint8_t)r->kind;
	b[41] = r->last;
	bytes_store16(b + 42, r->kind != JOURNAL_BEGIN);
	bytes_store64(b + 48, r->chunk);
	memcpy(b + 56, r->next, JOURNAL_SAMPLE_BYTES);
	memcpy(b + 72, r->before, JOURNAL_SAMPLE_BYTES);
	bytes_store64(b + 88, r->size);
	if (r->kind != JOURNAL_BEGIN) {
		bytes_store64(b + 96, r->range.at);
		bytes_store64(b + 104, r->range.len);
	}
	set_tag(b, r->size, r->sequence, key);
}

/* No range without data, and no data without its range. */
static int
check_range(const uint8_t b[JOURNAL_BLOCK])
{
	const bool begin = b[40] == JOURNAL_BEGIN;
	const uint64_t size = bytes_load64(b + 88), len = bytes_load64(b + 104);

	return bytes_load16(b + 42) == !begin && size <= JOURNAL_DATA_MAX &&
	    len <= JOURNAL_DATA_MAX && (size == 0) == begin &&
	    (len == size || b[40] == JOURNAL_WITNESSES) &&
	    (!begin || bytes_load64(b + 96) == 0) ? XC_OK : XC_E_JOURNAL;
}

int
journal_record_decode(struct journal_record *r, const uint8_t b[JOURNAL_BLOCK])
{
	if (memcmp(b, RECORD_MAGIC, MAGIC_BYTES) != 0 ||
	    b[40] > JOURNAL_WITNESSES || b[41] > 1 ||
	    bytes_load32(b + 44) != 0 || check_range(b) != XC_OK)
		return XC_E_JOURNAL;
	*r = (struct journal_record){
		.epoch = bytes_load64(b + 24),
		.sequence = bytes_load64(b + 32),
		.kind = b[40],
		.last = b[41] == 1,
		.chunk = bytes_load64(b + 48),
		.range = {
			bytes_load64(b + 96), (size_t)bytes_load64(b + 104)
		},
		.size = (size_t)bytes_load64(b + 88)
	};
	memcpy(r->journal_id, b + 8, JOURNAL_ID_BYTES);
	memcpy(r->next, b + 56, JOURNAL_SAMPLE_BYTES);
	memcpy(r->before, b + 72, JOURNAL_SAMPLE_BYTES);
	return sodium_is_zero(b + RECORD_END, NONCE_AT - RECORD_END) == 1 ?
	    XC_OK : XC_E_JOURNAL;
}

int
journal_record_check(const struct journal_record *r, uint8_t *b,
    const struct journal_key *key)
{
	return verify_tag(b, r->size, r->sequence, key);
}

void
journal_pages_encode(uint8_t *b, const struct journal_pages *p,
    const struct journal_key *key)
{
	uint8_t *range = b + RANGES_AT;

	memset(b, 0, JOURNAL_BLOCK);
	memcpy(b, RECORD_MAGIC, MAGIC_BYTES);
	memcpy(b + 8, p->journal_id, JOURNAL_ID_BYTES);
	bytes_store64(b + 24, p->epoch);
	bytes_store64(b + 32, p->sequence);
	b[40] = JOURNAL_NEW;
	b[41] = p->last;
	bytes_store16(b + 42, (uint16_t)p->n);
	bytes_store64(b + 88, p->len);
	for (size_t i = 0; i < p->n; i++, range += RANGE_BYTES) {
		bytes_store64(range, p->ranges[i].at);
		bytes_store64(range + 8, p->ranges[i].len);
	}
	set_tag(b, p->len, p->sequence, key);
}

/* Read the ranges: their lengths add up, and each begins a page. */
static int
decode_ranges(struct journal_pages *p, const uint8_t *range)
{
	size_t left = p->len;

	for (size_t i = 0; i < p->n; i++, range += RANGE_BYTES) {
		const uint64_t at = bytes_load64(range);
		const uint64_t len = bytes_load64(range + 8);

		if (at % JOURNAL_BLOCK != 0 || len == 0 || len > left)
			return XC_E_JOURNAL;
		p->ranges[i] = (struct chunk_range){ at, (size_t)len };
		left -= (size_t)len;
	}
	return left == 0 ? XC_OK : XC_E_JOURNAL;
}

int
journal_pages_decode(struct journal_pages *p, const uint8_t b[JOURNAL_BLOCK])
{
	const size_t n = bytes_load16(b + 42), end = RANGES_AT +
	    n * RANGE_BYTES;
	const uint64_t len = bytes_load64(b + 88);

	/* From 44 on: no chunk, and no samples. */
	if (memcmp(b, RECORD_MAGIC, MAGIC_BYTES) != 0 ||
	    b[40] != JOURNAL_NEW || b[41] > 1 ||
	    n < 1 || n > JOURNAL_RANGES || len > JOURNAL_PAGES_MAX ||
	    sodium_is_zero(b + 44, 44) != 1 ||
	    sodium_is_zero(b + end, NONCE_AT - end) != 1)
		return XC_E_JOURNAL;
	*p = (struct journal_pages){
		.epoch = bytes_load64(b + 24),
		.sequence = bytes_load64(b + 32),
		.last = b[41] == 1,
		.n = n,
		.len = (size_t)len
	};
	memcpy(p->journal_id, b + 8, JOURNAL_ID_BYTES);
	return decode_ranges(p, b + RANGES_AT);
}

int
journal_pages_check(const struct journal_pages *p, uint8_t *b,
    const struct journal_key *key)
{
	return verify_tag(b, p->len, p->sequence, key);
}

/* Begin a sample: which is 0 for the next chunk, 1 for the one before. */
static void
sample_start(crypto_generichash_state *s, const uint8_t id[JOURNAL_ID_BYTES],
    uint64_t chunk, uint8_t which, const struct journal_key *key)
{
	uint8_t number[8];

	bytes_store64(number, chunk);
	crypto_generichash_init(s, key->sample, sizeof(key->sample),
	    JOURNAL_SAMPLE_BYTES);
	crypto_generichash_update(s, id, JOURNAL_ID_BYTES);
	crypto_generichash_update(s, number, sizeof(number));
	crypto_generichash_update(s, &which, 1);
}

static void
sample_end(crypto_generichash_state *s, uint8_t sample[JOURNAL_SAMPLE_BYTES])
{
	crypto_generichash_final(s, sample, JOURNAL_SAMPLE_BYTES);
	sodium_memzero(s, sizeof(*s));
	sodium_stackzero(STACK);
}

void
journal_sample_next(uint8_t sample[JOURNAL_SAMPLE_BYTES],
    const uint8_t id[JOURNAL_ID_BYTES], uint64_t chunk,
    const struct journal_start *start, const struct journal_key *key)
{
	crypto_generichash_state s;

	sample_start(&s, id, chunk, 0, key);
	crypto_generichash_update(&s, start->old, start->nold);
	crypto_generichash_update(&s, start->new, start->nnew);
	sample_end(&s, sample);
}

void
journal_sample_before(uint8_t sample[JOURNAL_SAMPLE_BYTES],
    const uint8_t id[JOURNAL_ID_BYTES], uint64_t chunk, const uint8_t *start,
    size_t len, const struct journal_key *key)
{
	crypto_generichash_state s;

	sample_start(&s, id, chunk, 1, key);
	crypto_generichash_update(&s, start,
	    len < JOURNAL_SAMPLED ? len : JOURNAL_SAMPLED);
	sample_end(&s, sample);
}
