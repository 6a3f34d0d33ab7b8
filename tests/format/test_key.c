/* SPDX-License-Identifier: ISC */
/*
 * Slots and keys: what opens a header, what does not, and the keys that come
 * of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "lab.h"
#include "payload.h"
#include "ref_xts.h"
#include "tap.h"
#include "vectors.h"

static uint8_t hash_a[KEYFILE_HASH_BYTES], hash_b[KEYFILE_HASH_BYTES];
static uint8_t bytes[HEADER_BYTES];
static struct header header;
static struct key *key;

/* A fresh header without slots; key is its key. */
static void
fresh(void)
{
	struct layout layout = LAYOUT_DEFAULT;

	key_free(key);
	lab_header(&header, &key, &layout, 1000);
	memset(header.slots, 0, sizeof(header.slots));
}

static void
put(unsigned n, struct key_secret secret)
{
	lab_must(key_slot(&header.slots[n], &header, key, &secret, &LAB_COST,
	    "") == XC_OK, "no slot");
}

static struct key_secret
with_file(const char *passphrase, const uint8_t *hash)
{
	struct key_secret s = { 0 };

	if (passphrase != NULL)
		s = lab_secret(passphrase);
	s.key_file = hash;
	return s;
}

/*
 * Seal what header says, read it back, and open it: *slot and the error.  A key
 * that opens must be the one that sealed.
 */
static int
open_with(unsigned *slot, struct key_secret secret, unsigned slots,
    uint64_t limit)
{
	struct header h;
	struct key *k = NULL;
	int err;

	*slot = 99;
	lab_must(header_decode(&h, bytes) == XC_OK, "a bad header");
	err = key_open(&k, slot, bytes, &h, &secret, slots, limit);
	if (err == XC_OK)
		lab_must(memcmp(k, key, sizeof(*k)) == 0, "another key");
	else
		lab_must(k == NULL, "a key in spite of an error");
	key_free(k);
	return err;
}

static bool
opens(struct key_secret secret, unsigned want)
{
	unsigned slot;

	return open_with(&slot, secret, KEY_ALL_SLOTS, KDF_MEMORY_LIMIT) ==
	    XC_OK && slot == want;
}

static bool
fails(struct key_secret secret, int want)
{
	unsigned slot;

	return open_with(&slot, secret, KEY_ALL_SLOTS, KDF_MEMORY_LIMIT) ==
	    want;
}

static void
test_factors(void)
{
	fresh();
	put(1, lab_secret("one"));
	put(3, with_file(NULL, hash_a));
	put(4, with_file("both", hash_a));
	put(6, with_file("", hash_b));
	key_mac_header(bytes, &header, key);

	tap_ok(opens(lab_secret("one"), 1), "a passphrase");
	tap_ok(opens(with_file(NULL, hash_a), 3), "a key file");
	tap_ok(opens(with_file("both", hash_a), 4), "both");
	tap_ok(opens(with_file("", hash_b), 6),
	    "a key file and an empty passphrase");
	tap_ok(fails(lab_secret("One"), XC_E_SECRET) &&
	    fails(lab_secret("on"), XC_E_SECRET) &&
	    fails(lab_secret("both"), XC_E_SECRET), "a wrong passphrase");
	tap_ok(fails(with_file(NULL, hash_b), XC_E_SECRET),
	    "a wrong key file; factors count though the secret is the same");
	tap_ok(fails(with_file("both", hash_b), XC_E_SECRET) &&
	    fails(with_file("one", hash_a), XC_E_SECRET), "both, one wrong");
}

static void
test_order(void)
{
	unsigned slot;
	bool good;

	fresh();
	put(2, lab_secret("x"));
	put(5, lab_secret("x"));
	put(7, lab_secret("y"));
	key_mac_header(bytes, &header, key);
	tap_ok(opens(lab_secret("x"), 2), "the first that opens");
	good = open_with(&slot, lab_secret("x"), 0xfb, KDF_MEMORY_LIMIT) ==
	    XC_OK && slot == 5;
	tap_ok(good, "but only one of those asked for");
	tap_ok(open_with(&slot, lab_secret("x"), 1 << 7, KDF_MEMORY_LIMIT) ==
	    XC_E_SECRET, "and no other");
	tap_ok(opens(lab_secret("y"), 7), "the last");
}

/* Secrets of every kind of content and length. */
static void
test_secrets(void)
{
	uint8_t *most = lab_memory(KEY_PASSPHRASE_MAX);
	struct key_secret odd = { .passphrase = most };
	bool good;

	randombytes_buf(most, KEY_PASSPHRASE_MAX);
	most[1] = '\0';
	fresh();
	odd.len = KEY_PASSPHRASE_MAX;
	put(0, odd);
	odd.len = 3;
	put(1, odd);
	odd.len = 1;
	put(2, odd);
	key_mac_header(bytes, &header, key);
	good = opens(odd, 2);
	odd.len = 3;
	good = opens(odd, 1) && good;
	odd.len = KEY_PASSPHRASE_MAX;
	good = opens(odd, 0) && good;
	tap_ok(good, "a passphrase of 1, 3 and 4096 bytes, with a NUL");
	odd.len = KEY_PASSPHRASE_MAX - 1;
	good = fails(odd, XC_E_SECRET);
	odd.len = 2;
	tap_ok(fails(odd, XC_E_SECRET) && good, "not one byte less");
	free(most);
}

/*
 * Change one bit of the header as a forger would, who can make the checksum
 * right but not the MAC; and try.
 */
static int
forged(size_t at)
{
	unsigned slot;
	int err;

	bytes[at] ^= 2;
	lab_checksum(bytes);
	err = open_with(&slot, lab_secret("x"), KEY_ALL_SLOTS,
	    KDF_MEMORY_LIMIT);
	bytes[at] ^= 2;
	return err;
}

#define SLOTS 64
#define MAC HEADER_MACED

/* Bytes that the header's rules leave free, each bound in its own way. */
static void
test_forged(void)
{
	static const struct { size_t at; const char *what; } places[] = {
		{ 21, "state" }, { 24, "length" }, { 32, "first of file id" },
		{ 47, "last of file id" }, { 48, "generation" },
		{ SLOTS + 4, "passes" }, { SLOTS + 8, "memory" },
		{ SLOTS + 16, "first of salt" }, { SLOTS + 31, "last of salt" },
		{ SLOTS + 32, "nonce" }, { SLOTS + 55, "last of nonce" },
		{ SLOTS + 56, "box" }, { SLOTS + 103, "last of box" },
		{ SLOTS + 104, "name" }, { SLOTS + 128 + 16, "other slot" },
		{ SLOTS + 7 * 128 + 127, "unknown slot" },
		{ MAC, "MAC" }, { MAC + 31, "last of MAC" }
	};

	fresh();
	put(0, lab_secret("x"));
	put(1, lab_secret("y"));
	header.slots[0].name[0] = 'a';
	header.slots[7].kind = 9;
	header.slots[7].unknown[0] = 9;
	key_mac_header(bytes, &header, key);
	tap_ok(opens(lab_secret("x"), 0), "as it was made");
	for (size_t i = 0; i < LAB_COUNT(places); i++)
		tap_ok(forged(places[i].at) == XC_E_SECRET,
		    "another %s: nothing opens", places[i].what);
}

/* Each way to lay out the data, put into a header made for another. */
static void
test_layouts(void)
{
	static const struct layout others[] = {
		{ 1, 1, 4096, 65536, 40 }, { 1, 1, 512, 4096, 40 },
		{ 1, 1, 512, 65536, 39 }, { 1, 0, 512, 0, 40 }
	};
	struct header h;
	unsigned bad = 0;

	fresh();
	put(0, lab_secret("x"));
	for (size_t i = 0; i < LAB_COUNT(others); i++) {
		key_mac_header(bytes, &header, key);
		h = header;
		h.layout = others[i];
		header_encode(bytes, &h);
		bad += !fails(lab_secret("x"), XC_E_SECRET);
	}
	tap_ok(bad == 0, "a changed layout is not opened");
}

/*
 * A box that opens under a header sealed by another key: this slot is passed
 * over, and the next one that fits opens.
 */
static void
test_committed(void)
{
	struct key *other = sodium_malloc(sizeof(*other));
	struct header h;
	struct key_secret x = lab_secret("x");

	lab_must(other != NULL, "no memory");
	fresh();
	h = header;
	memcpy(other, key, sizeof(*other));
	other->master[0] ^= 1;
	lab_must(key_slot(&h.slots[0], &h, other, &x, &LAB_COST, "") == XC_OK,
	    "no slot");
	header.slots[0] = h.slots[0];
	key_mac_header(bytes, &header, key);
	tap_ok(fails(x, XC_E_SECRET), "a box that opens, but not the MAC");
	put(1, lab_secret("y"));
	put(4, x);
	key_mac_header(bytes, &header, key);
	tap_ok(opens(x, 4), "the next slot is tried");
	key_free(other);
}

static void
test_needs(void)
{
	struct key_secret p = lab_secret("p"), f = with_file(NULL, hash_a);
	struct key_secret b = with_file("p", hash_a);
	unsigned slot;

	fresh();
	put(3, f);
	key_mac_header(bytes, &header, key);
	tap_ok(fails(p, XC_E_NEEDS_KEY_FILE) && fails(b, XC_E_NEEDS_KEY_FILE),
	    "needs a key file alone");
	put(3, p);
	key_mac_header(bytes, &header, key);
	tap_ok(fails(f, XC_E_NEEDS_PASSPHRASE) &&
	    fails(b, XC_E_NEEDS_PASSPHRASE), "needs a passphrase alone");
	put(3, b);
	key_mac_header(bytes, &header, key);
	tap_ok(fails(p, XC_E_NEEDS_BOTH) && fails(f, XC_E_NEEDS_BOTH),
	    "needs both");
	put(4, f);
	key_mac_header(bytes, &header, key);
	tap_ok(fails(p, XC_E_NEEDS_BOTH), "the first slot's needs");
	tap_ok(open_with(&slot, b, 1 << 4, KDF_MEMORY_LIMIT) ==
	    XC_E_NEEDS_KEY_FILE, "of the slots asked for");

	memset(header.slots, 0, sizeof(header.slots));
	header.slots[2].kind = header.slots[2].unknown[0] = 2;
	key_mac_header(bytes, &header, key);
	tap_ok(fails(p, XC_E_KIND), "only unknown kinds");
	put(7, p);
	key_mac_header(bytes, &header, key);
	tap_ok(opens(p, 7), "unknown kinds are skipped");
}

#define GIB (1U << 20)	/* in KiB */

/* passes x memory, the limit that it needs, in KiB. */
static void
test_needed(void)
{
	static const struct { uint32_t passes, memory; uint64_t needs; } t[] = {
		{ 1, 8192, 8192 }, { 8, 8192, 8192 }, { 9, 8192, 9216 },
		{ 64, 8192, 65536 }, { 1, 2 * GIB, 2 * GIB },
		{ 8, 2 * GIB, 2 * GIB }, { 9, 2 * GIB, 2 * GIB + GIB / 4 },
		{ 8, 2 * GIB + 1, 2 * GIB + 1 }, { 9, 8193, 9218 },
		{ 16, GIB, 2 * GIB }, { 17, GIB, 2 * GIB + GIB / 8 },
		{ 64, UINT32_MAX, 8ULL * UINT32_MAX },
		{ 1, UINT32_MAX, UINT32_MAX }
	};
	unsigned bad = 0;

	for (size_t i = 0; i < LAB_COUNT(t); i++) {
		struct kdf_cost c = { t[i].passes, t[i].memory };

		bad += kdf_needs(&c) != t[i].needs ||
		    !kdf_allowed(&c, t[i].needs) ||
		    kdf_allowed(&c, t[i].needs - 1) ||
		    kdf_allowed(&c, KDF_MEMORY_LIMIT) !=
		    (t[i].memory <= 2 * GIB &&
		    (uint64_t)t[i].passes * t[i].memory <= 16ULL * GIB);
	}
	tap_ok(bad == 0, "what a cost needs, at its borders");
}

/* Slots that would take hours and terabytes are never begun. */
static void
test_limit(void)
{
	struct key_secret x = lab_secret("x");
	struct header_slot dear;
	unsigned slot;

	fresh();
	put(0, x);
	dear = header.slots[0];
	dear.passes = 64;
	dear.memory = UINT32_MAX;
	memset(header.slots, 0, sizeof(header.slots));
	header.slots[3] = header.slots[5] = dear;
	put(1, lab_secret("other"));
	key_mac_header(bytes, &header, key);
	tap_ok(open_with(&slot, x, KEY_ALL_SLOTS, KDF_MEMORY_LIMIT) ==
	    XC_E_LIMIT && slot == 3, "the first slot over the limit is named");
	tap_ok(open_with(&slot, x, 0xe0, KDF_MEMORY_LIMIT) == XC_E_LIMIT &&
	    slot == 5, "of those asked for");
	put(6, x);
	key_mac_header(bytes, &header, key);
	tap_ok(opens(x, 6), "another slot still opens");
	tap_ok(opens(lab_secret("other"), 1), "whatever else is there");

	tap_ok(open_with(&slot, x, 1 << 6, HEADER_MEMORY_MIN) == XC_OK,
	    "just at the limit");
	tap_ok(open_with(&slot, x, 1 << 6, HEADER_MEMORY_MIN - 1) ==
	    XC_E_LIMIT && slot == 6, "just above");
	header.slots[6].passes = 9;	/* 8 times the limit, and 8 MiB more */
	key_mac_header(bytes, &header, key);
	tap_ok(open_with(&slot, x, 1 << 6, 9215) == XC_E_LIMIT &&
	    open_with(&slot, x, 1 << 6, 9216) == XC_E_SECRET,
	    "passes count too");
	header.slots[3].factors = header.slots[5].factors = HEADER_KEY_FILE;
	header.slots[6] = (struct header_slot){ 0 };
	key_mac_header(bytes, &header, key);
	tap_ok(fails(x, XC_E_SECRET), "a slot for other factors is not named");
}

/* Slots of files that come one after another, and what is kept of them. */
static void
test_kept(void)
{
	const struct kdf_cost more = { 2, HEADER_MEMORY_MIN };
	struct key_kept kept = { 0 };
	struct key_secret x = lab_secret("x"), keeps = x;
	struct header_slot *s = header.slots, first;

	keeps.kept = &kept;
	fresh();
	put(0, keeps);
	first = s[0];
	fresh();
	put(0, keeps);
	lab_must(key_slot(&s[1], &header, key, &keeps, &more, "") == XC_OK,
	    "no slot");
	key_mac_header(bytes, &header, key);
	tap_ok(memcmp(s[0].salt, first.salt, KDF_SALT_BYTES) == 0 &&
	    memcmp(s[1].salt, first.salt, KDF_SALT_BYTES) != 0,
	    "one salt for one cost");
	tap_ok(memcmp(s[0].nonce, first.nonce, sizeof(first.nonce)) != 0 &&
	    opens(x, 0), "such slots have nonces of their own, and open");
	tap_ok(opens(keeps, 0) && memcmp(kept.salt, first.salt,
	    KDF_SALT_BYTES) == 0, "a slot key is kept by who opens");
	kept.key[0] ^= 1;
	tap_ok(opens(keeps, 1), "it is not derived again");
	tap_ok(opens(keeps, 0), "but after another");
	put(2, keeps);
	tap_ok(memcmp(s[2].salt, first.salt, KDF_SALT_BYTES) != 0,
	    "a new slot does not get the salt of one that was opened");
}

/* One unit of zeros at offset, by the engine and under the key of the text. */
static bool
span_good(const struct layout *l, uint64_t offset, const uint8_t xts_key[64])
{
	static uint8_t zeros[4096], want[4096], got[4096];
	struct payload *p;
	uint8_t tweak[16] = { 0 };
	int err;

	bytes_store64(tweak, offset / l->sector);
	ref_xts(want, zeros, 1, l->sector, tweak, xts_key, true);
	lab_must(payload_new(&p, l, key->layout) == XC_OK, "no memory");
	err = payload_crypt(p, got, zeros, l->sector, offset, true,
	    XTS_ENCRYPT);
	payload_free(p);
	return err == XC_OK && memcmp(want, got, l->sector) == 0;
}

static bool
is(const uint8_t *got, size_t len, const struct vector *v, const char *name)
{
	uint8_t want[64];

	return vectors_bytes(want, sizeof(want), v, name) == len &&
	    memcmp(got, want, len) == 0;
}

static bool
keys_good(const struct vector *v, struct layout *l)
{
	uint64_t span = (uint64_t)1 << l->span_shift;
	uint8_t first[HEADER_ID_BYTES + KEY_BYTES], spans[128], last[64];

	lab_random(vectors_number(v, "Seed"));
	key_free(key);
	lab_header(&header, &key, l, 0);
	memcpy(first, header.id, HEADER_ID_BYTES);
	memcpy(first + HEADER_ID_BYTES, key->master, KEY_BYTES);
	vectors_bytes(spans, sizeof(spans), v, "Spans");
	vectors_bytes(last, sizeof(last), v, "Last span");
	return is(first, sizeof(first), v, "Id and master") &&
	    is(key->layout, KEY_BYTES, v, "Layout key") &&
	    is(key->header, KEY_BYTES, v, "Header key") &&
	    is(key->segment, KEY_BYTES, v, "Segment key") &&
	    span_good(l, 0, spans) &&
	    span_good(l, span - l->sector, spans) &&
	    span_good(l, span, spans + 64) &&
	    span_good(l, LAYOUT_LENGTH_MAX - l->sector, last);
}

static void
test_known(void)
{
	FILE *f = vectors_open("format/keys.txt");
	struct vector v = { 0 };
	struct layout l;
	const char *text;

	while (vectors_next(f, &v)) {
		text = vectors_text(&v, "Layout");
		l = lab_layout(text);
		tap_ok(keys_good(&v, &l), "every derived key of layout %s",
		    text);
	}
	fclose(f);
}

int
main(void)
{
	lab_start();
	randombytes_buf(hash_a, sizeof(hash_a));
	randombytes_buf(hash_b, sizeof(hash_b));
	test_factors();
	test_order();
	test_secrets();
	test_forged();
	test_layouts();
	test_committed();
	test_needs();
	test_needed();
	test_limit();
	test_kept();
	test_known();
	key_free(key);
	return tap_done();
}
