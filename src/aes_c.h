/* SPDX-License-Identifier: ISC */
/*
 * AES-256 in portable C and constant time: no branch, index or address depends
 * on a key or on data.  Bit-sliced: a call processes a batch of 32 blocks.
 */
#ifndef AES_C_H
#define AES_C_H

#include <stdint.h>
#include <string.h>

#define AES_C_BLOCKS 32				/* in a batch */
#define AES_C_BATCH (AES_C_BLOCKS * 16)		/* its bytes */
#define AES_C_SCHEDULE (15 * 16)		/* bytes of 15 round keys */

/*
 * Compiles to SSE2, NEON or another vector unit, or to four plain integers.
 * Never passed by value: how that is done depends on the compiler's options.
 */
typedef uint32_t aes_c_vec __attribute__((vector_size(16)));

/* Rotate lanes by n: lane c gets the value of lane c + n. */
#if defined(__clang__)
#define aes_c_rotate(v, n) __builtin_shufflevector((v), (v), (n) & 3, \
    ((n) + 1) & 3, ((n) + 2) & 3, ((n) + 3) & 3)
#else
#define aes_c_rotate(v, n) __builtin_shuffle((v), (aes_c_vec){ (n) & 3, \
    ((n) + 1) & 3, ((n) + 2) & 3, ((n) + 3) & 3 })
#endif

/* Convert lanes between little-endian and this machine's byte order. */
static inline void
aes_c_swap(aes_c_vec *v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	*v = *v << 24 | (*v & 0xff00) << 8 | (*v >> 8 & 0xff00) | *v >> 24;
#else
	(void)v;
#endif
}

/* Load a block as four little-endian lanes. */
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

/* Key schedule, bit-sliced for aes_c_encrypt or for aes_c_decrypt. */
struct aes_c_keys {
	aes_c_vec round[15][32];
};

/* Expand a key to its round keys, in the order and byte order of FIPS 197. */
void aes_c_expand(uint8_t schedule[AES_C_SCHEDULE], const uint8_t key[32]);

/* Derive the round keys of the equivalent inverse cipher, in order of use. */
void aes_c_invert(uint8_t decrypt[AES_C_SCHEDULE],
    const uint8_t encrypt[AES_C_SCHEDULE]);

/* Bit-slice a schedule of aes_c_expand for aes_c_encrypt. */
void aes_c_slice_encrypt(struct aes_c_keys *keys,
    const uint8_t schedule[AES_C_SCHEDULE]);

/* Bit-slice a schedule of aes_c_invert for aes_c_decrypt. */
void aes_c_slice_decrypt(struct aes_c_keys *keys,
    const uint8_t schedule[AES_C_SCHEDULE]);

/* Encrypt or decrypt 32 blocks in place. */
void aes_c_encrypt(uint8_t batch[AES_C_BATCH], const struct aes_c_keys *keys);
void aes_c_decrypt(uint8_t batch[AES_C_BATCH], const struct aes_c_keys *keys);

#endif
