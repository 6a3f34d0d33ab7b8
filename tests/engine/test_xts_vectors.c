/* SPDX-License-Identifier: ISC */
/*
 * Every vector of testdata on every backend that this CPU can run, there and
 * back, in place and not; and what has to be refused.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "tap.h"
#include "usable.h"
#include "vectors.h"
#include "xts.h"

#define MAX_BYTES (1 << 24)
#define QUICK_BYTES (1 << 17)

static const struct xts_backend *backend;
static uint8_t *plain, *cipher, *work;
static bool quick;

/* The key and the first tweak of the vectors that do not name them. */
static uint8_t default_key[64];
static const uint8_t default_tweak[16] = {
	0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01
};

static void
make_pattern(uint8_t *out, size_t len)
{
	uint64_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)((i * i + 7 * i + 13) % 251);
}

/* plain to cipher and back; false if a way back does not lead there. */
static bool
run(size_t n, size_t unit, const uint8_t tweak[16], const uint8_t key[64])
{
	struct xts_keys keys;
	size_t len = n * unit;

	backend->expand(&keys, key);
	backend->encrypt(cipher, plain, n, unit, tweak, &keys);
	memcpy(work, plain, len);
	backend->encrypt(work, work, n, unit, tweak, &keys);
	if (memcmp(work, cipher, len) != 0)
		return false;
	backend->decrypt(work, work, n, unit, tweak, &keys);
	if (memcmp(work, plain, len) != 0)
		return false;
	memset(work, 0, len);
	backend->decrypt(work, cipher, n, unit, tweak, &keys);
	return memcmp(work, plain, len) == 0;
}

/* Key, Tweak, Plaintext, Ciphertext. */
static bool
full(const struct vector *v)
{
	uint8_t key[64], tweak[16];
	size_t len;

	if (vectors_bytes(key, 64, v, "Key") != 64 ||
	    vectors_bytes(tweak, 16, v, "Tweak") != 16)
		return false;
	len = vectors_bytes(plain, MAX_BYTES, v, "Plaintext");
	if (!run(1, len, tweak, key))
		return false;
	return vectors_bytes(work, MAX_BYTES, v, "Ciphertext") == len &&
	    memcmp(work, cipher, len) == 0;
}

/* The pattern in n units, and a SHA-256 of what becomes of it. */
static bool
hashed(const struct vector *v, size_t n, size_t unit, const uint8_t tweak[16])
{
	uint8_t want[32], got[32];

	make_pattern(plain, n * unit);
	if (!run(n, unit, tweak, default_key))
		return false;
	crypto_hash_sha256(got, cipher, n * unit);
	return vectors_bytes(want, 32, v, "SHA256") == 32 &&
	    memcmp(want, got, 32) == 0;
}

/* Length, SHA256. */
static bool
long_unit(const struct vector *v)
{
	return hashed(v, 1, (size_t)vectors_number(v, "Length"),
	    default_tweak);
}

/* FirstSector, SectorCount, SectorSize, SHA256. */
static bool
sectors(const struct vector *v)
{
	uint8_t tweak[16] = { 0 };

	bytes_store64(tweak, vectors_number(v, "FirstSector"));
	return hashed(v, (size_t)vectors_number(v, "SectorCount"),
	    (size_t)vectors_number(v, "SectorSize"), tweak);
}

/* Sector, SectorSize, Tweak, SHA256. */
static bool
sector(const struct vector *v)
{
	uint8_t number[16] = { 0 }, tweak[16];

	bytes_store64(number, vectors_number(v, "Sector"));
	return vectors_bytes(tweak, 16, v, "Tweak") == 16 &&
	    memcmp(tweak, number, 16) == 0 &&
	    hashed(v, 1, (size_t)vectors_number(v, "SectorSize"), tweak);
}

/* Length, Tweak, SHA256. */
static bool
single_bit(const struct vector *v)
{
	uint8_t tweak[16];

	return vectors_bytes(tweak, 16, v, "Tweak") == 16 &&
	    hashed(v, 1, (size_t)vectors_number(v, "Length"), tweak);
}

static const struct {
	const char *file;
	bool (*good)(const struct vector *v);
	int count;
} files[] = {
	{ "ieee1619_annexb_aes256.txt", full, 5 },
	{ "nist_cavp_XTSGenAES256_128hexstr.txt", full, 600 },
	{ "keys_full.txt", full, 15 },
	{ "lengths_full.txt", full, 100 },
	{ "tweak_chosen_full.txt", full, 120 },
	{ "tweak_singlebit_sha256.txt", single_bit, 128 },
	{ "sectors_sha256.txt", sector, 62 },
	{ "sector_runs_sha256.txt", sectors, 42 },
	{ "long_sha256.txt", long_unit, 14 },
};
#define N_FILES ((int)(sizeof(files) / sizeof(files[0])))

static bool
too_long(const struct vector *v)
{
	return quick && vectors_text(v, "Length") != NULL &&
	    vectors_number(v, "Length") > QUICK_BYTES;
}

/* Results of the cases of a file; a case left out does not count as good. */
static void
report(const char *file, int n, int count, int bad, int left_out)
{
	if (left_out > 0)
		tap_ok(bad == 0 && n == count,
		    "%s: %s, %d of %d cases, and %d left out", backend->name,
		    file, n - bad - left_out, count, left_out);
	else
		tap_ok(bad == 0 && n == count, "%s: %s, %d of %d cases",
		    backend->name, file, n - bad, count);
}

static void
test_file(int i)
{
	struct vector v = { .n = 0 };
	FILE *f = vectors_open(files[i].file);
	int n = 0, bad = 0, left_out = 0;

	for (; vectors_next(f, &v); n++)
		if (too_long(&v)) {
			left_out++;
		} else if (!files[i].good(&v)) {
			bad++;
			tap_note("%s, case %d (%s)", files[i].file, n + 1,
			    vectors_text(&v, "ID") == NULL ? "no ID" :
			    vectors_text(&v, "ID"));
		}
	fclose(f);
	report(files[i].file, n, files[i].count, bad, left_out);
}

/* The start of the hash of the pattern encrypted, and of it decrypted. */
static bool
length(size_t len, const char *encrypted, const char *decrypted)
{
	struct xts_keys keys;
	uint8_t hash[32];
	char hex[65];

	make_pattern(plain, len);
	if (!run(1, len, default_tweak, default_key))
		return false;
	crypto_hash_sha256(hash, cipher, len);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	if (strncmp(hex, encrypted, 16) != 0)
		return false;

	backend->expand(&keys, default_key);
	backend->decrypt(work, plain, 1, len, default_tweak, &keys);
	crypto_hash_sha256(hash, work, len);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	return strncmp(hex, decrypted, 16) == 0;
}

static void
test_lengths(void)
{
	FILE *f = vectors_open("lengths_sha256.txt");
	char line[256], encrypted[17], decrypted[17];
	int n = 0, bad = 0, left_out = 0;
	size_t len;

	while (vectors_line(f, line, sizeof(line)) != NULL) {
		if (sscanf(line, "%zu %16s %16s", &len, encrypted,
		    decrypted) != 3)
			tap_bail("lengths_sha256.txt: %s", line);
		n++;
		if (quick && n % 13 != 0) {
			left_out++;
		} else if (!length(len, encrypted, decrypted)) {
			bad++;
			tap_note("length %zu", len);
		}
	}
	fclose(f);
	report("lengths_sha256.txt", n, 4096, bad, left_out);
}

/*
 * Is a case of must_reject refused: by the engine, for the length of a unit or
 * for equal keys?  Keys of another length cannot even be handed to it;
 * the tests of headers see to those.
 */
static bool
refused(const struct vector *v)
{
	static uint8_t tweak[16];
	struct xts_keys keys;
	uint8_t key[64];
	size_t len;

	if (vectors_text(v, "Key") != NULL)
		return vectors_bytes(key, 64, v, "Key") == 64 &&
		    xts_expand(&keys, key) == XC_E_KEYS;
	if (vectors_text(v, "KeyBytes") != NULL)
		return vectors_number(v, "KeyBytes") != XTS_KEY_BYTES;
	if (xts_expand(&keys, default_key) != XC_OK)
		return false;
	len = (size_t)vectors_number(v, "Length");
	return xts_units(work, plain, 1, len, tweak, &keys, XTS_ENCRYPT) ==
	    XC_E_UNIT && xts_units(work, plain, 1, len, tweak, &keys,
	    XTS_DECRYPT) == XC_E_UNIT;
}

static void
test_refusals(void)
{
	struct vector v = { .n = 0 };
	FILE *f = vectors_open("must_reject.txt");
	int n = 0, bad = 0;

	for (; vectors_next(f, &v); n++)
		if (!refused(&v)) {
			bad++;
			tap_note("not refused: %s", vectors_text(&v, "ID"));
		}
	fclose(f);
	tap_ok(bad == 0 && n == 23, "%s: must_reject.txt, %d of 23 refused",
	    backend->name, n - bad);
}

/* What xts_units says of a run of n units from buf[in] to buf[out]. */
static int
units(size_t out, size_t in, size_t n, size_t unit)
{
	static uint8_t tweak[16];
	struct xts_keys keys;

	if (xts_expand(&keys, default_key) != XC_OK)
		return XC_E_KEYS;
	return xts_units(plain + out, plain + in, n, unit, tweak, &keys,
	    XTS_ENCRYPT);
}

/* The tweak, then the keys, where the result goes, or beside it. */
static bool
checks_inputs(void)
{
	struct { uint8_t before[512], tweak[16]; struct xts_keys keys; } at;
	uint8_t *out = (uint8_t *)&at;

	memset(&at, 0, sizeof(at));
	return xts_expand(&at.keys, default_key) == XC_OK &&
	    xts_units(out, plain, 1, 512, at.tweak, &at.keys,
	    XTS_ENCRYPT) == XC_OK &&
	    xts_units(out + 1, plain, 1, 512, at.tweak, &at.keys,
	    XTS_ENCRYPT) == XC_E_BUFFER &&
	    xts_units((uint8_t *)&at.keys + sizeof(at.keys) - 1, plain, 1, 16,
	    at.tweak, &at.keys, XTS_ENCRYPT) == XC_E_BUFFER &&
	    xts_units((uint8_t *)&at.keys, plain, 0, 512, at.tweak, &at.keys,
	    XTS_ENCRYPT) == XC_OK;
}

/* A key that begins or ends where its expansion goes, or beside that. */
static bool
checks_key(void)
{
	struct {
		uint8_t before[64];
		struct xts_keys keys;
		uint8_t after[64];
	} at;
	uint8_t *before = (uint8_t *)&at;
	uint8_t *after = before + 64 + sizeof(at.keys);

	memcpy(before, default_key, 64);
	memcpy(after, default_key, 64);
	return xts_expand(&at.keys, before + 1) == XC_E_BUFFER &&
	    xts_expand(&at.keys, after - 1) == XC_E_BUFFER &&
	    xts_expand(&at.keys, before) == XC_OK &&
	    xts_expand(&at.keys, after) == XC_OK;
}

/* Buffers that would go on where addresses end; and a length that wraps. */
static bool
checks_ends(void)
{
	static struct xts_keys keys;
	static uint8_t tweak[16];
	uint8_t *end = (uint8_t *)(UINTPTR_MAX - 255);

	return xts_units(end, end, 1, 512, tweak, &keys,
	    XTS_ENCRYPT) == XC_E_BUFFER &&
	    xts_units(plain, end, 1, 512, tweak, &keys,
	    XTS_ENCRYPT) == XC_E_BUFFER &&
	    units(0, 0, SIZE_MAX / 512 + 2, 512) == XC_E_BUFFER;
}

static void
test_checks(void)
{
	const char *b = backend->name;

	tap_ok(units(0, 0, 0, 512) == XC_OK && units(0, 0, 0, 4096) == XC_OK,
	    "%s: no units at all", b);
	tap_ok(units(0, 4096, 2, 520) == XC_E_UNIT &&
	    units(0, 4096, 3, 16) == XC_E_UNIT &&
	    units(0, 4096, 0, 17) == XC_E_UNIT,
	    "%s: several units of no whole number of 512 bytes", b);
	tap_ok(units(0, 1023, 2, 512) == XC_E_BUFFER &&
	    units(1023, 0, 2, 512) == XC_E_BUFFER &&
	    units(1, 0, 1, 512) == XC_E_BUFFER &&
	    units(0, 16, 1, 17) == XC_E_BUFFER, "%s: buffers that overlap", b);
	tap_ok(units(0, 1024, 2, 512) == XC_OK &&
	    units(1024, 0, 2, 512) == XC_OK &&
	    units(0, 17, 1, 17) == XC_OK, "%s: buffers that touch", b);
	tap_ok(units(0, 0, SIZE_MAX / 512, 512) == XC_E_BUFFER &&
	    units(0, 0, SIZE_MAX, 512) == XC_E_BUFFER &&
	    units(0, 0, SIZE_MAX / 2, 4096) == XC_E_BUFFER && checks_ends(),
	    "%s: more bytes than there are addresses", b);
	tap_ok(checks_inputs(), "%s: keys or a tweak in the way", b);
	tap_ok(checks_key(), "%s: a key where its expansion goes", b);
}
#define N_CHECKS 7

static void
test_choice(void)
{
	tap_ok(xts_chosen() == NULL, "nothing is chosen at first");
	tap_ok(xts_choose("nonsense") == XC_E_BACKEND && xts_chosen() == NULL,
	    "an unknown backend is an error");
	tap_ok(xts_choose("") == XC_E_BACKEND, "so is one without a name");
}
#define N_CHOICE 3

static void
test_backend(void)
{
	const char *why = usable_not(backend);
	int i;

	if (why != NULL) {
		tap_ok(xts_choose(backend->name) ==
		    (backend->usable() ? XC_E_SELFTEST : XC_E_CPU),
		    "%s: an error when asked for on this CPU", backend->name);
		for (i = 0; i < N_FILES + 2 + N_CHECKS; i++)
			tap_skip(why, "%s", backend->name);
		return;
	}
	for (i = 0; i < N_FILES; i++)
		test_file(i);
	test_lengths();
	if (!tap_ok(xts_choose(backend->name) == XC_OK &&
	    xts_chosen() == backend, "%s: chosen", backend->name))
		tap_bail("what follows needs it");
	test_refusals();
	test_checks();
}

int
main(void)
{
	const struct xts_backend *const *b;
	size_t i;
	int n = 0;

	if (sodium_init() < 0)
		tap_bail("libsodium");
	for (i = 0; i < sizeof(default_key); i++)
		default_key[i] = (uint8_t)i;
	plain = malloc(MAX_BYTES);
	cipher = malloc(MAX_BYTES);
	work = malloc(MAX_BYTES);
	if (plain == NULL || cipher == NULL || work == NULL)
		tap_bail("no memory");
	memset(plain, 0, MAX_BYTES);
	quick = getenv("XTSCRYPT_TEST_QUICK") != NULL;

	for (b = xts_backends; *b != NULL; b++)
		n++;
	tap_plan(N_CHOICE + n * (N_FILES + 3 + N_CHECKS) + 1);
	if (quick)
		tap_note("quick: units up to %d bytes, one length in 13",
		    QUICK_BYTES);
	test_choice();
	for (b = xts_backends; *b != NULL; b++) {
		backend = *b;
		test_backend();
	}
	for (b = xts_backends; !(*b)->usable(); b++)
		;
	tap_ok(xts_choose(NULL) == (usable_not(*b) == NULL ? XC_OK :
	    XC_E_SELFTEST), "without a name it is the first that can run");
	free(plain);
	free(cipher);
	free(work);
	return tap_done();
}
