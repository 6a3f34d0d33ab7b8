/* SPDX-License-Identifier: ISC */
/*
 * The journal of a change in place, as bytes: two heads, a copy of the header,
 * and records, of which each has the ciphertext of one chunk, or pages.
 * Source: xtscrypt(5), "The journal".
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chunk.h"
#include "err.h"
#include "header.h"
#include "key.h"

#define JOURNAL_BLOCK 4096	/* a head; a record without its data */
#define JOURNAL_ID_BYTES 16
#define JOURNAL_SAMPLE_BYTES 16
#define JOURNAL_SAMPLED 4096	/* bytes at each place, at most */

/* Where things lie in it. */
#define JOURNAL_HEADER_AT (2 * JOURNAL_BLOCK)
#define JOURNAL_RECORDS_AT (3 * JOURNAL_BLOCK)
/* A header's copy and the longest chunk, up to a whole block. */
#define JOURNAL_DATA_MAX ((HEADER_BYTES + CHUNK_CIPHER_MAX + JOURNAL_BLOCK - \
    1) / JOURNAL_BLOCK * JOURNAL_BLOCK)

enum journal_purpose { JOURNAL_ENCRYPTING = 1, JOURNAL_DECRYPTING = 2,
	JOURNAL_WRITING = 3 };

struct journal_head {
	enum journal_purpose purpose;
	bool attached;
	uint32_t chunk;
	uint8_t id[HEADER_ID_BYTES];		/* of the file */
	uint64_t generation;			/* of the header's copy */
	uint8_t journal_id[JOURNAL_ID_BYTES];
	uint64_t epoch;
	uint64_t area;				/* bytes for records */
	uint64_t length;			/* of the plaintext */
	uint64_t before, after;			/* bytes of the file */
};

/*
 * BEGIN: nothing was changed yet.  NEW: the data is to be written.  OLD: the
 * data was there; its plaintext is to be written.  WITNESSES: the data shows
 * what ciphertext is to be written, or was there.
 */
enum journal_kind { JOURNAL_BEGIN, JOURNAL_NEW, JOURNAL_OLD,
	JOURNAL_WITNESSES };

struct journal_record {
	uint8_t journal_id[JOURNAL_ID_BYTES];
	uint64_t epoch;
	uint64_t sequence;	/* 0: BEGIN; one more each */
	enum journal_kind kind;
	bool last;
	uint64_t chunk;
	uint8_t next[JOURNAL_SAMPLE_BYTES];
	uint8_t before[JOURNAL_SAMPLE_BYTES];
	struct chunk_range range;	/* of the ciphertext; BEGIN: none */
	size_t size;		/* of the data: range.len, or of witnesses */
};

/* A page is a block, too: the ranges of pages in a record, and the pages. */
#ifndef JOURNAL_RANGES
#define JOURNAL_RANGES 240
#endif
#define JOURNAL_PAGES_MAX ((size_t)JOURNAL_RANGES * JOURNAL_BLOCK)

/* A record of pages that are to be written to the payload's file. */
struct journal_pages {
	uint8_t journal_id[JOURNAL_ID_BYTES];
	uint64_t epoch;
	uint64_t sequence;	/* from 1 in each epoch */
	bool last;		/* of a commit */
	size_t n;
	struct chunk_range ranges[JOURNAL_RANGES];
	size_t len;		/* of all of them */
};

/* Keys, in memory that is locked and wiped. */
struct journal_key {
	uint8_t tag[32];
	uint8_t sample[32];
};

/* Derive them; sodium_free them.  Errors: ENOMEM. */
int journal_key_new(struct journal_key **journal_key, const struct key *key);

/*
 * Return the bytes for records that a conversion of this layout needs, with
 * witnesses or without.
 */
uint64_t journal_area(const struct layout *layout, bool witnesses);

/* Return the offset in an area of the record of this sequence number. */
uint64_t journal_slot(uint64_t area, uint64_t sequence);

/*
 * Write a head, or the first block of a record, whose size bytes of data
 * already follow it.  The nonce is random.
 */
void journal_head_encode(uint8_t bytes[JOURNAL_BLOCK],
    const struct journal_head *head, const struct journal_key *key);
void journal_record_encode(uint8_t *bytes, const struct journal_record *record,
    const struct journal_key *key);

/*
 * Read a head, or the first block of a record, whose data has at most
 * JOURNAL_DATA_MAX bytes.  The tag is still to be checked.
 * Errors: XC_E_JOURNAL.
 */
int journal_head_decode(struct journal_head *head,
    const uint8_t bytes[JOURNAL_BLOCK]);
int journal_record_decode(struct journal_record *record,
    const uint8_t bytes[JOURNAL_BLOCK]);

/*
 * Authenticate it; bytes are what was decoded, and a record's data.  They are
 * changed during the call, and restored.  Errors: XC_E_JOURNAL.
 */
int journal_head_check(const struct journal_head *head,
    uint8_t bytes[JOURNAL_BLOCK], const struct journal_key *key);
int journal_record_check(const struct journal_record *record, uint8_t *bytes,
    const struct journal_key *key);

/*
 * The same for pages, of which a record has JOURNAL_PAGES_MAX bytes at most.
 * The ranges that are read begin at pages.
 */
void journal_pages_encode(uint8_t *bytes, const struct journal_pages *pages,
    const struct journal_key *key);
int journal_pages_decode(struct journal_pages *pages,
    const uint8_t bytes[JOURNAL_BLOCK]);
int journal_pages_check(const struct journal_pages *pages, uint8_t *bytes,
    const struct journal_key *key);

/* Do the head, before authentication, and the header's copy fit together? */
bool journal_head_fits(const struct journal_head *head,
    const struct header *copy);

/* The start of the next chunk, at its old place and its new. */
struct journal_start {
	uint8_t old[JOURNAL_SAMPLED], new[JOURNAL_SAMPLED];
	size_t nold, nnew;
};

/*
 * Compute the sample of the next chunk; and of the one before, from the len
 * bytes at its new place, of which the first JOURNAL_SAMPLED count.
 */
void journal_sample_next(uint8_t sample[JOURNAL_SAMPLE_BYTES],
    const uint8_t journal_id[JOURNAL_ID_BYTES], uint64_t chunk,
    const struct journal_start *start, const struct journal_key *key);
void journal_sample_before(uint8_t sample[JOURNAL_SAMPLE_BYTES],
    const uint8_t journal_id[JOURNAL_ID_BYTES], uint64_t chunk,
    const uint8_t *start, size_t len, const struct journal_key *key);

#endif
