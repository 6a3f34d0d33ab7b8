/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "segment.h"
#include "tag.h"

#define RECORD_NONCE 16
#define LAST ((uint64_t)1 << 63)

/* Set the tag's nonce: the record's, then the segment's index, and last. */
static void
nonce_at(uint8_t nonce[TAG_NONCE_BYTES], const uint8_t record[LAYOUT_RECORD],
    uint64_t index, bool last)
{
	memcpy(nonce, record, RECORD_NONCE);
	bytes_store64(nonce + RECORD_NONCE, index + (last ? LAST : 0));
}

void
segment_tag(uint8_t record[LAYOUT_RECORD], const uint8_t *ciphertext,
    size_t len, uint64_t index, bool last, const uint8_t key[SEGMENT_KEY_BYTES])
{
	uint8_t nonce[TAG_NONCE_BYTES];

	randombytes_buf(record, RECORD_NONCE);
	nonce_at(nonce, record, index, last);
	tag_compute(record + RECORD_NONCE, ciphertext, len, nonce, key);
}

int
segment_check(const uint8_t record[LAYOUT_RECORD], const uint8_t *ciphertext,
    size_t len, uint64_t index, bool last, const uint8_t key[SEGMENT_KEY_BYTES])
{
	uint8_t nonce[TAG_NONCE_BYTES];

	nonce_at(nonce, record, index, last);
	return tag_verify(record + RECORD_NONCE, ciphertext, len, nonce, key);
}
