/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "segment.h"

#define RECORD_NONCE 16
#define AEAD_NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define LAST ((uint64_t)1 << 63)

/* Set the AEAD's nonce: the record's, then the segment's index, and last. */
static void
nonce_at(uint8_t nonce[AEAD_NONCE], const uint8_t record[LAYOUT_RECORD],
    uint64_t index, bool last)
{
	memcpy(nonce, record, RECORD_NONCE);
	bytes_store64(nonce + RECORD_NONCE, index + (last ? LAST : 0));
}

void
segment_tag(uint8_t record[LAYOUT_RECORD], const uint8_t *ciphertext,
    size_t len, uint64_t index, bool last, const uint8_t key[SEGMENT_KEY_BYTES])
{
	uint8_t nonce[AEAD_NONCE], nothing[1];

	randombytes_buf(record, RECORD_NONCE);
	nonce_at(nonce, record, index, last);
	crypto_aead_xchacha20poly1305_ietf_encrypt_detached(nothing,
	    record + RECORD_NONCE, NULL, NULL, 0, ciphertext, len, NULL, nonce,
	    key);
}

int
segment_check(const uint8_t record[LAYOUT_RECORD], const uint8_t *ciphertext,
    size_t len, uint64_t index, bool last, const uint8_t key[SEGMENT_KEY_BYTES])
{
	uint8_t nonce[AEAD_NONCE];

	nonce_at(nonce, record, index, last);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt_detached(NULL, NULL,
	    record, 0, record + RECORD_NONCE, ciphertext, len, nonce, key) != 0)
		return XC_E_DAMAGED;
	return XC_OK;
}
