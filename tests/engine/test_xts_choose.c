/* SPDX-License-Identifier: ISC */
/*
 * A backend that is wrong in one byte is not chosen; nor is one that the CPU
 * cannot run.  Here the one called portable can be made so.
 */
#define xts_c wrong
#include "xts.c"
#undef xts_c

#include "cpu.h"
#include "tap.h"

extern const struct xts_backend xts_c;

enum part { NOTHING, CPU, EXPAND, ENCRYPT, DECRYPT };

static enum part part;			/* that is wrong */
static size_t place;			/* a byte of keys, or the unit */

static bool
usable(void)
{
	return part != CPU;
}

static void
expand(struct xts_keys *keys, const uint8_t key[64])
{
	xts_c.expand(keys, key);
	if (part == EXPAND)
		((uint8_t *)keys)[place] ^= 1;
}

static void
encrypt(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const struct xts_keys *keys)
{
	xts_c.encrypt(out, in, n, unit, tweak, keys);
	if (part == ENCRYPT && unit == place)
		out[n * unit - 1] ^= 0x80;
}

static void
decrypt(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const struct xts_keys *keys)
{
	xts_c.decrypt(out, in, n, unit, tweak, keys);
	if (part == DECRYPT && unit == place)
		out[n * unit - 1] ^= 0x80;
}

const struct xts_backend wrong = {
	"portable", usable, expand, encrypt, decrypt
};

/* The fastest first, each for its own CPUs. */
static const struct {
	const char *name;
	bool (*usable)(void);
} order[] = {
#ifdef ASM_X86_64
	{ "vaes512", cpu_has_vaes512 }, { "vaes256", cpu_has_vaes256 },
	{ "aesni", cpu_has_aesni },
#endif
#ifdef ASM_ARM64
	{ "arm64", cpu_has_arm64_aes },
#endif
	{ "portable", usable }
};

static bool
in_order(void)
{
	const size_t n = sizeof(order) / sizeof(order[0]);
	size_t i;

	for (i = 0; i < n && xts_backends[i] != NULL; i++)
		if (strcmp(xts_backends[i]->name, order[i].name) != 0 ||
		    xts_backends[i]->usable != order[i].usable)
			return false;
	return i == n && xts_backends[i] == NULL;
}

static int
choose(enum part p, size_t at)
{
	part = p;
	place = at;
	return xts_choose("portable");
}

/* Is it detected in every run of the self-test? */
static bool
fails(enum part p)
{
	size_t i;
	bool good = true;

	for (i = 0; i < sizeof(test_runs) / sizeof(test_runs[0]); i++)
		good &= choose(p, test_runs[i].unit) == XC_E_SELFTEST;
	return good;
}

int
main(void)
{
	bool good = true;
	size_t i;

	if (sodium_init() < 0)
		tap_bail("libsodium");
	tap_ok(in_order(), "the fastest are first, each for its own CPUs");
	for (i = 0; i < 3 * 15 * 16; i++)
		good &= choose(EXPAND, i) == XC_E_SELFTEST;
	tap_ok(good, "each byte of the schedules is tested");
	tap_ok(fails(ENCRYPT), "each way to encrypt is tested");
	tap_ok(fails(DECRYPT), "each way to decrypt is tested");
	tap_ok(choose(CPU, 0) == XC_E_CPU, "it is not for this CPU");
	tap_ok(xts_chosen() == NULL, "none of these was chosen");
	tap_ok(choose(NOTHING, 0) == XC_OK && xts_chosen() == &wrong,
	    "and it is when nothing is wrong");
	return tap_done();
}
