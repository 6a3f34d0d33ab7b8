/* SPDX-License-Identifier: ISC */
/*
 * The portable backend: for every CPU, in constant time, and the reference for
 * the others.  A single block costs as much as a batch, so first tweaks are
 * encrypted for 32 units at a time; a unit of 512 bytes is one batch.
 */
#include <string.h>

#include <sodium.h>

#include "aes_c.h"
#include "bytes.h"
#include "xts_backend.h"

/*
 * Bytes of stack below the caller's frame in which a run or an expansion may
 * have left secrets: a known part, and then the frames of all that is called.
 * On x86-64 those took 2.1 KiB with gcc 12 and clang 14 at -O0, less with
 * optimization, and 7.4 KiB with sanitizers.  tests/engine/test_xts_leftovers.c
 * fails when this is no longer enough.
 */
#define FRAMES 8192
#define RUN_STACK (sizeof(struct run) + FRAMES)
#define EXPAND_STACK FRAMES

/* A run in progress. */
struct run {
	struct aes_c_keys data, tweak;
	uint8_t batch[AES_C_BATCH];
	uint8_t tweaks[AES_C_BATCH];	/* of the blocks in batch */
	uint8_t firsts[AES_C_BATCH];	/* first tweaks of the next units */
	bool decrypting;
};

/* Add 1 to a little-endian number. */
static void
count(uint8_t number[16])
{
	uint64_t low = bytes_load64(number) + 1;

	bytes_store64(number, low);
	bytes_store64(number + 8, bytes_load64(number + 8) + (low == 0));
}

/*
 * Set the tweaks of n blocks, from that of the first, and next to the one after
 * them: T * x in GF(2^128), little-endian, where x^128 is x^7 + x^2 + x + 1.
 * The top bit of each lane moves to the next lane, that of the last to the
 * first as 0x87.  Vectors avoid reading as one what was just written as two
 * words, which is slow.
 */
static void
fill_tweaks(uint8_t tweaks[AES_C_BATCH], uint8_t next[16], size_t n)
{
	const aes_c_vec carry = { 0x87, 1, 1, 1 };
	aes_c_vec t, tops;
	size_t i;

	aes_c_load(&t, next);
	for (i = 0; i < n; i++) {
		aes_c_store(tweaks + 16 * i, &t);
		tops = -(t >> 31);
		t = t << 1 ^ (aes_c_rotate(tops, 3) & carry);
	}
	aes_c_store(next, &t);
}

static inline void
add_blocks(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t n)
{
	aes_c_vec v, w;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&v, a + 16 * i, 16);
		memcpy(&w, b + 16 * i, 16);
		v ^= w;
		memcpy(out + 16 * i, &v, 16);
	}
}

/* Process up to 32 blocks, whose tweaks are in run. */
static void
crypt_blocks(struct run *run, uint8_t *out, const uint8_t *in, size_t n)
{
	add_blocks(run->batch, in, run->tweaks, n);
	if (run->decrypting)
		aes_c_decrypt(run->batch, &run->data);
	else
		aes_c_encrypt(run->batch, &run->data);
	add_blocks(out, run->batch, run->tweaks, n);
}

/*
 * Apply ciphertext stealing to the last whole block of a unit, whose tweak is
 * given, and the left bytes after it.  The block's result lends its end to
 * those bytes to make a whole block of them, which then takes its place.
 * Decryption uses the two tweaks in reverse order.
 */
static void
steal(struct run *run, uint8_t *out, const uint8_t *in, size_t left,
    uint8_t tweak[16])
{
	uint8_t stolen[16], tail[16];

	memcpy(tail, in + 16, left);
	fill_tweaks(run->tweaks, tweak, 2);
	memcpy(tweak, run->tweaks + (run->decrypting ? 0 : 16), 16);
	if (run->decrypting)
		memcpy(run->tweaks, run->tweaks + 16, 16);
	crypt_blocks(run, stolen, in, 1);

	memcpy(out + 16, stolen, left);
	memcpy(stolen, tail, left);
	memcpy(run->tweaks, tweak, 16);
	crypt_blocks(run, out, stolen, 1);
}

static void
crypt_unit(struct run *run, uint8_t *out, const uint8_t *in, size_t unit,
    uint8_t tweak[16])
{
	size_t left = unit % 16;
	size_t whole = unit - left - (left == 0 ? 0 : 16);
	size_t part;

	for (; whole > 0; whole -= part) {
		part = whole < AES_C_BATCH ? whole : AES_C_BATCH;
		fill_tweaks(run->tweaks, tweak, part / 16);
		crypt_blocks(run, out, in, part / 16);
		out += part;
		in += part;
	}
	if (left != 0)
		steal(run, out, in, left, tweak);
}

/* Keep it out of its caller, which wipes all that it leaves on the stack. */
__attribute__((noinline)) static void
crypt_run(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const struct xts_keys *keys, bool decrypting)
{
	struct run run;
	uint8_t number[16];
	size_t i, units;

	run.decrypting = decrypting;
	if (decrypting)
		aes_c_slice_decrypt(&run.data, keys->decrypt);
	else
		aes_c_slice_encrypt(&run.data, keys->encrypt);
	aes_c_slice_encrypt(&run.tweak, keys->tweak);

	/* A batch that is not full is still processed whole. */
	memset(run.batch, 0, sizeof(run.batch));
	memset(run.firsts, 0, sizeof(run.firsts));

	memcpy(number, tweak, 16);
	for (; n > 0; n -= units) {
		units = n < AES_C_BLOCKS ? n : AES_C_BLOCKS;
		for (i = 0; i < units; i++) {
			memcpy(run.firsts + 16 * i, number, 16);
			count(number);
		}
		aes_c_encrypt(run.firsts, &run.tweak);
		for (i = 0; i < units; i++) {
			crypt_unit(&run, out, in, unit, run.firsts + 16 * i);
			out += unit;
			in += unit;
		}
	}
}

static void
xts_c_encrypt(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const struct xts_keys *keys)
{
	crypt_run(out, in, n, unit, tweak, keys, false);
	sodium_stackzero(RUN_STACK);
}

static void
xts_c_decrypt(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const struct xts_keys *keys)
{
	crypt_run(out, in, n, unit, tweak, keys, true);
	sodium_stackzero(RUN_STACK);
}

static void
xts_c_expand(struct xts_keys *keys, const uint8_t key[64])
{
	aes_c_expand(keys->encrypt, key);
	aes_c_invert(keys->decrypt, keys->encrypt);
	aes_c_expand(keys->tweak, key + 32);
	sodium_stackzero(EXPAND_STACK);
}

static bool
xts_c_usable(void)
{
	return true;
}

const struct xts_backend xts_c = {
	"portable", xts_c_usable, xts_c_expand, xts_c_encrypt, xts_c_decrypt
};

#if !defined(ASM_X86_64) && !defined(ASM_ARM64)
const struct xts_code xts_code[] = { { NULL, NULL, NULL } };
#endif
