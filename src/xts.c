/* SPDX-License-Identifier: ISC */
/*
 * The only entry to the backends: chooses one, and checks what they assume.
 */
#include <string.h>

#include <sodium.h>

#include "xts.h"

const struct xts_backend *const xts_backends[] = {
#ifdef ASM_X86_64
	&xts_vaes512, &xts_vaes256, &xts_aesni,
#endif
#ifdef ASM_ARM64
	&xts_arm64,
#endif
	&xts_c, NULL
};

static const struct xts_backend *chosen;

/*
 * The known answer is a BLAKE2b-256 of three schedules and of the ciphertexts
 * of the runs below, which together use every part of a backend: the first and
 * later groups of a long run, every short remainder, and ciphertext stealing.
 * Key byte i is i, byte i of each plaintext (i^2 + 7 i + 13) mod 251, and the
 * first tweak 2^64 - 5.  testdata/README says how it was computed, without this
 * code.
 */
#define TEST_BYTES (9 * 512)

static const struct { size_t n, unit; } test_runs[] = {
	{ 9, 512 }, { 2, 2048 }, { 1, 4109 }, { 1, 160 }, { 1, 17 },
	{ 1, 16 }, { 1, 32 }, { 1, 48 }, { 1, 64 }, { 1, 80 }, { 1, 96 },
	{ 1, 112 }, { 1, 128 }
};

static const uint8_t test_answer[32] = {
	0x01, 0xbd, 0xfb, 0x2c, 0xfa, 0x08, 0xd5, 0xf9,
	0xb8, 0x48, 0xa2, 0xb4, 0xdb, 0x89, 0x72, 0x7b,
	0x16, 0x6e, 0xe5, 0x7d, 0x54, 0x5b, 0x68, 0x51,
	0x34, 0x30, 0xab, 0x1d, 0x86, 0x68, 0x82, 0x4c
};

/* Encrypt a run and decrypt it again; the hash gets the ciphertext. */
static bool
test_run(crypto_generichash_state *hash, const struct xts_backend *backend,
    size_t n, size_t unit, const struct xts_keys *keys)
{
	uint8_t plain[TEST_BYTES], cipher[TEST_BYTES], tweak[16] = { 0 };
	size_t i;

	for (i = 0; i < n * unit; i++)
		plain[i] = (uint8_t)((i * i + 7 * i + 13) % 251);
	memset(tweak, 0xff, 8);
	tweak[0] = 0xfb;

	backend->encrypt(cipher, plain, n, unit, tweak, keys);
	crypto_generichash_update(hash, cipher, n * unit);
	backend->decrypt(cipher, cipher, n, unit, tweak, keys);
	return memcmp(cipher, plain, n * unit) == 0;
}

static bool
test_passes(const struct xts_backend *backend)
{
	crypto_generichash_state hash;
	struct xts_keys keys;
	uint8_t key[XTS_KEY_BYTES], answer[sizeof(test_answer)];
	bool good = true;
	size_t i;

	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	crypto_generichash_init(&hash, NULL, 0, sizeof(answer));

	backend->expand(&keys, key);
	crypto_generichash_update(&hash, keys.encrypt, sizeof(keys.encrypt));
	crypto_generichash_update(&hash, keys.decrypt, sizeof(keys.decrypt));
	crypto_generichash_update(&hash, keys.tweak, sizeof(keys.tweak));
	for (i = 0; i < sizeof(test_runs) / sizeof(test_runs[0]); i++)
		good &= test_run(&hash, backend, test_runs[i].n,
		    test_runs[i].unit, &keys);

	crypto_generichash_final(&hash, answer, sizeof(answer));
	return good && memcmp(answer, test_answer, sizeof(answer)) == 0;
}

/* A backend that fails its test is an error: none is substituted silently. */
int
xts_choose(const char *name)
{
	const struct xts_backend *const *b;

	for (b = xts_backends; *b != NULL; b++)
		if (name == NULL ? (*b)->usable() :
		    strcmp(name, (*b)->name) == 0)
			break;
	if (*b == NULL)
		return XC_E_BACKEND;
	if (!(*b)->usable())
		return XC_E_CPU;
	if (!test_passes(*b))
		return XC_E_SELFTEST;
	chosen = *b;
	return XC_OK;
}

const struct xts_backend *
xts_chosen(void)
{
	return chosen;
}

/* Do two objects share no byte? */
static bool
disjoint(const void *a, size_t alen, const void *b, size_t blen)
{
	uintptr_t p = (uintptr_t)a, q = (uintptr_t)b;

	return p < q ? q - p >= alen : alen == 0 || p - q >= blen;
}

int
xts_expand(struct xts_keys *keys, const uint8_t key[XTS_KEY_BYTES])
{
	if (!disjoint(keys, sizeof(*keys), key, XTS_KEY_BYTES))
		return XC_E_BUFFER;
	if (sodium_memcmp(key, key + XTS_KEY_BYTES / 2, XTS_KEY_BYTES / 2) == 0)
		return XC_E_KEYS;
	chosen->expand(keys, key);
	return XC_OK;
}

bool
xts_buffers_valid(const uint8_t *out, const uint8_t *in, size_t len)
{
	if (len > UINTPTR_MAX - (uintptr_t)out ||
	    len > UINTPTR_MAX - (uintptr_t)in)
		return false;
	return out == in || disjoint(out, len, in, len);
}

int
xts_units(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const struct xts_keys *keys,
    enum xts_direction direction)
{
	if (unit < XTS_UNIT_MIN || unit > XTS_UNIT_MAX)
		return XC_E_UNIT;
	if (n != 1 && unit % 512 != 0)
		return XC_E_UNIT;
	if (n > SIZE_MAX / unit || !xts_buffers_valid(out, in, n * unit))
		return XC_E_BUFFER;

	/*
	 * proofs/contract.py assumes this; it also assumes that the stack is
	 * disjoint, which C cannot check.
	 */
	if (!disjoint(out, n * unit, tweak, 16) ||
	    !disjoint(out, n * unit, keys, sizeof(*keys)))
		return XC_E_BUFFER;

	if (direction == XTS_ENCRYPT)
		chosen->encrypt(out, in, n, unit, tweak, keys);
	else
		chosen->decrypt(out, in, n, unit, tweak, keys);
	return XC_OK;
}
