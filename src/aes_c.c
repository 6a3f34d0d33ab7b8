/* SPDX-License-Identifier: ISC */
/*
 * A batch of 32 blocks is sliced into 32 vectors.  Vector 8 * r + b holds bit b
 * of all the bytes in row r of the state: lane c is column c, and bit j of the
 * lane is block j.  Vector i is loaded with block i, whose columns are its
 * lanes; slicing then transposes 32 x 32 bits in each lane.  ShiftRows rotates
 * the lanes of a vector, and MixColumns rotates nothing.
 *
 * Source: FIPS 197, which numbers bits from the top; here bit 0 is the lowest.
 */
#include <string.h>

#include "aes_c.h"
#include "aes_c_sbox.h"
#include "bytes.h"

#define ROUNDS 14

typedef aes_c_vec vec;

#define rotate aes_c_rotate

/* Swap the bits of a under mask << shift with the bits of b under mask. */
static inline void
swap_bits(vec *a, vec *b, unsigned int shift, uint32_t mask)
{
	vec t = ((*a >> shift) ^ *b) & mask;

	*b ^= t;
	*a ^= t << shift;
}

/* Transpose bits 2 to 4 of the row and column numbers: rows four apart. */
static inline void
transpose_high(vec v[32])
{
	vec a = v[0], b = v[4], c = v[8], d = v[12];
	vec e = v[16], f = v[20], g = v[24], h = v[28];

	swap_bits(&a, &e, 16, 0x0000ffff);
	swap_bits(&b, &f, 16, 0x0000ffff);
	swap_bits(&c, &g, 16, 0x0000ffff);
	swap_bits(&d, &h, 16, 0x0000ffff);

	swap_bits(&a, &c, 8, 0x00ff00ff);
	swap_bits(&b, &d, 8, 0x00ff00ff);
	swap_bits(&e, &g, 8, 0x00ff00ff);
	swap_bits(&f, &h, 8, 0x00ff00ff);

	swap_bits(&a, &b, 4, 0x0f0f0f0f);
	swap_bits(&c, &d, 4, 0x0f0f0f0f);
	swap_bits(&e, &f, 4, 0x0f0f0f0f);
	swap_bits(&g, &h, 4, 0x0f0f0f0f);

	v[0] = a, v[4] = b, v[8] = c, v[12] = d;
	v[16] = e, v[20] = f, v[24] = g, v[28] = h;
}

/* Transpose bits 0 and 1: adjacent rows. */
static inline void
transpose_low(vec v[4])
{
	vec a = v[0], b = v[1], c = v[2], d = v[3];

	swap_bits(&a, &c, 2, 0x33333333);
	swap_bits(&b, &d, 2, 0x33333333);

	swap_bits(&a, &b, 1, 0x55555555);
	swap_bits(&c, &d, 1, 0x55555555);

	v[0] = a, v[1] = b, v[2] = c, v[3] = d;
}

/* Move bit j of row i to bit i of row j, in each lane, in two passes. */
static void
transpose(vec v[32])
{
	int i;

	for (i = 0; i < 4; i++)
		transpose_high(v + i);
	for (i = 0; i < 32; i += 4)
		transpose_low(v + i);
}

static inline void
add_key(vec s[32], const vec key[32])
{
	int i;

	for (i = 0; i < 32; i++)
		s[i] ^= key[i];
}

static void
sub_bytes(vec s[32])
{
	int row;

	for (row = 0; row < 4; row++)
		sbox(s + 8 * row);
}

static void
sub_bytes_inverse(vec s[32])
{
	int row;

	for (row = 0; row < 4; row++)
		sbox_inverse(s + 8 * row);
}

/* Apply ShiftRows, then add the last round key. */
static inline void
last_round(vec s[32], const vec key[32])
{
	int b;

	for (b = 0; b < 8; b++) {
		s[b] ^= key[b];
		s[8 + b] = rotate(s[8 + b], 1) ^ key[8 + b];
		s[16 + b] = rotate(s[16 + b], 2) ^ key[16 + b];
		s[24 + b] = rotate(s[24 + b], 3) ^ key[24 + b];
	}
}

static inline void
last_round_inverse(vec s[32], const vec key[32])
{
	int b;

	for (b = 0; b < 8; b++) {
		s[b] ^= key[b];
		s[8 + b] = rotate(s[8 + b], 3) ^ key[8 + b];
		s[16 + b] = rotate(s[16 + b], 2) ^ key[16 + b];
		s[24 + b] = rotate(s[24 + b], 1) ^ key[24 + b];
	}
}

/*
 * Apply MixColumns to one bit, at s[0], s[8], s[16] and s[24], and add the
 * round key.  MixColumns is out[r] = 2 (a[r] + a[r+1]) + a[r+1] + (a[r+2] +
 * a[r+3]), so only the four sums of neighbours are ever doubled.  sums holds
 * those of the bit below on entry, and those of this bit on return.
 */
static inline void
mix_bit(vec *s, const vec *key, vec sums[4], int shifted)
{
	vec a0 = s[0], a1 = s[8], a2 = s[16], a3 = s[24];
	vec t0, t1, t2, t3;

	if (!shifted) {
		a1 = rotate(a1, 1);
		a2 = rotate(a2, 2);
		a3 = rotate(a3, 3);
	}
	t0 = a0 ^ a1;
	t1 = a1 ^ a2;
	t2 = a2 ^ a3;
	t3 = a3 ^ a0;
	s[0] = sums[0] ^ a1 ^ t2 ^ key[0];
	s[8] = sums[1] ^ a2 ^ t3 ^ key[8];
	s[16] = sums[2] ^ a3 ^ t0 ^ key[16];
	s[24] = sums[3] ^ a0 ^ t1 ^ key[24];
	sums[0] = t0;
	sums[1] = t1;
	sums[2] = t2;
	sums[3] = t3;
}

static inline void
add_sums(vec sums[4], const vec top[4])
{
	sums[0] ^= top[0];
	sums[1] ^= top[1];
	sums[2] ^= top[2];
	sums[3] ^= top[3];
}

/*
 * Apply ShiftRows unless shifted, then MixColumns, and add the round key.  x^8
 * is x^4 + x^3 + x + 1, so doubling moves the top bit to bits 0, 1, 3 and 4.
 */
static inline void
mix(vec s[32], const vec key[32], int shifted)
{
	vec a0 = s[7], a1 = s[15], a2 = s[23], a3 = s[31];
	vec top[4], sums[4];

	if (!shifted) {
		a1 = rotate(a1, 1);
		a2 = rotate(a2, 2);
		a3 = rotate(a3, 3);
	}
	sums[0] = top[0] = a0 ^ a1;
	sums[1] = top[1] = a1 ^ a2;
	sums[2] = top[2] = a2 ^ a3;
	sums[3] = top[3] = a3 ^ a0;

	mix_bit(s, key, sums, shifted);
	add_sums(sums, top);
	mix_bit(s + 1, key + 1, sums, shifted);
	mix_bit(s + 2, key + 2, sums, shifted);
	add_sums(sums, top);
	mix_bit(s + 3, key + 3, sums, shifted);
	add_sums(sums, top);
	mix_bit(s + 4, key + 4, sums, shifted);
	mix_bit(s + 5, key + 5, sums, shifted);
	mix_bit(s + 6, key + 6, sums, shifted);
	mix_bit(s + 7, key + 7, sums, shifted);
}

static void
shift_mix(vec s[32], const vec key[32])
{
	mix(s, key, 0);
}

/* Add 4 (a + b) to both of two rows. */
static inline void
premix(vec a[8], vec b[8])
{
	vec d[8], d67;
	int i;

	for (i = 0; i < 8; i++)
		d[i] = a[i] ^ b[i];
	d67 = d[6] ^ d[7];
	a[0] ^= d[6], b[0] ^= d[6];
	a[1] ^= d67, b[1] ^= d67;
	a[2] ^= d[0] ^ d[7], b[2] ^= d[0] ^ d[7];
	a[3] ^= d[1] ^ d[6], b[3] ^= d[1] ^ d[6];
	a[4] ^= d[2] ^ d67, b[4] ^= d[2] ^ d67;
	a[5] ^= d[3] ^ d[7], b[5] ^= d[3] ^ d[7];
	a[6] ^= d[4], b[6] ^= d[4];
	a[7] ^= d[5], b[7] ^= d[5];
}

/*
 * Apply InvShiftRows and InvMixColumns, and add the round key.  As matrices,
 * InvMixColumns is MixColumns times (5 0 4 0; 0 5 0 4; 4 0 5 0; 0 4 0 5).
 */
static void
shift_mix_inverse(vec s[32], const vec key[32])
{
	int b;

	for (b = 0; b < 8; b++) {
		s[8 + b] = rotate(s[8 + b], 3);
		s[16 + b] = rotate(s[16 + b], 2);
		s[24 + b] = rotate(s[24 + b], 1);
	}
	premix(s, s + 16);
	premix(s + 8, s + 24);
	mix(s, key, 1);
}

static inline void
slice(vec s[32], const uint8_t batch[AES_C_BATCH])
{
	int i;

	for (i = 0; i < 32; i++)
		aes_c_load(&s[i], batch + 16 * i);
	transpose(s);
}

static inline void
unslice(uint8_t batch[AES_C_BATCH], vec s[32])
{
	int i;

	transpose(s);
	for (i = 0; i < 32; i++)
		aes_c_store(batch + 16 * i, &s[i]);
}

void
aes_c_encrypt(uint8_t batch[AES_C_BATCH], const struct aes_c_keys *keys)
{
	vec s[32];
	int i;

	slice(s, batch);
	add_key(s, keys->round[0]);
	for (i = 1; i < ROUNDS; i++) {
		sub_bytes(s);
		shift_mix(s, keys->round[i]);
	}
	sub_bytes(s);
	last_round(s, keys->round[ROUNDS]);
	unslice(batch, s);
}

void
aes_c_decrypt(uint8_t batch[AES_C_BATCH], const struct aes_c_keys *keys)
{
	vec s[32];
	int i;

	slice(s, batch);
	add_key(s, keys->round[0]);
	for (i = 1; i < ROUNDS; i++) {
		sub_bytes_inverse(s);
		shift_mix_inverse(s, keys->round[i]);
	}
	sub_bytes_inverse(s);
	last_round_inverse(s, keys->round[ROUNDS]);
	unslice(batch, s);
}

/* Every block gets the same round key, so its bits become all ones or zeros. */
static void
slice_round_key(vec sliced[32], const uint8_t key[16], uint32_t constant)
{
	vec lanes;
	unsigned int i;

	aes_c_load(&lanes, key);
	lanes ^= constant;
	for (i = 0; i < 32; i++)
		sliced[i] = -(lanes >> i & 1);
}

/* Add 0x63, which sbox leaves out, to the keys after SubBytes. */
void
aes_c_slice_encrypt(struct aes_c_keys *keys,
    const uint8_t schedule[AES_C_SCHEDULE])
{
	int i;

	for (i = 0; i <= ROUNDS; i++)
		slice_round_key(keys->round[i], schedule + 16 * i,
		    i == 0 ? 0 : 0x63636363);
}

/* Add 0x63, which sbox_inverse leaves out, to the keys before InvSubBytes. */
void
aes_c_slice_decrypt(struct aes_c_keys *keys,
    const uint8_t schedule[AES_C_SCHEDULE])
{
	int i;

	for (i = 0; i <= ROUNDS; i++)
		slice_round_key(keys->round[i], schedule + 16 * i,
		    i == ROUNDS ? 0 : 0x63636363);
}

/* Apply SubWord: bit i of the slices is byte i of the word. */
static uint32_t
sub_word(uint32_t word)
{
	vec slices[8];
	uint32_t sub = 0;
	unsigned int b, i;

	for (b = 0; b < 8; b++) {
		slices[b] = (vec){ 0 };
		for (i = 0; i < 4; i++)
			slices[b][0] |= (word >> (8 * i + b) & 1) << i;
	}
	sbox(slices);
	for (b = 0; b < 8; b++)
		for (i = 0; i < 4; i++)
			sub |= (slices[b][0] >> i & 1) << (8 * i + b);
	return sub ^ 0x63636363;
}

/* Columns are little-endian words, so RotWord rotates them right by a byte. */
void
aes_c_expand(uint8_t schedule[AES_C_SCHEDULE], const uint8_t key[32])
{
	uint32_t t, rcon = 1;
	unsigned int i;

	memcpy(schedule, key, 32);
	for (i = 8; i < 60; i++) {
		t = bytes_load32(schedule + 4 * (i - 1));
		if (i % 8 == 0) {
			t = sub_word(t >> 8 | t << 24) ^ rcon;
			rcon <<= 1;
		} else if (i % 8 == 4) {
			t = sub_word(t);
		}
		bytes_store32(schedule + 4 * i,
		    t ^ bytes_load32(schedule + 4 * (i - 8)));
	}
}

/* Multiply four bytes by x, each in GF(2^8). */
static inline uint32_t
double_bytes(uint32_t w)
{
	uint32_t top = w >> 7 & 0x01010101;

	return (w & 0x7f7f7f7f) << 1 ^ top ^ top << 1 ^ top << 3 ^ top << 4;
}

/* Apply InvMixColumns to a column in two steps, as shift_mix_inverse does. */
static uint32_t
unmix_column(uint32_t a)
{
	uint32_t next, sums;

	a ^= double_bytes(double_bytes(a ^ (a >> 16 | a << 16)));
	next = a >> 8 | a << 24;
	sums = a ^ next;
	return double_bytes(sums) ^ next ^ (sums >> 16 | sums << 16);
}

void
aes_c_invert(uint8_t decrypt[AES_C_SCHEDULE],
    const uint8_t encrypt[AES_C_SCHEDULE])
{
	int i, c;

	memcpy(decrypt, encrypt + 16 * ROUNDS, 16);
	for (i = 1; i < ROUNDS; i++)
		for (c = 0; c < 16; c += 4)
			bytes_store32(decrypt + 16 * i + c, unmix_column(
			    bytes_load32(encrypt + 16 * (ROUNDS - i) + c)));
	memcpy(decrypt + 16 * ROUNDS, encrypt, 16);
}
