/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>

#include <sodium.h>

#include "clock.h"
#include "command.h"
#include "kdf.h"
#include "msg.h"
#include "options.h"
#include "poly1305.h"
#include "segment.h"
#include "show.h"
#include "xts.h"

#define BUFFER ((size_t)256 << 10)	/* fits the second cache */
#define SECONDS 0.1			/* for each figure */

struct figures {
	uint8_t *buf;
	struct xts_keys *keys;
	bool json;
	const char *comma;
};

/* Return bytes a second: the best pass over the buffer that time allows. */
static double
rate(void (*pass)(struct figures *, const void *), struct figures *f,
    const void *arg)
{
	double start = clock_now(), best = 0, before, took;

	do {
		before = clock_now();
		pass(f, arg);
		took = clock_now() - before;
		if (took > 0 && BUFFER / took > best)
			best = BUFFER / took;
	} while (clock_now() - start < SECONDS);
	return best;
}

struct measurement {
	xts_run *run;
	size_t unit;
};

static void
pass_engine(struct figures *f, const void *arg)
{
	static const uint8_t tweak[16];
	const struct measurement *m = arg;

	m->run(f->buf, f->buf, BUFFER / m->unit, m->unit, tweak, f->keys);
}

static void
pass_tags(struct figures *f, const void *arg)
{
	const size_t segment = LAYOUT_DEFAULT.segment;
	uint8_t record[LAYOUT_RECORD];

	for (size_t at = 0; at < BUFFER; at += segment)
		segment_tag(record, f->buf + at, segment, at / segment, false,
		    arg);
}

static void
show_engine(struct figures *f, const struct xts_backend *b, size_t unit)
{
	const struct measurement enc = { b->encrypt, unit };
	const struct measurement dec = { b->decrypt, unit };
	double e = rate(pass_engine, f, &enc) / 1e9;
	double d = rate(pass_engine, f, &dec) / 1e9;

	if (f->json)
		printf("%s\n    { \"backend\": \"%s\", \"unit\": %zu, "
		    "\"encrypt\": %.3f, \"decrypt\": %.3f }", f->comma,
		    b->name, unit, e, d);
	else
		printf("%-10s  %4zu-byte units  encrypt %7.3f GB/s  "
		    "decrypt %7.3f GB/s%s\n", b->name, unit, e, d,
		    b == xts_chosen() ? "" : "  (not in use)");
	f->comma = ",";
}

static void
show_engines(struct figures *f, const uint8_t key[XTS_KEY_BYTES])
{
	for (size_t i = 0; xts_backends[i] != NULL; i++) {
		const struct xts_backend *b = xts_backends[i];

		if (!b->usable())
			continue;
		b->expand(f->keys, key);
		show_engine(f, b, 512);
		show_engine(f, b, 4096);
	}
}

/* Print the digests that the proofs, in "make prove", print of these bytes. */
static void
show_functions(struct figures *f)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];

	f->comma = "";
	for (const struct xts_code *c = xts_code; c->name != NULL; c++) {
		const uint8_t *start = (const uint8_t *)(uintptr_t)c->start;
		size_t len = (uintptr_t)c->end - (uintptr_t)start;

		crypto_hash_sha256(hash, start, len);
		sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
		if (f->json)
			printf("%s\n    { \"function\": \"%s\", "
			    "\"bytes\": %zu, \"sha256\": \"%s\" }",
			    f->comma, c->name, len, hex);
		else
			printf("%-19s  %5zu bytes  SHA-256 %s\n", c->name,
			    len, hex);
		f->comma = ",";
	}
}

static int
show_rest(struct figures *f, const uint8_t *key)
{
	const struct kdf_cost cost = KDF_MODERATE;
	const char *engine = poly1305_chosen()->name;
	uint8_t out[KDF_KEY_BYTES];
	double tags = rate(pass_tags, f, key) / 1e9, took = clock_now();
	int err = kdf_derive(out, &cost, key, key, KDF_SALT_BYTES);

	took = clock_now() - took;
	if (err != XC_OK)
		return msg_fail("key derivation", err);
	if (f->json)
		printf("\n  ],\n  \"tag_backend\": \"%s\",\n"
		    "  \"tags\": %.3f,\n  \"kdf\": { "
		    "\"passes\": %u, \"memory\": %llu, "
		    "\"seconds\": %.3f }\n}\n", engine, tags,
		    cost.passes, (unsigned long long)cost.memory * 1024, took);
	else
		printf("%-10s  tags %.3f GB/s\n"
		    "Argon2id    %u passes over %u MiB: %.2f s\n", engine, tags,
		    cost.passes, cost.memory / 1024, took);
	return EXIT_DONE;
}

int
cmd_bench(const struct options *o)
{
	uint8_t key[XTS_KEY_BYTES];
	struct figures f = { .comma = "" };
	int code;

	f.json = o->json;
	f.buf = sodium_malloc(BUFFER);
	f.keys = sodium_malloc(sizeof(*f.keys));
	if (f.buf == NULL || f.keys == NULL) {
		code = msg_fail("benchmark", ENOMEM);
	} else {
		randombytes_buf(key, sizeof(key));
		randombytes_buf(f.buf, BUFFER);
		if (f.json)
			printf("{\n  \"chosen\": \"%s\",\n  \"engines\": [",
			    xts_chosen()->name);
		show_engines(&f, key);
		if (f.json)
			printf("\n  ],\n  \"code\": [");
		show_functions(&f);
		code = show_rest(&f, key);
	}
	sodium_free(f.buf);
	sodium_free(f.keys);
	return code == EXIT_DONE ? show_end() : code;
}
