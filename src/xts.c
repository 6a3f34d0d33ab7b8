/* SPDX-License-Identifier: ISC */
/*
 * The one door to the backends: chooses one, checks what they take for granted,
 * and finds the keys of each part of a payload.
 */
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "xts.h"

/* Room for the frames of libsodium's hash, which it does not wipe. */
#define STACK 4096

#define KEY_BYTES crypto_kdf_KEYBYTES
#define CONTEXT "xtc-span"

struct xts_payload {
	struct xts_keys keys;	/* of the span in use */
	uint64_t span;
	bool expanded;		/* whether there is one yet */
	struct layout layout;
	uint8_t layout_key[KEY_BYTES];
};

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
 * of the runs below, so that it shows a backend's every part at work: the first
 * and later groups of a long run, every short remainder, and stealing.  Key
 * byte i is i, byte i of each plaintext (i^2 + 7 i + 13) mod 251, and the first
 * tweak 2^64 - 5.  testdata/README tells how it was made, without this code.
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

/* One run there and back; what was there goes into the hash. */
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

/* A backend that fails its test is no reason to take another one in silence. */
enum xc_err
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

/* Whether two objects share no byte. */
static bool
disjoint(const void *a, size_t alen, const void *b, size_t blen)
{
	uintptr_t p = (uintptr_t)a, q = (uintptr_t)b;

	return p < q ? q - p >= alen : alen == 0 || p - q >= blen;
}

enum xc_err
xts_expand(struct xts_keys *keys, const uint8_t key[XTS_KEY_BYTES])
{
	if (!disjoint(keys, sizeof(*keys), key, XTS_KEY_BYTES))
		return XC_E_BUFFER;
	if (sodium_memcmp(key, key + XTS_KEY_BYTES / 2, XTS_KEY_BYTES / 2) == 0)
		return XC_E_KEYS;
	chosen->expand(keys, key);
	return XC_OK;
}

/* Whether two buffers are the same or disjoint, and end where addresses do. */
static bool
buffers_valid(const uint8_t *out, const uint8_t *in, size_t len)
{
	if (len > UINTPTR_MAX - (uintptr_t)out ||
	    len > UINTPTR_MAX - (uintptr_t)in)
		return false;
	return out == in || disjoint(out, len, in, len);
}

enum xc_err
xts_units(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const struct xts_keys *keys,
    enum xts_direction direction)
{
	if (unit < XTS_UNIT_MIN || unit > XTS_UNIT_MAX)
		return XC_E_UNIT;
	if (n != 1 && unit % 512 != 0)
		return XC_E_UNIT;
	if (n > SIZE_MAX / unit || !buffers_valid(out, in, n * unit))
		return XC_E_BUFFER;

	/* proofs/contract.py assumes this; where the stack is C cannot tell. */
	if (!disjoint(out, n * unit, tweak, 16) ||
	    !disjoint(out, n * unit, keys, sizeof(*keys)))
		return XC_E_BUFFER;

	if (direction == XTS_ENCRYPT)
		chosen->encrypt(out, in, n, unit, tweak, keys);
	else
		chosen->decrypt(out, in, n, unit, tweak, keys);
	return XC_OK;
}

enum xc_err
xts_payload_new(struct xts_payload **payload, const struct layout *layout,
    const uint8_t layout_key[32])
{
	/* Aligned, since its size is and sodium_malloc ends at a page. */
	struct xts_payload *p = sodium_malloc(sizeof(*p));

	if (p == NULL)
		return XC_E_NOMEM;
	p->expanded = false;
	p->layout = *layout;
	memcpy(p->layout_key, layout_key, sizeof(p->layout_key));
	*payload = p;
	return XC_OK;
}

void
xts_payload_free(struct xts_payload *payload)
{
	sodium_free(payload);
}

/* Make span the one in use. */
static enum xc_err
payload_use(struct xts_payload *p, uint64_t span)
{
	uint8_t key[XTS_KEY_BYTES];
	enum xc_err err;

	if (p->expanded && p->span == span)
		return XC_OK;
	crypto_kdf_derive_from_key(key, sizeof(key), span, CONTEXT,
	    p->layout_key);
	err = xts_expand(&p->keys, key);
	p->expanded = err == XC_OK;
	p->span = span;
	sodium_memzero(key, sizeof(key));
	sodium_stackzero(STACK);
	return err;
}

/* Units of one length, the first of which starts at offset, in one span. */
static enum xc_err
payload_units(struct xts_payload *p, uint8_t *out, const uint8_t *in, size_t n,
    size_t unit, uint64_t offset, enum xts_direction direction)
{
	uint8_t tweak[16] = { 0 };
	enum xc_err err;

	if ((err = payload_use(p, offset >> p->layout.span)) != XC_OK)
		return err;
	bytes_store64(tweak, offset / p->layout.sector);
	return xts_units(out, in, n, unit, tweak, &p->keys, direction);
}

/* How many whole sectors from offset on, out of n, are in one span. */
static size_t
payload_together(const struct layout *layout, uint64_t offset, size_t n)
{
	uint64_t span = (uint64_t)1 << layout->span;
	uint64_t left = (span - offset % span) / layout->sector;

	return n < left ? n : (size_t)left;
}

enum xc_err
xts_payload_crypt(struct xts_payload *payload, uint8_t *out, const uint8_t *in,
    size_t len, uint64_t offset, bool last, enum xts_direction direction)
{
	size_t sector = payload->layout.sector;
	size_t tail = len % sector, n, whole;
	enum xc_err err;

	if (tail != 0 && (!last || len < XTS_UNIT_MIN))
		return XC_E_UNIT;
	if (offset % sector != 0 || offset > LAYOUT_LENGTH_MAX ||
	    len > LAYOUT_LENGTH_MAX - offset)
		return XC_E_UNIT;
	if (!buffers_valid(out, in, len))
		return XC_E_BUFFER;

	/* Too short for a unit of its own: it lengthens the one before. */
	if (tail != 0 && tail < XTS_UNIT_MIN)
		tail += sector;

	for (whole = (len - tail) / sector; whole > 0; whole -= n) {
		n = payload_together(&payload->layout, offset, whole);
		err = payload_units(payload, out, in, n, sector, offset,
		    direction);
		if (err != XC_OK)
			return err;
		out += n * sector;
		in += n * sector;
		offset += n * sector;
	}
	if (tail == 0)
		return XC_OK;
	return payload_units(payload, out, in, 1, tail, offset, direction);
}
