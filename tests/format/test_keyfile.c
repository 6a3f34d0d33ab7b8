/* SPDX-License-Identifier: ISC */
/*
 * Which key files look random: those of keygen do, and no file of text, of
 * numbers in order, or of a pattern.
 */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "keyfile.h"
#include "tap.h"

#define N KEYFILE_RANDOM_BYTES

static bool
looks_random(const void *bytes)
{
	uint8_t copy[N];

	memcpy(copy, bytes, N);
	return keyfile_looks_random(copy);
}

/* Random ones; one in 2^27 would fail, and this seed has none of those. */
static void
test_random(void)
{
	const uint8_t seed[randombytes_SEEDBYTES] = { 1 };
	static uint8_t bytes[20000][N];
	unsigned good = 0;

	randombytes_buf_deterministic(bytes, sizeof(bytes), seed);
	for (unsigned i = 0; i < 20000; i++)
		good += looks_random(bytes[i]);
	tap_ok(good == 20000, "20000 random ones do");
}

static void
test_text(void)
{
	static const struct {
		const char *what, *bytes;
	} t[] = {
		{ "text", "A key file may be any file: but this one was typed, "
		    "and guessed." },
		{ "hexadecimal", "5f4dcc3b5aa765d61d8327deb882cf99"
		    "1b3231655cebb7a1f783eddf27d254ca" },
		{ "base64", "kGxv3y0Qh2mT9WcZ7sLpE1rJ4uVbN8aX"
		    "fD6oIiKtYgRzHwSqMeCjU5PnBlAOdF+/" },
		{ "printable ASCII", "!\"#$%&'()*+,-./0123456789:;<=>?@"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`" },
		{ "Russian", "\xd0\x9a\xd0\xbb\xd1\x8e\xd1\x87 \xd0\xba "
		    "\xd1\x84\xd0\xb0\xd0\xb9\xd0\xbb\xd1\x83 \xd0\xbc\xd0\xbe"
		    "\xd0\xb6\xd0\xbd\xd0\xbe \xd1\x83\xd0\xb3\xd0\xb0\xd0\xb4"
		    "\xd0\xb0\xd1\x82\xd1\x8c, \xd0\xb5\xd1\x81\xd0\xbb\xd0\xb8"
		    "\xd0\xb5\xd1\x81\xd0\xbb\xd0\xb8\xd0\xb5\xd1\x81" },
		{ "Chinese", "\xe4\xb8\xad\xe6\x96\x87\xe5\xaf\x86\xe9\x92\xa5"
		    "\xe6\x96\x87\xe4\xbb\xb6\xe5\x8f\xaf\xe4\xbb\xa5\xe8\xa2"
		    "\xab\xe7\x8c\x9c\xe5\x88\xb0\xe5\xa6\x82\xe6\x9e\x9c\xe5"
		    "\xae\x83\xe4\xb8\x8d\xe6\x98\xaf\xe9\x9a\x8f\xe6\x9c\xba"
		    "\xe7\x9a\x84\xe8\xaf\x9d\xef\xbc\x81"
		    "\xe5\xa5\xbd" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		tap_ok(strlen(t[i].bytes) >= N && !looks_random(t[i].bytes),
		    "%s does not", t[i].what);
}

/* Number i of a row, as size bytes, the first of them the greatest. */
static void
put_number(uint8_t b[N], unsigned i, unsigned size, uint32_t number)
{
	for (unsigned j = 0; j < size; j++)
		b[i * size + j] = (uint8_t)(number >> 8 * (size - 1 - j));
}

/* Numbers whose steps grow evenly: triangular ones, squares and the like. */
static void
test_growing_steps(void)
{
	static uint32_t r[3][1000];
	const uint8_t seed[randombytes_SEEDBYTES] = { 3 };
	unsigned good = 0;
	uint8_t b[N];

	for (unsigned i = 0; i < N; i++)
		b[i] = (uint8_t)(i * (i + 1) / 2);
	tap_ok(!looks_random(b), "triangular numbers do not");
	for (unsigned i = 0; i < N; i++)
		b[i] = (uint8_t)(3 * i * i + 7 * i + 11);
	tap_ok(!looks_random(b), "nor do the values of a polynomial");

	randombytes_buf_deterministic(r, sizeof(r), seed);
	for (unsigned t = 0; t < 1000; t++)
		for (unsigned size = 1; size <= 4; size *= 2) {
			uint32_t x = r[0][t], step = r[1][t];

			for (unsigned i = 0; i < N / size; i++) {
				put_number(b, i, size, x);
				x += step;
				step += r[2][t];
			}
			good += looks_random(b);
		}
	tap_ok(good == 0, "nor do they from any number on, of 8 to 32 bits");
}

static void
test_patterns(void)
{
	uint8_t b[N], seed[randombytes_SEEDBYTES] = { 2 };
	unsigned good = 0;

	for (unsigned v = 0; v < 256; v++) {
		memset(b, (int)v, N);
		good += looks_random(b);
	}
	tap_ok(good == 0, "one byte repeated does not");

	/* Any first number, any step, numbers of 8, 16 and 32 bits. */
	for (unsigned first = 0; first < 256; first++)
		for (unsigned step = 1; step < 256; step++)
			for (unsigned size = 1; size <= 4; size *= 2) {
				for (unsigned i = 0; i < N; i++)
					b[i] = (uint8_t)((first +
					    step * (i / size)) >>
					    8 * (size - 1 - i % size));
				good += looks_random(b);
			}
	tap_ok(good == 0, "numbers in order do not");

	randombytes_buf_deterministic(b, N, seed);
	memcpy(b + N / 2, b, N / 2);
	tap_ok(!looks_random(b), "half a key, repeated, does not");
	randombytes_buf_deterministic(b, N, seed);
	memset(b + 40, 0, N - 40);
	tap_ok(!looks_random(b), "zeros for the last 24 bytes do not");
	randombytes_buf_deterministic(b, N, seed);
	for (unsigned i = 0; i < N; i++)
		b[i] &= 0x7f;
	tap_ok(!looks_random(b), "7 bits a byte do not");
}

int
main(void)
{
	if (sodium_init() < 0)
		tap_bail("libsodium");
	test_random();
	test_text();
	test_patterns();
	test_growing_steps();
	return tap_done();
}
