/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "poly1305.h"
#include "tag.h"

#define BLOCK 16

/* Derive the key of one message, from a nonce of 16 and 8 bytes. */
static void
message_key(uint8_t once[32], const uint8_t nonce[TAG_NONCE_BYTES],
    const uint8_t key[TAG_KEY_BYTES])
{
	uint8_t subkey[32], rest[12] = { 0 };

	memcpy(rest + 4, nonce + 16, 8);
	crypto_core_hchacha20(subkey, nonce, key, NULL);
	crypto_stream_chacha20_ietf(once, 32, rest, subkey);
	sodium_memzero(subkey, sizeof(subkey));
}

/* The message is the data, zeros to a whole block, and the two lengths. */
void
tag_compute(uint8_t tag[TAG_BYTES], const uint8_t *data, size_t len,
    const uint8_t nonce[TAG_NONCE_BYTES], const uint8_t key[TAG_KEY_BYTES])
{
	uint8_t once[32], end[2 * BLOCK] = { 0 };
	size_t rest = len % BLOCK, last = rest == 0 ? 1 : 2;

	if (rest != 0)
		memcpy(end, data + (len - rest), rest);
	bytes_store64(end + (last - 1) * BLOCK, len);
	message_key(once, nonce, key);
	poly1305_chosen()->run(tag, data, len / BLOCK, end, last, once);
	sodium_memzero(once, sizeof(once));
}

int
tag_verify(const uint8_t tag[TAG_BYTES], const uint8_t *data, size_t len,
    const uint8_t nonce[TAG_NONCE_BYTES], const uint8_t key[TAG_KEY_BYTES])
{
	uint8_t right[TAG_BYTES];
	int bad;

	tag_compute(right, data, len, nonce, key);
	bad = sodium_memcmp(tag, right, sizeof(right));
	sodium_memzero(right, sizeof(right));
	return bad == 0 ? XC_OK : XC_E_DAMAGED;
}
