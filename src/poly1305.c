/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "poly1305.h"

static bool
always(void)
{
	return true;
}

static void
run_sodium(uint8_t tag[16], const uint8_t *in, size_t n, const uint8_t *end,
    size_t last, const uint8_t key[32])
{
	crypto_onetimeauth_state state;

	crypto_onetimeauth_init(&state, key);
	crypto_onetimeauth_update(&state, in, n * 16);
	crypto_onetimeauth_update(&state, end, last * 16);
	crypto_onetimeauth_final(&state, tag);
	sodium_memzero(&state, sizeof(state));
}

const struct poly1305_backend poly1305_sodium = {
	"sodium", always, run_sodium
};

const struct poly1305_backend *const poly1305_backends[] = {
#ifdef ASM_X86_64
	&poly1305_ifma, &poly1305_avx2,
#endif
#ifdef ASM_ARM64
	&poly1305_mul64,
#endif
	&poly1305_sodium, NULL
};

static const struct poly1305_backend *in_use = &poly1305_sodium;

/*
 * The known answer is the sum of the tags of n blocks, then 0 to 2 more, for
 * n from 0 to 40: every part of a backend, and each number of blocks that a
 * group leaves.  Byte i of the message is (i^2 + 7 i + 13) mod 251, and byte i
 * of the key 255 - i.  testdata/README says how it was computed, without this
 * code.
 */
#define TEST_BLOCKS 40

static const uint8_t tags_answer[16] = {
	0x05, 0xaf, 0x4a, 0x1d, 0xe5, 0x65, 0x08, 0x42,
	0x32, 0xe0, 0xea, 0x72, 0xba, 0x9b, 0xac, 0xb3
};

static bool
tags_right(const struct poly1305_backend *backend)
{
	uint8_t message[(TEST_BLOCKS + 2) * 16], key[32], tag[16];
	uint8_t sum[16] = { 0 };
	size_t i, n;

	for (i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)((i * i + 7 * i + 13) % 251);
	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)(255 - i);
	for (n = 0; n <= TEST_BLOCKS; n++) {
		backend->run(tag, message, n, message + n * 16, n % 3, key);
		sodium_add(sum, tag, sizeof(sum));
	}
	return memcmp(sum, tags_answer, sizeof(sum)) == 0;
}

/* A backend that fails its test is an error: none is substituted silently. */
int
poly1305_choose(const char *name)
{
	const struct poly1305_backend *const *b;

	for (b = poly1305_backends; *b != NULL; b++)
		if (name == NULL ? (*b)->usable() :
		    strcmp(name, (*b)->name) == 0)
			break;
	if (*b == NULL)
		return XC_E_BACKEND;
	if (!(*b)->usable())
		return XC_E_CPU;
	if (!tags_right(*b))
		return XC_E_SELFTEST;
	in_use = *b;
	return XC_OK;
}

const struct poly1305_backend *
poly1305_chosen(void)
{
	return in_use;
}
