/* SPDX-License-Identifier: ISC */
/*
 * AES-256 in portable C and in constant time: no branch, index or address
 * depends on a key or on data.  32 blocks go through at once, bit-sliced.
 */
#ifndef AES_C_H
#define AES_C_H

#include <stdint.h>
#include <string.h>

#define AES_C_BLOCKS 32				/* in a batch */
#define AES_C_BATCH (AES_C_BLOCKS * 16)		/* its bytes */
#define AES_C_SCHEDULE (15 * 16)		/* bytes of 15 round keys */

/*
 * Compilers turn this into SSE2, NEON or whatever there is, and into four plain
 * integers where there is nothing.  It is never passed by value, since how that
 * is done depends on the options of the compiler.
 */
typedef uint32_t aes_c_vec __attribute__((vector_size(16)));

/* Lanes rotated by n: lane c is what lane c + n was. */
#if defined(__clang__)
#define aes_c_rotate(v, n) __builtin_shufflevector((v), (v), (n) & 3, \
    ((n) + 1) & 3, ((n) + 2) & 3, ((n) + 3) & 3)
#else
#define aes_c_rotate(v, n) __builtin_shuffle((v), (aes_c_vec){ (n) & 3, \
    ((n) + 1) & 3, ((n) + 2) & 3, ((n) + 3) & 3 })
#endif

/* From lanes in little-endian order to those of this machine, and back. */
static inline void
aes_c_swap(aes_c_vec *v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	*v = *v << 24 | (*v & 0xff00) << 8 | (*v >> 8 & 0xff00) | *v >> 24;
#else
	(void)v;
#endif
}

/* A block as four little-endian lanes. */
static inline void
aes_c_load(aes_c_vec *v, const uint8_t block[16])
{
	memcpy(v, block, 16);
	aes_c_swap(v);
}

static inline void
aes_c_store(uint8_t block[16], const aes_c_vec *v)
{
	aes_c_vec w = *v;

	aes_c_swap(&w);
	memcpy(block, &w, 16);
}

/* A schedule laid out for aes_c_encrypt or for aes_c_decrypt. */
struct aes_c_keys {
	aes_c_vec round[15][32];
};

/* The round keys of a key, in the order and the byte order of FIPS 197. */
void aes_c_expand(uint8_t schedule[AES_C_SCHEDULE], const uint8_t key[32]);

/* The same for the equivalent inverse cipher, in the order of their use. */
void aes_c_invert(uint8_t decrypt[AES_C_SCHEDULE],
    const uint8_t encrypt[AES_C_SCHEDULE]);

/* Prepare a schedule of aes_c_expand for aes_c_encrypt. */
void aes_c_slice_encrypt(struct aes_c_keys *keys,
    const uint8_t schedule[AES_C_SCHEDULE]);

/* Prepare a schedule of aes_c_invert for aes_c_decrypt. */
void aes_c_slice_decrypt(struct aes_c_keys *keys,
    const uint8_t schedule[AES_C_SCHEDULE]);

/* Encrypt or decrypt 32 blocks in place. */
void aes_c_encrypt(uint8_t batch[AES_C_BATCH], const struct aes_c_keys *keys);
void aes_c_decrypt(uint8_t batch[AES_C_BATCH], const struct aes_c_keys *keys);

#endif
