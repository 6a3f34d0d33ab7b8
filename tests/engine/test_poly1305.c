/* SPDX-License-Identifier: ISC */
/*
 * Every backend for Poly1305: the vectors of RFC 8439, blocks and keys at the
 * bounds of limbs, every number of blocks against libsodium and next to pages
 * that nothing may touch, at every alignment; what it does to registers and
 * leaves in them; and tags of every length against libsodium's AEAD.
 * XTSCRYPT_TEST_ALL takes a million random messages.
 */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "arena.h"
#include "backend.h"
#include "registers.h"
#include "tag.h"
#include "tap.h"
#include "xts.h"
#include "poly1305.c"

#define MAX_BYTES (1 << 20)		/* the longest segment */
#define MAX_BLOCKS 300
#define TAG_MAX 4096

static const struct poly1305_backend *backend;
static struct arena in_arena, end_arena, key_arena, tag_arena;
static uint8_t *message;

/* Call it; if it is in assembly, as a caller that minds its registers. */
static bool
call(uint8_t tag[16], const uint8_t *in, size_t n, const uint8_t *end,
    size_t last, const uint8_t key[32])
{
#ifdef REGISTERS_BYTES
	struct registers after;
	size_t bad;

	/* Its six arguments are of the same kinds as those of an XTS run. */
	if (backend != &poly1305_sodium) {
		registers_run(&after, (xts_run *)(void (*)(void))backend->run,
		    tag, in, n, (size_t)(uintptr_t)end,
		    (const uint8_t *)(uintptr_t)last,
		    (const struct xts_keys *)(const void *)key);
		bad = registers_bad(0, &after, NULL);
		if (bad < registers_count())
			registers_note(bad);
		return bad == registers_count();
	}
#endif
	backend->run(tag, in, n, end, last, key);
	return true;
}

static bool
same(const uint8_t *in, size_t n, const uint8_t *end, size_t last,
    const uint8_t key[32])
{
	uint8_t tag[16], right[16];

	poly1305_sodium.run(right, in, n, end, last, key);
	return call(tag, in, n, end, last, key) && memcmp(tag, right, 16) == 0;
}

struct vector {
	const char *id, *key, *message, *tag;
};

/* RFC 8439, A.3, those of whole blocks; a message is a sum of strings. */
#define ZERO "00000000000000000000000000000000"
#define ONES "ffffffffffffffffffffffffffffffff"
#define ONE "01000000000000000000000000000000"
#define TWO "02000000000000000000000000000000"
#define WORDS "01000000000000000400000000000000"

static const struct vector vectors[] = {
	{ "1", ZERO ZERO, ZERO ZERO ZERO ZERO, ZERO },
	{ "7", TWO ZERO, ONES, "03000000000000000000000000000000" },
	{ "8", TWO ONES, TWO, "03000000000000000000000000000000" },
	{ "9", ONE ZERO, ONES "f0ffffffffffffffffffffffffffffff"
	    "11000000000000000000000000000000",
	    "05000000000000000000000000000000" },
	{ "10", ONE ZERO, ONES "fbfefefefefefefefefefefefefefefe"
	    "01010101010101010101010101010101", ZERO },
	{ "11", TWO ZERO, "fdffffffffffffffffffffffffffffff",
	    "faffffffffffffffffffffffffffffff" },
	{ "12", WORDS ZERO, "e33594d7505e43b90000000000000000"
	    "3394d7505e4379cd0100000000000000" ZERO ONE,
	    "14000000000000005500000000000000" },
	{ "13", WORDS ZERO, "e33594d7505e43b90000000000000000"
	    "3394d7505e4379cd0100000000000000" ZERO,
	    "13000000000000000000000000000000" }
};

static bool
vector_good(const struct vector *v)
{
	uint8_t key[32], in[64], right[16], tag[16];
	size_t len;

	if (sodium_hex2bin(key, 32, v->key, 64, NULL, &len, NULL) != 0 ||
	    sodium_hex2bin(in, 64, v->message, strlen(v->message), NULL, &len,
	    NULL) != 0 || sodium_hex2bin(right, 16, v->tag, 32, NULL, NULL,
	    NULL) != 0)
		tap_bail("a vector that is no hexadecimal number");
	return call(tag, in, len / 16, NULL, 0, key) &&
	    memcmp(tag, right, 16) == 0 &&
	    call(tag, NULL, 0, in, len / 16, key) &&
	    memcmp(tag, right, 16) == 0;
}

static void
test_vectors(void)
{
	bool good = true;

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		if (!vector_good(&vectors[i])) {
			tap_note("RFC 8439, A.3, vector %s", vectors[i].id);
			good = false;
		}
	tap_ok(good, "%s: vectors of RFC 8439", backend->name);
}

/* A block or half a key of ones, of zeros, p - 1 or p + 1, or of both bits. */
static void
extreme(uint8_t b[16])
{
	uint32_t kind = randombytes_uniform(6);

	memset(b, kind < 4 ? 0xff : 0, 16);
	if (kind == 1 || kind == 2)
		b[0] = (uint8_t)(0xf9 + randombytes_uniform(5));
	if (kind == 3)
		b[randombytes_uniform(16)] = 0;
	if (kind == 5)
		for (size_t i = 0; i < 16; i++)
			b[i] = randombytes_uniform(2) ? 0xff : 0;
}

static void
test_extremes(void)
{
	uint8_t key[32];
	bool good = true;
	size_t n, i;

	for (n = 0; n < MAX_BLOCKS; n++) {
		extreme(key);
		extreme(key + 16);
		for (i = 0; i < n + 2; i++)
			extreme(message + 16 * i);
		if (n % 3 == 0)
			memset(message, 0xff, 16 * (n + 2));
		good &= same(message, n, message + 16 * n, n % 3, key);
	}
	tap_ok(good, "%s: blocks and keys at their bounds", backend->name);
}

/* n blocks with a guard on either side, at an alignment, and last more. */
static bool
guarded(size_t n, size_t last, size_t offset)
{
	uint8_t right[16], *tag = arena_back(&tag_arena, 16), *in, *end, *key;

	in = offset == 64 ? arena_back(&in_arena, 16 * n) :
	    arena_front(&in_arena, 16 * n, offset);
	end = arena_back(&end_arena, 16 * last);
	key = arena_back(&key_arena, 32);
	randombytes_buf(in, 16 * n);
	randombytes_buf(end, 16 * last);
	randombytes_buf(key, 32);
	poly1305_sodium.run(right, in, n, end, last, key);
	return call(tag, in, n, end, last, key) &&
	    memcmp(tag, right, 16) == 0 && arena_intact(&tag_arena) &&
	    arena_intact(&in_arena) && arena_intact(&end_arena) &&
	    arena_intact(&key_arena);
}

static void
test_guarded(void)
{
	bool good = true;
	size_t n, offset;

	for (n = 0; n < MAX_BLOCKS; n++)
		good &= guarded(n, n % 3, 64) && guarded(n, n / 3 % 3, 0);
	for (offset = 1; offset < 64; offset++)
		good &= guarded(37, 2, offset);
	for (n = 4096; n <= MAX_BYTES; n *= 2)
		good &= guarded(n / 16, 1, 64);
	tap_ok(good, "%s: as libsodium, and nothing else is touched",
	    backend->name);
}

static void
test_random(void)
{
	size_t count = getenv("XTSCRYPT_TEST_ALL") != NULL ? 1000000 : 20000, n;
	uint8_t key[32], tag[16], right[16], *at;
	bool good = true;

	for (size_t i = 0; i < count; i++) {
		n = randombytes_uniform(256 + 1);
		at = message + i % 256;
		if (i % 8192 == 0)
			randombytes_buf(message, MAX_BYTES);
		if (i % 4096 == 0)
			n = MAX_BYTES / 16 - 2;
		randombytes_buf(key, sizeof(key));
		poly1305_sodium.run(right, at, n, message + 16 * n, i % 3, key);
		backend->run(tag, at, n, message + 16 * n, i % 3, key);
		good &= memcmp(tag, right, 16) == 0;
	}
	tap_ok(good, "%s: %zu random messages", backend->name, count);
}

static void
test_tags(void)
{
	uint8_t tag[16], right[16], nonce[24], key[32], nothing[1];
	bool good = true;

	for (size_t len = 0; len <= TAG_MAX; len++) {
		randombytes_buf(key, sizeof(key));
		randombytes_buf(nonce, sizeof(nonce));
		crypto_aead_xchacha20poly1305_ietf_encrypt_detached(nothing,
		    right, NULL, NULL, 0, message, len, NULL, nonce, key);
		tag_compute(tag, message, len, nonce, key);
		good &= memcmp(tag, right, 16) == 0 &&
		    tag_verify(tag, message, len, nonce, key) == XC_OK;
		tag[len % 16] ^= (uint8_t)(1 << len / 16 % 8);
		good &= tag_verify(tag, message, len, nonce, key) ==
		    XC_E_DAMAGED;
	}
	tap_ok(good, "%s: tags of 0 to %d bytes", backend->name, TAG_MAX);
}

#ifdef REGISTERS_BYTES

/* The same call again and again with other secrets: registers do not tell. */
static void
test_registers(void)
{
	static const size_t lengths[] = { 0, 1, 7, 8, 9, 16, 17, 40, 256 };
	struct registers first, after;
	uint8_t key[32], tag[16];
	bool clean = true;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (int round = 0; round < 8; round++) {
			randombytes_buf(key, 32);
			randombytes_buf(message, 16 * 260);
			registers_run(&after,
			    (xts_run *)(void (*)(void))backend->run, tag,
			    message, lengths[i],
			    (size_t)(uintptr_t)(message + 16 * lengths[i]),
			    (const uint8_t *)(uintptr_t)(i % 3),
			    (const struct xts_keys *)(const void *)key);
			if (round == 0)
				first = after;
			if (registers_bad(0, &after, &first) <
			    registers_count()) {
				registers_note(registers_bad(0, &after,
				    &first));
				clean = false;
			}
		}
	tap_ok(clean, "%s: registers are clean after a tag", backend->name);
}

#define N_REGISTERS 1

#else

static void
test_registers(void)
{
}

#define N_REGISTERS 0

#endif

#define N_TESTS 6

static int
count_tests(const struct poly1305_backend *b)
{
	return N_TESTS + (b == &poly1305_sodium ? 0 : N_REGISTERS);
}

static void
test_backend(void)
{
	if (!backend->usable()) {
		for (int i = 0; i < count_tests(backend); i++)
			tap_skip("this CPU cannot run it", "%s",
			    backend->name);
		return;
	}
	tap_ok(poly1305_choose(backend->name) == XC_OK &&
	    poly1305_chosen() == backend, "%s: chosen", backend->name);
	test_vectors();
	test_extremes();
	test_guarded();
	test_random();
	test_tags();
	if (backend != &poly1305_sodium)
		test_registers();
}

static size_t wrong_at;

/* Wrong for one number of blocks. */
static void
run_wrong(uint8_t tag[16], const uint8_t *in, size_t n, const uint8_t *end,
    size_t last, const uint8_t key[32])
{
	run_sodium(tag, in, n, end, last, key);
	if (n == wrong_at)
		tag[n % 16] ^= 1;
}

static void
test_selftest(void)
{
	const struct poly1305_backend wrong = { "wrong", always, run_wrong };
	bool good = true;

	for (wrong_at = 0; wrong_at <= TEST_BLOCKS; wrong_at++)
		good &= !tags_right(&wrong);
	tap_ok(good && tags_right(&wrong), "the self-test detects a backend "
	    "that is wrong for one of %d lengths", TEST_BLOCKS + 1);
}

static void
test_choice(void)
{
	const struct poly1305_backend *const *b = poly1305_backends;

	tap_ok(poly1305_chosen() == &poly1305_sodium, "libsodium's at first");
	tap_ok(backend_choose("") == XC_E_BACKEND &&
	    backend_choose("sodium,") == XC_E_BACKEND &&
	    backend_choose("sodium,nonsense") == XC_E_BACKEND &&
	    backend_choose("sodium,portable,sodium") == XC_E_BACKEND &&
	    backend_choose("portable,portable") == XC_E_BACKEND &&
	    backend_choose("a name of more than 16 bytes") == XC_E_BACKEND,
	    "an unknown name, or two of a kind, is an error");
	tap_ok(backend_choose("sodium,portable") == XC_OK &&
	    poly1305_chosen() == &poly1305_sodium && xts_chosen() == &xts_c,
	    "one of each kind");
	while (!(*b)->usable())
		b++;
	tap_ok(backend_choose("portable") == XC_OK && poly1305_chosen() == *b,
	    "the fastest of a kind that is not named");
}

int
main(void)
{
	const struct poly1305_backend *const *b;
	int n = 5;

	if (sodium_init() < 0)
		tap_bail("libsodium");
	if ((message = malloc(MAX_BYTES + 4096)) == NULL)
		tap_bail("no memory");
	arena_make(&in_arena, MAX_BYTES);
	arena_make(&end_arena, 32);
	arena_make(&key_arena, 32);
	arena_make(&tag_arena, 16);

	for (b = poly1305_backends; *b != NULL; b++)
		n += count_tests(*b);
	tap_plan(n);
	test_choice();
	test_selftest();
	for (b = poly1305_backends; *b != NULL; b++) {
		backend = *b;
		test_backend();
	}
	arena_free(&in_arena);
	arena_free(&end_arena);
	arena_free(&key_arena);
	arena_free(&tag_arena);
	free(message);
	return tap_done();
}
