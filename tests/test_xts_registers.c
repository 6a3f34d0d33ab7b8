/* SPDX-License-Identifier: ISC */
/*
 * What assembly leaves in registers.  A vector register must be zero, or as it
 * was before the call; a general one must be the same after other secrets.
 */
#include <string.h>

#include <sodium.h>

#include "registers.h"
#include "tap.h"
#include "xts_backend.h"

#if defined(__aarch64__) && !defined(NO_ASM)

static const struct { size_t n, unit; } runs[] = {
	{ 0, 512 }, { 1, 16 }, { 1, 17 }, { 1, 100 }, { 1, 143 }, { 1, 160 },
	{ 1, 512 }, { 1, 1111 }, { 3, 512 }, { 2, 4096 }
};

#define N_RUNS (sizeof(runs) / sizeof(runs[0]))
#define MAX_BYTES (2 * 4096)

static struct xts_keys keys;
static uint8_t key[64], tweak[16], data[MAX_BYTES], buf[MAX_BYTES];

static void
new_secrets(void)
{
	randombytes_buf(key, sizeof(key));
	randombytes_buf(tweak, sizeof(tweak));
	randombytes_buf(data, sizeof(data));
	xts_arm64.expand(&keys, key);
}

static bool
filled(const uint8_t *bytes, size_t len, uint8_t with)
{
	while (len > 0 && bytes[len - 1] == with)
		len--;
	return len == 0;
}

/* v8 to v15 have their low halves back, and lose the high ones. */
static bool
vectors_good(const struct registers *after)
{
	size_t i, kept;
	bool good = true;

	for (i = 0; i < 32; i++) {
		kept = i >= 8 && i < 16 ? 8 : 0;
		if (filled(after->v[i], 16, REGISTERS_PATTERN))
			continue;
		if (filled(after->v[i], kept, REGISTERS_PATTERN) &&
		    filled(after->v[i] + kept, 16 - kept, 0))
			continue;
		tap_note("v%zu", i);
		good = false;
	}
	return good;
}

/* The same call three times, and each time all that it is given is new. */
static bool
clean(xts_run *run, size_t n, size_t unit)
{
	struct registers first, after;
	bool good = true;
	int i;

	for (i = 0; i < 3; i++) {
		new_secrets();
		registers_run(buf, data, n, unit, tweak, &keys, run, &after);
		good &= vectors_good(&after);
		if (i == 0)
			first = after;
		good &= memcmp(first.x, after.x, sizeof(first.x)) == 0;
	}
	return good;
}

static bool
clean_runs(xts_run *run)
{
	size_t i;
	bool good = true;

	for (i = 0; i < N_RUNS; i++)
		if (!clean(run, runs[i].n, runs[i].unit)) {
			tap_note("%zu units of %zu bytes", runs[i].n,
			    runs[i].unit);
			good = false;
		}
	return good;
}

static bool
clean_expand(void)
{
	/* Its two arguments are the first two of a run. */
	xts_run *run = (xts_run *)(void (*)(void))xts_arm64.expand;
	static struct xts_keys other;
	struct registers first, after;
	bool good = true;
	int i;

	for (i = 0; i < 3; i++) {
		new_secrets();
		registers_run((uint8_t *)&other, key, 0, 0, tweak, &keys, run,
		    &after);
		good &= memcmp(&other, &keys, 720) == 0;
		good &= vectors_good(&after);
		if (i == 0)
			first = after;
		good &= memcmp(first.x, after.x, sizeof(first.x)) == 0;
	}
	return good;
}

/* What must be noticed: a key in a register, of either kind. */
static void
careless(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t t[16], const struct xts_keys *k)
{
	(void)out, (void)in, (void)n, (void)unit, (void)t;
	__asm__ volatile ("ldr q31, [%0]" : : "r" (k) : "v31");
}

static void
careless_general(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t t[16], const struct xts_keys *k)
{
	(void)out, (void)in, (void)n, (void)unit, (void)t;
	__asm__ volatile ("ldr x17, [%0]" : : "r" (k) : "x17");
}

static void
test(void)
{
	tap_ok(!clean(careless, 1, 16), "a key in a vector is noticed");
	tap_ok(!clean(careless_general, 1, 16), "and in a general register");
	tap_ok(clean_runs(xts_arm64.encrypt), "arm64: encrypt leaves nothing");
	tap_ok(clean_runs(xts_arm64.decrypt), "arm64: decrypt leaves nothing");
	tap_ok(clean_expand(), "arm64: expand leaves nothing");
}

int
main(void)
{
	if (sodium_init() < 0)
		tap_bail("libsodium");
	tap_plan(5);
	if (xts_arm64.usable())
		test();
	else
		while (tap_run < 5)
			tap_skip("CPU cannot run it", "arm64");
	return tap_done();
}

#else

int
main(void)
{
	tap_plan(1);
	tap_skip("CPU of another kind", "what assembly leaves in registers");
	return tap_done();
}

#endif
