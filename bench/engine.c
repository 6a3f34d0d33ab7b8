/* SPDX-License-Identifier: ISC */
/*
 * The speed of the engine's backends, and of the libraries found when this was
 * built, on the same work: a run of data units in place, hot in the cache, on
 * one core.  Libraries take one unit a call, which is all they offer.  They run
 * in turns within each repetition, so that what slows the machine down for a
 * while slows all of them.  --json prints the same for programs.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#ifdef HAVE_BEARSSL
#include <bearssl/bearssl_block.h>
#endif
#ifdef HAVE_GCRYPT
#include <gcrypt.h>
#endif
#ifdef HAVE_NETTLE
#include <nettle/xts.h>
#endif
#ifdef HAVE_OPENSSL
#include <openssl/evp.h>
#endif

#include "bytes.h"
#include "xts.h"

#define BUFFER (256 * 1024)
#define REPETITIONS 21
#define SLICE 2e-3		/* seconds of work in a sample */

static const size_t units[] = { 512, 4096 };

/* Every unit of the buffer, in place; the first has tweak 0. */
typedef void work(uint8_t *buf, size_t unit, bool encrypt);

struct result {
	double samples[REPETITIONS], best, median;	/* bytes a second */
};

struct peer {
	const char *name;
	work *work;
	const struct xts_backend *backend;	/* or a library, if NULL */
	struct result results[2][2];		/* [unit][decrypt] */
};

static uint8_t key[XTS_KEY_BYTES];
static struct xts_keys keys;
static const struct xts_backend *backend;

static void
work_backend(uint8_t *buf, size_t unit, bool encrypt)
{
	static const uint8_t tweak[16];

	(encrypt ? backend->encrypt : backend->decrypt)(buf, buf,
	    BUFFER / unit, unit, tweak, &keys);
}

#ifdef HAVE_BEARSSL

/* Not in its headers, but in its library: four blocks at a time. */
unsigned br_aes_ct64_keysched(uint64_t *comp, const void *k, size_t len);
void br_aes_ct64_skey_expand(uint64_t *skey, unsigned rounds,
    const uint64_t *comp);
void br_aes_ct64_interleave_in(uint64_t *q0, uint64_t *q1, const uint32_t *w);
void br_aes_ct64_interleave_out(uint32_t *w, uint64_t q0, uint64_t q1);
void br_aes_ct64_ortho(uint64_t *q);
void br_aes_ct64_bitslice_encrypt(unsigned rounds, const uint64_t *skey,
    uint64_t *q);
void br_aes_ct64_bitslice_decrypt(unsigned rounds, const uint64_t *skey,
    uint64_t *q);

static uint64_t bear_data[120], bear_tweak[120];
static br_aes_big_cbcenc_keys bear_big_enc, bear_big_tweak;
static br_aes_big_cbcdec_keys bear_big_dec;

static void
bear_make(void)
{
	uint64_t comp[30];

	br_aes_ct64_keysched(comp, key, 32);
	br_aes_ct64_skey_expand(bear_data, 14, comp);
	br_aes_ct64_keysched(comp, key + 32, 32);
	br_aes_ct64_skey_expand(bear_tweak, 14, comp);
	br_aes_big_cbcenc_init(&bear_big_enc, key, 32);
	br_aes_big_cbcdec_init(&bear_big_dec, key, 32);
	br_aes_big_cbcenc_init(&bear_big_tweak, key + 32, 32);
}

static void
bear_blocks(uint8_t blocks[64], const uint64_t *skey, bool encrypt)
{
	uint64_t q[8];
	uint32_t w[16];
	int i;

	for (i = 0; i < 16; i++)
		w[i] = bytes_load32(blocks + 4 * i);
	for (i = 0; i < 4; i++)
		br_aes_ct64_interleave_in(&q[i], &q[i + 4], w + 4 * i);
	br_aes_ct64_ortho(q);
	if (encrypt)
		br_aes_ct64_bitslice_encrypt(14, skey, q);
	else
		br_aes_ct64_bitslice_decrypt(14, skey, q);
	br_aes_ct64_ortho(q);
	for (i = 0; i < 4; i++)
		br_aes_ct64_interleave_out(w + 4 * i, q[i], q[i + 4]);
	for (i = 0; i < 16; i++)
		bytes_store32(blocks + 4 * i, w[i]);
}

static void
bear_double(uint64_t t[2])
{
	uint64_t wrapped = -(t[1] >> 63) & 0x87;

	t[1] = t[1] << 1 | t[0] >> 63;
	t[0] = t[0] << 1 ^ wrapped;
}

static void
bear_add(uint8_t *blocks, const uint64_t *tweaks, size_t n)
{
	uint64_t v;
	size_t i;

	for (i = 0; i < 2 * n; i++) {
		memcpy(&v, blocks + 8 * i, 8);
		v ^= tweaks[i];
		memcpy(blocks + 8 * i, &v, 8);
	}
}

static void
work_bear_ct64(uint8_t *buf, size_t unit, bool encrypt)
{
	uint64_t t[2], tweaks[8];
	uint8_t first[64];
	size_t at, i;

	for (at = 0; at < BUFFER; at += 64) {
		if (at % unit == 0) {
			memset(first, 0, sizeof(first));
			bytes_store64(first, at / unit);
			bear_blocks(first, bear_tweak, true);
			memcpy(t, first, 16);
		}
		for (i = 0; i < 4; i++) {
			memcpy(tweaks + 2 * i, t, 16);
			bear_double(t);
		}
		bear_add(buf + at, tweaks, 4);
		bear_blocks(buf + at, bear_data, encrypt);
		bear_add(buf + at, tweaks, 4);
	}
}

/* One block of CBC with the tweak for an IV is a block of XTS, less one xor. */
static void
work_bear_big(uint8_t *buf, size_t unit, bool encrypt)
{
	uint64_t t[2], iv[2];
	uint8_t first[16], zero[16];
	size_t at;

	for (at = 0; at < BUFFER; at += 16) {
		if (at % unit == 0) {
			memset(first, 0, sizeof(first));
			memset(zero, 0, sizeof(zero));
			bytes_store64(first, at / unit);
			br_aes_big_cbcenc_run(&bear_big_tweak, zero, first, 16);
			memcpy(t, first, 16);
		}
		memcpy(iv, t, 16);
		if (encrypt) {
			br_aes_big_cbcenc_run(&bear_big_enc, iv, buf + at, 16);
		} else {
			bear_add(buf + at, t, 1);
			br_aes_big_cbcdec_run(&bear_big_dec, iv, buf + at, 16);
		}
		if (encrypt)
			bear_add(buf + at, t, 1);
		bear_double(t);
	}
}

#endif

#ifdef HAVE_OPENSSL

static EVP_CIPHER_CTX *ossl_enc, *ossl_dec;

static void
ossl_make(void)
{
	ossl_enc = EVP_CIPHER_CTX_new();
	ossl_dec = EVP_CIPHER_CTX_new();
	EVP_EncryptInit_ex(ossl_enc, EVP_aes_256_xts(), NULL, key, NULL);
	EVP_DecryptInit_ex(ossl_dec, EVP_aes_256_xts(), NULL, key, NULL);
}

static void
work_ossl(uint8_t *buf, size_t unit, bool encrypt)
{
	EVP_CIPHER_CTX *ctx = encrypt ? ossl_enc : ossl_dec;
	uint8_t tweak[16] = { 0 };
	size_t at;
	int len;

	for (at = 0; at < BUFFER; at += unit) {
		bytes_store64(tweak, at / unit);
		EVP_CipherInit_ex(ctx, NULL, NULL, NULL, tweak, -1);
		EVP_CipherUpdate(ctx, buf + at, &len, buf + at, (int)unit);
	}
}

#endif

#ifdef HAVE_GCRYPT

static gcry_cipher_hd_t gcrypt;

static void
gcrypt_make(void)
{
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	gcry_cipher_open(&gcrypt, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_XTS, 0);
	gcry_cipher_setkey(gcrypt, key, sizeof(key));
}

static void
work_gcrypt(uint8_t *buf, size_t unit, bool encrypt)
{
	uint8_t tweak[16] = { 0 };
	size_t at;

	for (at = 0; at < BUFFER; at += unit) {
		bytes_store64(tweak, at / unit);
		gcry_cipher_setiv(gcrypt, tweak, sizeof(tweak));
		(encrypt ? gcry_cipher_encrypt : gcry_cipher_decrypt)(gcrypt,
		    buf + at, unit, NULL, 0);
	}
}

#endif

#ifdef HAVE_NETTLE

static struct xts_aes256_key nettle_enc, nettle_dec;

static void
nettle_make(void)
{
	xts_aes256_set_encrypt_key(&nettle_enc, key);
	xts_aes256_set_decrypt_key(&nettle_dec, key);
}

static void
work_nettle(uint8_t *buf, size_t unit, bool encrypt)
{
	uint8_t tweak[16] = { 0 };
	size_t at;

	for (at = 0; at < BUFFER; at += unit) {
		bytes_store64(tweak, at / unit);
		if (encrypt)
			xts_aes256_encrypt_message(&nettle_enc, tweak, unit,
			    buf + at, buf + at);
		else
			xts_aes256_decrypt_message(&nettle_dec, tweak, unit,
			    buf + at, buf + at);
	}
}

#endif

static const struct {
	const char *name;
	void (*make)(void);
	work *work;
} libraries[] = {
#ifdef HAVE_BEARSSL
	{ "bearssl-ct64", bear_make, work_bear_ct64 },
	{ "bearssl-big", NULL, work_bear_big },
#endif
#ifdef HAVE_GCRYPT
	{ "libgcrypt", gcrypt_make, work_gcrypt },
#endif
#ifdef HAVE_NETTLE
	{ "nettle", nettle_make, work_nettle },
#endif
#ifdef HAVE_OPENSSL
	{ "openssl", ossl_make, work_ossl },
#endif
	{ NULL, NULL, NULL }
};

static struct peer peers[16];
static size_t n_peers;

static void
find_peers(void)
{
	const struct xts_backend *const *b;
	size_t i;

	for (b = xts_backends; *b != NULL; b++)
		if ((*b)->usable())
			peers[n_peers++] = (struct peer){ .name = (*b)->name,
			    .work = work_backend, .backend = *b };
	for (i = 0; libraries[i].name != NULL; i++) {
		if (libraries[i].make != NULL)
			libraries[i].make();
		peers[n_peers++] = (struct peer){ .name = libraries[i].name,
		    .work = libraries[i].work };
	}
}

/* What is fast but wrong does not count: all must agree, there and back. */
static void
check_peers(uint8_t *buf)
{
	uint8_t first[32], hash[32];
	size_t i, u;

	for (u = 0; u < 2; u++) {
		for (i = 0; i < n_peers; i++) {
			backend = peers[i].backend;
			memset(buf, 0, BUFFER);
			peers[i].work(buf, units[u], true);
			crypto_generichash(hash, 32, buf, BUFFER, NULL, 0);
			if (i == 0)
				memcpy(first, hash, 32);
			peers[i].work(buf, units[u], false);
			if (memcmp(first, hash, 32) == 0 &&
			    sodium_is_zero(buf, BUFFER))
				continue;
			fprintf(stderr, "engine: %s computes something else\n",
			    peers[i].name);
			exit(1);
		}
	}
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

static double
measure(const struct peer *peer, uint8_t *buf, size_t unit, bool encrypt)
{
	double start, end;
	int rounds = 0;

	backend = peer->backend;
	peer->work(buf, unit, encrypt);
	start = now();
	do {
		peer->work(buf, unit, encrypt);
		rounds++;
		end = now();
	} while (end - start < SLICE);
	return rounds * (double)BUFFER / (end - start);
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
measure_peers(uint8_t *buf)
{
	struct result *r;
	size_t rep, i, w;

	for (rep = 0; rep < REPETITIONS; rep++)
		for (w = 0; w < 4; w++)
			for (i = 0; i < n_peers; i++)
				peers[i].results[w / 2][w % 2].samples[rep] =
				    measure(&peers[i], buf, units[w / 2],
				    w % 2 == 0);
	for (i = 0; i < n_peers; i++)
		for (w = 0; w < 4; w++) {
			r = &peers[i].results[w / 2][w % 2];
			qsort(r->samples, REPETITIONS, sizeof(double), compare);
			r->best = r->samples[REPETITIONS - 1];
			r->median = r->samples[REPETITIONS / 2];
		}
}

/* What the ratios are to. */
static const struct peer *
portable(void)
{
	size_t i;

	for (i = 0; peers[i].backend != &xts_c; i++)
		;
	return &peers[i];
}

static void
print(bool json)
{
	const struct result *r, *p;
	size_t i, w;

	if (!json)
		printf("%-16s %5s %-8s %8s %8s %9s\n", "GB/s", "unit", "",
		    "best", "median", "portable");
	for (w = 0; w < 4; w++)
		for (i = 0; i < n_peers; i++) {
			r = &peers[i].results[w / 2][w % 2];
			p = &portable()->results[w / 2][w % 2];
			printf(json ? "%s{\"name\": \"%s\", \"unit\": %zu, "
			    "\"direction\": \"%s\", \"best\": %.4f, "
			    "\"median\": %.4f, \"ratio\": %.3f}" :
			    "%s%-16s %5zu %-8s %8.3f %8.3f %8.2fx\n",
			    !json ? "" : w + i == 0 ? "[\n" : ",\n",
			    peers[i].name, units[w / 2],
			    w % 2 == 0 ? "encrypt" : "decrypt", r->best / 1e9,
			    r->median / 1e9, r->median / p->median);
		}
	if (json)
		printf("\n]\n");
}

int
main(int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	uint8_t *buf = aligned_alloc(4096, BUFFER);
	size_t i;

	if (argc > 1 && !json) {
		fprintf(stderr, "usage: engine [--json]\n");
		return 2;
	}
	if (buf == NULL || sodium_init() < 0)
		return 1;
	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	if (xts_choose("portable") != XC_OK || xts_expand(&keys, key) != XC_OK)
		return 1;
	find_peers();
	check_peers(buf);
	measure_peers(buf);
	print(json);
	free(buf);
	return 0;
}
