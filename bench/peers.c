/* SPDX-License-Identifier: ISC */
#include <string.h>

#ifdef HAVE_BEARSSL
#include <bearssl/bearssl_block.h>
#endif
#ifdef HAVE_BOTAN
#include <botan/ffi.h>
#endif
#ifdef HAVE_GCRYPT
#include <gcrypt.h>
#endif
#ifdef HAVE_ISAL
#include <isa-l_crypto/aes_keyexp.h>
#include <isa-l_crypto/aes_xts.h>
#endif
#ifdef HAVE_MBEDTLS
#include <mbedtls/aes.h>
#endif
#ifdef HAVE_NETTLE
#include <nettle/xts.h>
#endif
#ifdef HAVE_OPENSSL
#include <openssl/evp.h>
#endif

#include "bytes.h"
#include "peers.h"

/* What is made of one key for each direction. */
#define ENCRYPT 0
#define DECRYPT 1

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
bear_make(const uint8_t key[64])
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
bear_ct64(uint8_t *buf, size_t unit, uint64_t number, bool encrypt)
{
	uint64_t t[2], tweaks[8];
	uint8_t first[64] = { 0 };
	size_t at, i;

	bytes_store64(first, number);
	bear_blocks(first, bear_tweak, true);
	memcpy(t, first, 16);
	for (at = 0; at < unit; at += 64) {
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
bear_big(uint8_t *buf, size_t unit, uint64_t number, bool encrypt)
{
	uint64_t t[2], iv[2];
	uint8_t first[16] = { 0 }, zero[16] = { 0 };
	size_t at;

	bytes_store64(first, number);
	br_aes_big_cbcenc_run(&bear_big_tweak, zero, first, 16);
	memcpy(t, first, 16);
	for (at = 0; at < unit; at += 16) {
		memcpy(iv, t, 16);
		if (encrypt) {
			br_aes_big_cbcenc_run(&bear_big_enc, iv, buf + at, 16);
			bear_add(buf + at, t, 1);
		} else {
			bear_add(buf + at, t, 1);
			br_aes_big_cbcdec_run(&bear_big_dec, iv, buf + at, 16);
		}
		bear_double(t);
	}
}

#endif

#ifdef HAVE_BOTAN

static botan_cipher_t botan[2];

static void
botan_make(const uint8_t key[64])
{
	botan_cipher_init(&botan[ENCRYPT], "AES-256/XTS",
	    BOTAN_CIPHER_INIT_FLAG_ENCRYPT);
	botan_cipher_init(&botan[DECRYPT], "AES-256/XTS",
	    BOTAN_CIPHER_INIT_FLAG_DECRYPT);
	botan_cipher_set_key(botan[ENCRYPT], key, 64);
	botan_cipher_set_key(botan[DECRYPT], key, 64);
}

static void
botan_crypt(uint8_t *buf, size_t unit, uint64_t number, bool encrypt)
{
	botan_cipher_t cipher = botan[encrypt ? ENCRYPT : DECRYPT];
	uint8_t tweak[16] = { 0 };
	size_t out, in;

	bytes_store64(tweak, number);
	botan_cipher_start(cipher, tweak, sizeof(tweak));
	botan_cipher_update(cipher, BOTAN_CIPHER_UPDATE_FLAG_FINAL, buf, unit,
	    &out, buf, unit, &in);
}

#endif

#ifdef HAVE_GCRYPT

static gcry_cipher_hd_t gcrypt;

static void
gcrypt_make(const uint8_t key[64])
{
	gcry_check_version(NULL);
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	gcry_cipher_open(&gcrypt, GCRY_CIPHER_AES256, GCRY_CIPHER_MODE_XTS, 0);
	gcry_cipher_setkey(gcrypt, key, 64);
}

static void
gcrypt_crypt(uint8_t *buf, size_t unit, uint64_t number, bool encrypt)
{
	uint8_t tweak[16] = { 0 };

	bytes_store64(tweak, number);
	gcry_cipher_setiv(gcrypt, tweak, sizeof(tweak));
	if (encrypt)
		gcry_cipher_encrypt(gcrypt, buf, unit, NULL, 0);
	else
		gcry_cipher_decrypt(gcrypt, buf, unit, NULL, 0);
}

#endif

#ifdef HAVE_ISAL

/* Keys are expanded beforehand, so that no call is timed expanding them. */
static uint8_t isal_data[2][240], isal_tweak[240];

static void
isal_make(const uint8_t key[64])
{
	uint8_t unused[240];

	isal_aes_keyexp_256(key, isal_data[ENCRYPT], isal_data[DECRYPT]);
	isal_aes_keyexp_256(key + 32, isal_tweak, unused);
}

static void
isal_crypt(uint8_t *buf, size_t unit, uint64_t number, bool encrypt)
{
	uint8_t tweak[16] = { 0 };

	bytes_store64(tweak, number);
	if (encrypt)
		isal_aes_xts_enc_256_expanded_key(isal_tweak,
		    isal_data[ENCRYPT], tweak, unit, buf, buf);
	else
		isal_aes_xts_dec_256_expanded_key(isal_tweak,
		    isal_data[DECRYPT], tweak, unit, buf, buf);
}

#endif

#ifdef HAVE_MBEDTLS

static mbedtls_aes_xts_context mbedtls[2];

static void
mbedtls_make(const uint8_t key[64])
{
	mbedtls_aes_xts_init(&mbedtls[ENCRYPT]);
	mbedtls_aes_xts_init(&mbedtls[DECRYPT]);
	mbedtls_aes_xts_setkey_enc(&mbedtls[ENCRYPT], key, 512);
	mbedtls_aes_xts_setkey_dec(&mbedtls[DECRYPT], key, 512);
}

static void
mbedtls_crypt(uint8_t *buf, size_t unit, uint64_t number, bool encrypt)
{
	uint8_t tweak[16] = { 0 };

	bytes_store64(tweak, number);
	mbedtls_aes_crypt_xts(&mbedtls[encrypt ? ENCRYPT : DECRYPT],
	    encrypt ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT, unit, tweak,
	    buf, buf);
}

#endif

#ifdef HAVE_NETTLE

static struct xts_aes256_key nettle[2];

static void
nettle_make(const uint8_t key[64])
{
	xts_aes256_set_encrypt_key(&nettle[ENCRYPT], key);
	xts_aes256_set_decrypt_key(&nettle[DECRYPT], key);
}

static void
nettle_crypt(uint8_t *buf, size_t unit, uint64_t number, bool encrypt)
{
	uint8_t tweak[16] = { 0 };

	bytes_store64(tweak, number);
	if (encrypt)
		xts_aes256_encrypt_message(&nettle[ENCRYPT], tweak, unit, buf,
		    buf);
	else
		xts_aes256_decrypt_message(&nettle[DECRYPT], tweak, unit, buf,
		    buf);
}

#endif

#ifdef HAVE_OPENSSL
#ifdef OPENSSL_IS_AWSLC
#define OPENSSL_NAME "aws-lc"
#else
#define OPENSSL_NAME "openssl"
#endif

static EVP_CIPHER_CTX *openssl[2];

static void
openssl_make(const uint8_t key[64])
{
	openssl[ENCRYPT] = EVP_CIPHER_CTX_new();
	openssl[DECRYPT] = EVP_CIPHER_CTX_new();
	EVP_EncryptInit_ex(openssl[ENCRYPT], EVP_aes_256_xts(), NULL, key,
	    NULL);
	EVP_DecryptInit_ex(openssl[DECRYPT], EVP_aes_256_xts(), NULL, key,
	    NULL);
}

static void
openssl_crypt(uint8_t *buf, size_t unit, uint64_t number, bool encrypt)
{
	EVP_CIPHER_CTX *ctx = openssl[encrypt ? ENCRYPT : DECRYPT];
	uint8_t tweak[16] = { 0 };
	int len;

	bytes_store64(tweak, number);
	EVP_CipherInit_ex(ctx, NULL, NULL, NULL, tweak, -1);
	EVP_CipherUpdate(ctx, buf, &len, buf, (int)unit);
}

#endif

/*
 * Of those that Debian 12 has, libgcrypt alone knows VAES.  OpenSSL must be
 * told before it is loaded, by OPENSSL_ia32cap.
 */
bool
peer_hold_to_aesni(const struct peer *peer)
{
#ifdef HAVE_GCRYPT
	if (strcmp(peer->name, "libgcrypt") == 0)
		gcry_control(GCRYCTL_DISABLE_HWF, "intel-vaes-vpclmul", NULL);
#endif
	return strcmp(peer->name, "isa-l_crypto") != 0;
}

const struct peer peers[] = {
#ifdef HAVE_OPENSSL
	{ OPENSSL_NAME, openssl_make, openssl_crypt, true },
#endif
#ifdef HAVE_ISAL
	{ "isa-l_crypto", isal_make, isal_crypt, true },
#endif
#ifdef HAVE_GCRYPT
	{ "libgcrypt", gcrypt_make, gcrypt_crypt, true },
#endif
#ifdef HAVE_BOTAN
	{ "botan", botan_make, botan_crypt, true },
#endif
#ifdef HAVE_NETTLE
	{ "nettle", nettle_make, nettle_crypt, true },
#endif
#ifdef HAVE_MBEDTLS
	{ "mbedtls", mbedtls_make, mbedtls_crypt, false },
#endif
#ifdef HAVE_BEARSSL
	{ "bearssl-big", bear_make, bear_big, false },
	{ "bearssl-ct64", bear_make, bear_ct64, false },
#endif
	{ NULL, NULL, NULL, false }
};
