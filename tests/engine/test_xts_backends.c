/* SPDX-License-Identifier: ISC */
/*
 * Every backend against a reference that is slow and plain, and against the
 * portable one: at every length and alignment that matters, in place and not,
 * next to pages that nothing may touch; and whether one in assembly minds the
 * rules for registers.  XTSCRYPT_TEST_SEED repeats a run, XTSCRYPT_TEST_QUICK
 * thins it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "arena.h"
#include "ref_xts.h"
#include "registers.h"
#include "tap.h"
#include "usable.h"
#include "xts.h"

#define MAX_BYTES (40 * 4096)
#define LONG_BYTES (1 << 21)
#define ALIGNMENTS 64

enum where { FRONT, BACK };

static const struct xts_backend *backend;
static struct arena in_arena, out_arena;
static uint8_t *input, *expected;
static struct arena key_arena, tweak_arena, keys_arena;
static uint8_t *key, *tweak;		/* these end where a guard starts */
static struct xts_keys *keys;
static size_t step = 1;			/* of lengths: more when quick */
static uint64_t seed;

/* Bytes that look random, the same for the same seed. */
static void
fill(uint8_t *buf, size_t len)
{
	uint8_t key_of_seed[randombytes_SEEDBYTES] = { 0 };

	memcpy(key_of_seed, &seed, sizeof(seed));
	randombytes_buf_deterministic(buf, len, key_of_seed);
	seed++;
}

/* With a tweak that soon carries, into any of its bytes. */
static void
new_keys(void)
{
	fill(key, XTS_KEY_BYTES);
	fill(tweak, 16);
	memset(tweak + 1, 0xff, tweak[15] % 16);
	tweak[0] |= 0xe0;
	backend->expand(keys, key);
}

static xts_run *
direction(bool encrypt)
{
	return encrypt ? backend->encrypt : backend->decrypt;
}

/* Call it; if it is in assembly, as a caller that minds its registers. */
static bool
call(xts_run *run, uint8_t *out, const uint8_t *in, size_t n, size_t unit)
{
#ifdef REGISTERS_BYTES
	struct registers after;
	size_t bad;

	if (backend != &xts_c) {
		registers_run(&after, run, out, in, n, unit, tweak, keys);
		bad = registers_bad(0, &after, NULL);
		if (bad < registers_count())
			registers_note(bad);
		return bad == registers_count();
	}
#endif
	run(out, in, n, unit, tweak, keys);
	return true;
}

/* A run of input, to expected, from and to buffers that are there already. */
static bool
good(uint8_t *out, uint8_t *in, size_t n, size_t unit, bool encrypt)
{
	size_t len = n * unit;

	memcpy(in, input, len);
	if (!call(direction(encrypt), out, in, n, unit))
		return false;
	if (memcmp(out, expected, len) != 0)
		return false;
	if (in != out && memcmp(in, input, len) != 0)
		return false;
	return arena_intact(&in_arena) && arena_intact(&out_arena);
}

/* Apart, and in place, with both ends of the buffer at a guard once. */
static bool
good_placed(size_t n, size_t unit, bool encrypt, enum where where)
{
	size_t len = n * unit;
	uint8_t *in, *out;

	in = where == FRONT ? arena_front(&in_arena, len, 0) :
	    arena_back(&in_arena, len);
	out = where == FRONT ? arena_front(&out_arena, len, 0) :
	    arena_back(&out_arena, len);
	if (!good(out, in, n, unit, encrypt))
		return false;
	arena_front(&in_arena, 0, 0);
	return good(out, out, n, unit, encrypt);
}

static bool
good_both(size_t n, size_t unit, bool encrypt)
{
	return good_placed(n, unit, encrypt, FRONT) &&
	    good_placed(n, unit, encrypt, BACK);
}

static void
expect(size_t n, size_t unit, bool encrypt)
{
	fill(input, n * unit);
	ref_xts(expected, input, n, unit, tweak, key, encrypt);
}

static void
test_schedules(void)
{
	uint8_t encrypt[15][16], decrypt[15][16], other[15][16];
	bool same = true;
	int i;

	for (i = 0; i < 100; i++) {
		new_keys();
		ref_expand(encrypt, key);
		ref_invert(decrypt, encrypt);
		ref_expand(other, key + 32);
		same &= memcmp(keys->encrypt, encrypt, 240) == 0;
		same &= memcmp(keys->decrypt, decrypt, 240) == 0;
		same &= memcmp(keys->tweak, other, 240) == 0;
	}
	tap_ok(same, "%s: schedules of 100 keys", backend->name);
}

static void
test_single_units(bool encrypt)
{
	size_t unit, bad = 0;

	new_keys();
	for (unit = XTS_UNIT_MIN; unit <= 4111; unit += step) {
		expect(1, unit, encrypt);
		if (!good_both(1, unit, encrypt) && bad++ < 10)
			tap_note("a unit of %zu bytes", unit);
	}
	tap_ok(bad == 0, "%s: %s one unit of 16 to 4111 bytes", backend->name,
	    encrypt ? "encrypt" : "decrypt");
}

static void
test_runs(size_t unit, bool encrypt)
{
	size_t n, bad = 0;

	for (n = 0; n <= 40; n++) {
		new_keys();
		expect(n, unit, encrypt);
		if (!good_both(n, unit, encrypt) && bad++ < 10)
			tap_note("%zu units", n);
	}
	tap_ok(bad == 0, "%s: %s 0 to 40 units of %zu bytes", backend->name,
	    encrypt ? "encrypt" : "decrypt", unit);
}

/* Input and output at every alignment, alone and together. */
static bool
good_aligned(size_t n, size_t unit, bool encrypt)
{
	size_t len = n * unit, a, b;
	uint8_t *in, *out;

	for (a = 0; a < ALIGNMENTS; a++) {
		for (b = 0; b < ALIGNMENTS; b += a % 8 == 0 ? 1 : 13) {
			in = arena_front(&in_arena, len, a);
			out = arena_front(&out_arena, len, b);
			if (!good(out, in, n, unit, encrypt)) {
				tap_note("alignment %zu to %zu", a, b);
				return false;
			}
		}
		arena_front(&in_arena, 0, 0);
		out = arena_front(&out_arena, len, a);
		if (!good(out, out, n, unit, encrypt)) {
			tap_note("alignment %zu, in place", a);
			return false;
		}
	}
	return true;
}

static void
test_alignments(bool encrypt)
{
	static const struct { size_t n, unit; } runs[] = {
		{ 1, 16 }, { 1, 17 }, { 1, 175 }, { 1, 1055 }, { 3, 512 },
		{ 1, 4111 }
	};
	size_t i, bad = 0;

	new_keys();
	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		expect(runs[i].n, runs[i].unit, encrypt);
		if (!good_aligned(runs[i].n, runs[i].unit, encrypt) &&
		    bad++ < 10)
			tap_note("%zu units of %zu bytes", runs[i].n,
			    runs[i].unit);
	}
	tap_ok(bad == 0, "%s: %s at all %d alignments", backend->name,
	    encrypt ? "encrypt" : "decrypt", ALIGNMENTS);
}

/* A run whose numbers pass 2^128 - 1, and continue at 0. */
static void
test_wrap(size_t unit)
{
	static const uint8_t last[16] = {
		0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
	};
	bool right = true;
	int i;

	new_keys();
	memcpy(tweak, last, 16);
	for (i = 0; i < 2; i++) {
		expect(40, unit, i == 0);
		right &= good_both(40, unit, i == 0);
	}
	tap_ok(right, "%s: 40 units of %zu bytes from 2^128 - 3 on",
	    backend->name, unit);
}

/* The tweak itself at every alignment, in front of a guard or not. */
static void
test_tweak_alignments(void)
{
	static const struct { size_t n, unit; } runs[] = {
		{ 1, 16 }, { 1, 1055 }, { 5, 512 }
	};
	uint8_t *end = tweak, *p;
	size_t i, bad = 0;

	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		for (p = end; p > end - 16; p--) {
			tweak = p;
			new_keys();
			expect(runs[i].n, runs[i].unit, true);
			bad += !good_both(runs[i].n, runs[i].unit, true);
			expect(runs[i].n, runs[i].unit, false);
			bad += !good_both(runs[i].n, runs[i].unit, false);
		}
	tweak = end;
	tap_ok(bad == 0, "%s: the tweak at 16 alignments", backend->name);
}

/* Long runs and long units, too many for the reference: as the portable one. */
static void
test_long(bool encrypt)
{
	uint8_t *buf = malloc(LONG_BYTES), *other = malloc(LONG_BYTES);
	size_t unit, n, bad = 0;
	int i;

	if (buf == NULL || other == NULL)
		tap_bail("no memory");
	for (i = 0; i < 12; i++) {
		new_keys();
		unit = i % 2 == 0 ? (size_t)512 << i :
		    LONG_BYTES / 2 + 512 * (size_t)i + 17 * (size_t)tweak[1];
		if (i % 3 == 0)
			unit = 512 * ((size_t)tweak[1] + 1);
		n = i % 2 == 0 ? LONG_BYTES / unit :
		    unit % 512 != 0 ? 1 : LONG_BYTES / unit;
		fill(buf, LONG_BYTES);
		memcpy(other, buf, LONG_BYTES);
		(encrypt ? xts_c.encrypt : xts_c.decrypt)(other, other, n,
		    unit, tweak, keys);
		if ((!call(direction(encrypt), buf, buf, n, unit) ||
		    memcmp(buf, other, LONG_BYTES) != 0) && bad++ < 10)
			tap_note("%zu units of %zu bytes", n, unit);
	}
	free(buf);
	free(other);
	tap_ok(bad == 0, "%s: %s long runs as portable does", backend->name,
	    encrypt ? "encrypt" : "decrypt");
}

static sigjmp_buf guarded;

static void
came_to_guard(int sig)
{
	(void)sig;
	siglongjmp(guarded, 1);
}

/* A run that is too long for its buffer comes to the guard behind that. */
static bool
comes_to_guard(size_t n, bool encrypt)
{
	struct sigaction action = { 0 }, segv, bus;
	uint8_t *buf = arena_back(&out_arena, 4 * 512);
	bool came;

	action.sa_handler = came_to_guard;
	sigaction(SIGSEGV, &action, &segv);
	sigaction(SIGBUS, &action, &bus);
	came = sigsetjmp(guarded, 1) != 0;
	if (!came)
		direction(encrypt)(buf, buf, n, 512, tweak, keys);
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	return came;
}

/* More units than 32 bits count are not taken for less. */
static void
test_count(void)
{
	size_t many = SIZE_MAX / 1024 + 2;	/* 1, of 32 bits */

	new_keys();
	tap_ok(!comes_to_guard(4, true) && comes_to_guard(5, true) &&
	    comes_to_guard(many, true) && comes_to_guard(many, false),
	    "%s: a number of units has all its bits", backend->name);
}

#define N_TESTS 17

static void
test_backend(void)
{
	const char *why = usable_not(backend);
	int i;

	if (why != NULL) {
		for (i = 0; i < N_TESTS; i++)
			tap_skip(why, "%s", backend->name);
		return;
	}
	test_schedules();
	for (i = 1; i >= 0; i--) {
		test_single_units(i);
		test_runs(512, i);
		test_runs(1024, i);
		test_runs(4096, i);
		test_alignments(i);
		test_long(i);
	}
	test_wrap(512);
	test_wrap(4096);
	test_tweak_alignments();
	test_count();
}

/* The reference itself, on the first example of FIPS 197 that is for us. */
static void
test_reference(void)
{
	static const uint8_t last[16] = {
		0x24, 0xfc, 0x79, 0xcc, 0xbf, 0x09, 0x79, 0xe9,
		0x37, 0x1a, 0xc2, 0x3c, 0x6d, 0x68, 0xde, 0x36
	};
	uint8_t schedule[15][16], k[32];
	int i;

	for (i = 0; i < 32; i++)
		k[i] = (uint8_t)i;
	ref_expand(schedule, k);
	tap_ok(memcmp(schedule[14], last, 16) == 0,
	    "the reference expands the key of FIPS 197, C.3");
}

static void
start(void)
{
	const char *text = getenv("XTSCRYPT_TEST_SEED");

	if (sodium_init() < 0)
		tap_bail("libsodium");
	randombytes_buf(&seed, sizeof(seed));
	if (text != NULL)
		seed = strtoull(text, NULL, 0);
	tap_note("XTSCRYPT_TEST_SEED=%#llx", (unsigned long long)seed);
	if (getenv("XTSCRYPT_TEST_QUICK") != NULL) {
		step = 19;
		tap_note("quick: one length in %zu", step);
	}
	arena_make(&in_arena, MAX_BYTES);
	arena_make(&out_arena, MAX_BYTES);
	arena_make(&key_arena, XTS_KEY_BYTES);
	arena_make(&tweak_arena, 16);
	arena_make(&keys_arena, sizeof(*keys));
	key = arena_back(&key_arena, XTS_KEY_BYTES);
	tweak = arena_back(&tweak_arena, 16);
	keys = (void *)arena_back(&keys_arena, sizeof(*keys));
	input = malloc(MAX_BYTES);
	expected = malloc(MAX_BYTES);
	if (input == NULL || expected == NULL)
		tap_bail("no memory");
}

int
main(void)
{
	const struct xts_backend *const *b;
	int n = 0;

	for (b = xts_backends; *b != NULL; b++)
		n++;
	tap_plan(1 + n * N_TESTS);
	start();
	test_reference();
	for (b = xts_backends; *b != NULL; b++) {
		backend = *b;
		test_backend();
	}
	arena_free(&in_arena);
	arena_free(&out_arena);
	arena_free(&key_arena);
	arena_free(&tweak_arena);
	arena_free(&keys_arena);
	free(input);
	free(expected);
	return tap_done();
}
