/* SPDX-License-Identifier: ISC */
/*
 * Files against known answers: testdata/format/known.txt in both directions,
 * and made.txt in one.  testdata/gen_format.py made them with another
 * implementation.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "lab.h"
#include "tap.h"
#include "vectors.h"

#define QUICK_STEP 5
#define ZEROS_TO 4032	/* of a file written as Start and End */
#define WHOLE_MAX 16384

/* What a paragraph says, made ready. */
struct sample {
	struct layout layout;
	unsigned long long length;	/* of the plaintext */
	bool known;
	uint8_t *plain;
	uint8_t hash[KEYFILE_HASH_BYTES];
	struct key_secret secret;
};

/* The hash of a key file that holds this. */
static void
hash_text(uint8_t hash[KEYFILE_HASH_BYTES], const char *text)
{
	int fd = lab_file((const uint8_t *)text, strlen(text));
	char path[32];

	/* As if the test had been started with it. */
	lab_must(fcntl(fd, F_SETFD, 0) == 0, "no descriptor to inherit");
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	lab_must(keyfile_read(hash, NULL, path) == XC_OK, "no key file");
	close(fd);
}

static void
read_secret(struct sample *s, const struct vector *v)
{
	const char *passphrase = vectors_text(v, "Passphrase");
	const char *file = vectors_text(v, "Key file");

	s->secret = (struct key_secret){ 0 };
	if (passphrase != NULL)
		s->secret = lab_secret(passphrase);
	if (file != NULL) {
		hash_text(s->hash, file);
		s->secret.key_file = s->hash;
	}
}

static void
read_plain(struct sample *s)
{
	s->plain = lab_memory((size_t)s->length);
	lab_pattern(s->plain, (size_t)s->length);
}

static void
read_sample(struct sample *s, const struct vector *v)
{
	const char *length = vectors_text(v, "Length");
	char word[8] = "";

	lab_must(length != NULL && sscanf(length, "%llu %7s", &s->length,
	    word) == 2, "no Length");
	s->layout = lab_layout(vectors_text(v, "Layout"));
	s->known = strcmp(word, "known") == 0;
	read_secret(s, v);
	read_plain(s);
}

/* A file of Start, zeros and End; its length. */
static size_t
read_file(uint8_t file[WHOLE_MAX], const struct vector *v)
{
	memset(file, 0, ZEROS_TO);
	vectors_bytes(file, ZEROS_TO, v, "Start");
	return ZEROS_TO + vectors_bytes(file + ZEROS_TO, WHOLE_MAX - ZEROS_TO,
	    v, "End");
}

/* The file that the library makes of a sample: header and payload. */
static uint8_t *
make_file(const struct sample *s, size_t *len)
{
	struct header h = {
		.layout = s->layout, .generation = 1,
		.length = s->known ? s->length : LAYOUT_UNKNOWN
	};
	struct lab lab = {
		.layout = s->layout, .length = h.length,
		.in_stream = !s->known, .out_stream = !s->known
	};
	struct key *key;
	uint8_t *file;

	lab_must(key_new(&key, &h) == XC_OK, "no key");
	lab_must(key_slot(&h.slots[0], &h, key, &s->secret, &LAB_COST,
	    "known answer") == XC_OK, "no slot");
	lab.key = key;
	lab_run(&lab, XTS_ENCRYPT, s->plain, (size_t)s->length);
	lab_must(lab.err == XC_OK, "a known answer cannot be encrypted");
	*len = HEADER_BYTES + lab.len;
	file = lab_memory(*len);
	key_mac_header(file, &h, key);
	memcpy(file + HEADER_BYTES, lab.out, lab.len);
	lab_free(&lab);
	key_free(key);
	return file;
}

/* Does file open to the plaintext of s, with slot, from a pipe or not? */
static bool
opens(const struct sample *s, const uint8_t *file, size_t len, unsigned slot,
    bool stream)
{
	struct header h;
	struct lab lab = { .in_stream = stream };
	struct key *key;
	unsigned opened;
	bool same;

	if (header_decode(&h, file) != XC_OK ||
	    key_open(&key, &opened, file, &h, &s->secret, KEY_ALL_SLOTS,
	    KDF_MEMORY_LIMIT) != XC_OK)
		return false;
	lab.key = key;
	lab.layout = h.layout;
	lab.length = h.length;
	lab_run(&lab, XTS_DECRYPT, file + HEADER_BYTES, len - HEADER_BYTES);
	same = lab_gave(&lab, s->plain, (size_t)s->length) && opened == slot;
	lab_free(&lab);
	key_free(key);
	return same;
}

/* One case of known.txt. */
static bool
known_good(const struct vector *v)
{
	struct sample s;
	uint8_t *file, want[WHOLE_MAX], hash[32];
	size_t len, wanted;
	bool good;

	read_sample(&s, v);
	lab_random(vectors_number(v, "Seed"));
	file = make_file(&s, &len);
	if (vectors_text(v, "Hash") != NULL) {
		crypto_generichash(hash, sizeof(hash), file, len, NULL, 0);
		vectors_bytes(want, sizeof(want), v, "Hash");
		good = memcmp(hash, want, sizeof(hash)) == 0;
	} else {
		wanted = read_file(want, v);
		good = len == wanted && memcmp(file, want, len) == 0;
	}
	good = good && opens(&s, file, len, 0, s.length % 2 == 1);
	free(file);
	free(s.plain);
	return good;
}

static void
test_known(void)
{
	FILE *f = vectors_open("format/known.txt");
	struct vector v = { 0 };
	unsigned i;

	for (i = 0; vectors_next(f, &v); i++) {
		if (lab_quick() && i % QUICK_STEP != 0)
			continue;
		tap_ok(known_good(&v), "known: %s; %s; %s",
		    vectors_text(&v, "Layout"), vectors_text(&v, "Length"),
		    vectors_text(&v, "Hash") != NULL ? "hash" : "every byte");
	}
	tap_ok(i >= 100, "there are enough of them");
	fclose(f);
}

/* One case of made.txt. */
static bool
made_good(const struct vector *v)
{
	struct sample s;
	struct header h;
	uint8_t file[WHOLE_MAX];
	size_t len = read_file(file, v);
	unsigned slot = (unsigned)vectors_number(v, "Slot");
	bool good;

	if (vectors_text(v, "Error") != NULL)
		return header_decode(&h, file) == XC_OK && header_whole(&h) ==
		    (vectors_number(v, "Error") == 1 ? XC_E_CONVERTING :
		    XC_E_WRITING);
	s.length = vectors_number(v, "Plain");
	read_plain(&s);
	read_secret(&s, v);
	good = opens(&s, file, len, slot, false) &&
	    opens(&s, file, len, slot, true);
	free(s.plain);
	return good;
}

static void
test_made(void)
{
	FILE *f = vectors_open("format/made.txt");
	struct vector v = { 0 };
	unsigned i;

	for (i = 0; vectors_next(f, &v); i++)
		tap_ok(made_good(&v), "made elsewhere: %s",
		    vectors_text(&v, "ID"));
	tap_ok(i >= 10, "there are enough of them");
	fclose(f);
}

int
main(void)
{
	lab_start();
	test_known();
	test_made();
	return tap_done();
}
