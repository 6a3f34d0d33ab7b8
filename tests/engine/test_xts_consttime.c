/* SPDX-License-Identifier: ISC */
/*
 * For valgrind, whose memcheck reports each branch and each address that
 * depends on undefined bytes: here those are keys, tweaks and data.
 * consttime.sh runs it.  With an argument it does what it should not, to show
 * that this is detected: "branch" on a secret, or "index" by one.
 */
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "xts_backend.h"

#if defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif
#endif

#define MAX_BYTES (40 * 4096)

#ifdef VALGRIND_MAKE_MEM_UNDEFINED

static uint8_t *buf, *out;
static struct xts_keys keys;

static void
secret(void *p, size_t len)
{
	VALGRIND_MAKE_MEM_UNDEFINED(p, len);
}

static void
public(void *p, size_t len)
{
	VALGRIND_MAKE_MEM_DEFINED(p, len);
}

/* Return whether memcheck thinks that this byte depends on a secret. */
static bool
is_secret(const uint8_t *p)
{
	uint8_t bits = 0;

	return VALGRIND_GET_VBITS(p, &bits, 1) == 1 && bits != 0;
}

/*
 * Both directions, apart and in place.  The results must depend on secrets, or
 * else nothing was watched.
 */
static bool
run(const struct xts_backend *b, size_t n, size_t unit)
{
	uint8_t tweak[16] = { 0xff, 0xff, 0xff };
	size_t len = n * unit, i;
	bool watched;

	memset(buf, 0x5a, len);
	secret(tweak, sizeof(tweak));
	secret(buf, len);
	b->encrypt(out, buf, n, unit, tweak, &keys);
	watched = len == 0 || (is_secret(out) && is_secret(out + len - 1));
	b->decrypt(buf, out, n, unit, tweak, &keys);
	b->encrypt(buf, buf, n, unit, tweak, &keys);
	b->decrypt(buf, buf, n, unit, tweak, &keys);

	public(buf, len);
	for (i = 0; i < len; i++)
		if (buf[i] != 0x5a)
			return false;
	return watched;
}

static void
test_backend(const struct xts_backend *b)
{
	static const struct { size_t n, unit; } runs[] = {
		{ 0, 512 }, { 1, 512 }, { 2, 512 }, { 31, 512 }, { 32, 512 },
		{ 33, 512 }, { 40, 512 }, { 3, 1024 }, { 1, 4096 }, { 3, 4096 },
		{ 1, 65536 }
	};
	uint8_t key[64];
	bool good = true;
	size_t i;

	if (!b->usable()) {
		tap_skip("this CPU, or valgrind's, cannot run it", "%s",
		    b->name);
		return;
	}
	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	secret(key, sizeof(key));
	b->expand(&keys, key);
	good &= is_secret(keys.encrypt + 239) && is_secret(keys.decrypt) &&
	    is_secret(keys.tweak + 239);

	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		good &= run(b, runs[i].n, runs[i].unit);
	for (i = 16; i < 600; i++)
		good &= run(b, 1, i);
	for (i = 4080; i < 4112; i++)
		good &= run(b, 1, i);
	tap_ok(good, "%s: secrets went in, and marked results came out",
	    b->name);
}

/* What memcheck has to report. */
static void
leak(const char *how)
{
	static uint8_t table[256];
	static volatile int sink;
	volatile uint8_t byte = 1;

	secret((void *)(uintptr_t)&byte, 1);
	if (strcmp(how, "index") == 0)
		sink = ((volatile uint8_t *)table)[byte];
	else if (byte & 1)
		sink = 1;
	(void)sink;
}

int
main(int argc, char **argv)
{
	const struct xts_backend *const *b;

	if (!RUNNING_ON_VALGRIND)
		tap_bail("not under valgrind");
	if (argc > 1) {
		leak(argv[1]);
		return 0;
	}
	buf = malloc(MAX_BYTES);
	out = malloc(MAX_BYTES);
	if (buf == NULL || out == NULL)
		tap_bail("no memory");
	for (b = xts_backends; *b != NULL; b++)
		test_backend(*b);
	free(buf);
	free(out);
	return tap_done();
}

#else

int
main(void)
{
	tap_bail("built without valgrind/memcheck.h");
	return 1;
}

#endif
