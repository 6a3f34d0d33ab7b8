/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "ref_xts.h"

/* Tables, each made from the definition of what it holds. */
static uint8_t sub[256], sub_inverse[256], product[16][256];

/* The product in GF(2^8) (FIPS 197, 4.2). */
static uint8_t
times(uint8_t a, uint8_t b)
{
	unsigned int x = a, r = 0;
	int i;

	for (i = 0; i < 8; i++) {
		if (b >> i & 1)
			r ^= x;
		x <<= 1;
		if (x & 0x100)
			x ^= 0x11b;
	}
	return (uint8_t)r;
}

/* The products that MixColumns needs, and the S-box (FIPS 197, 5.1.1). */
static void
make_tables(void)
{
	unsigned int a, b, i, inverse, s;

	for (a = 0; a < 256; a++) {
		inverse = 0;
		for (b = 0; b < 256; b++) {
			s = times((uint8_t)a, (uint8_t)b);
			if (s == 1)
				inverse = b;
			if (b < 16)
				product[b][a] = (uint8_t)s;
		}
		s = 0x63;
		for (i = 0; i < 5; i++)
			s ^= inverse << i | inverse >> (8 - i);
		sub[a] = (uint8_t)s;
		sub_inverse[(uint8_t)s] = (uint8_t)a;
	}
}

void
ref_expand(uint8_t round_keys[15][16], const uint8_t key[32])
{
	uint8_t *w = round_keys[0], t[4], first, rcon = 1;
	int i, j;

	if (sub[0] == 0)
		make_tables();
	memcpy(w, key, 32);
	for (i = 8; i < 60; i++) {
		memcpy(t, w + 4 * (i - 1), 4);
		if (i % 8 == 0) {
			first = t[0];
			t[0] = sub[t[1]] ^ rcon;
			t[1] = sub[t[2]];
			t[2] = sub[t[3]];
			t[3] = sub[first];
			rcon = times(rcon, 2);
		} else if (i % 8 == 4) {
			for (j = 0; j < 4; j++)
				t[j] = sub[t[j]];
		}
		for (j = 0; j < 4; j++)
			w[4 * i + j] = w[4 * (i - 8) + j] ^ t[j];
	}
}

static void
add(uint8_t a[16], const uint8_t b[16])
{
	int i;

	for (i = 0; i < 16; i++)
		a[i] ^= b[i];
}

/* Each column times a circulant matrix, whose first row is given. */
static void
mix(uint8_t s[16], const uint8_t row[4])
{
	uint8_t t[16] = { 0 };
	int c, i, j;

	for (c = 0; c < 4; c++)
		for (i = 0; i < 4; i++)
			for (j = 0; j < 4; j++)
				t[4 * c + i] ^=
				    product[row[j]][s[4 * c + (i + j) % 4]];
	memcpy(s, t, 16);
}

static const uint8_t mix_row[4] = { 2, 3, 1, 1 };
static const uint8_t unmix_row[4] = { 14, 11, 13, 9 };

void
ref_invert(uint8_t inverse[15][16], const uint8_t round_keys[15][16])
{
	int i;

	for (i = 0; i < 15; i++) {
		memcpy(inverse[i], round_keys[14 - i], 16);
		if (i != 0 && i != 14)
			mix(inverse[i], unmix_row);
	}
}

/* SubBytes and ShiftRows: row r of column c comes from column c + r. */
static void
sub_shift(uint8_t s[16])
{
	uint8_t t[16];
	int i;

	for (i = 0; i < 16; i++)
		t[i] = sub[s[(i + 4 * (i % 4)) % 16]];
	memcpy(s, t, 16);
}

static void
sub_shift_inverse(uint8_t s[16])
{
	uint8_t t[16];
	int i;

	for (i = 0; i < 16; i++)
		t[(i + 4 * (i % 4)) % 16] = sub_inverse[s[i]];
	memcpy(s, t, 16);
}

static void
encrypt_block(uint8_t s[16], uint8_t round_keys[15][16])
{
	int i;

	add(s, round_keys[0]);
	for (i = 1; i <= 14; i++) {
		sub_shift(s);
		if (i != 14)
			mix(s, mix_row);
		add(s, round_keys[i]);
	}
}

/* Every step of encryption undone, from the last to the first. */
static void
decrypt_block(uint8_t s[16], uint8_t round_keys[15][16])
{
	int i;

	for (i = 14; i >= 1; i--) {
		add(s, round_keys[i]);
		if (i != 14)
			mix(s, unmix_row);
		sub_shift_inverse(s);
	}
	add(s, round_keys[0]);
}

/* One block under its tweak. */
static void
block(uint8_t out[16], const uint8_t in[16], const uint8_t tweak[16],
    uint8_t round_keys[15][16], bool encrypt)
{
	uint8_t s[16];

	memcpy(s, in, 16);
	add(s, tweak);
	if (encrypt)
		encrypt_block(s, round_keys);
	else
		decrypt_block(s, round_keys);
	add(s, tweak);
	memcpy(out, s, 16);
}

/* The tweak of the next block (IEEE Std 1619, 5.2). */
static void
next(uint8_t t[16])
{
	unsigned int carry = 0, b;
	int i;

	for (i = 0; i < 16; i++) {
		b = (unsigned int)t[i] << 1 | carry;
		t[i] = (uint8_t)b;
		carry = b >> 8;
	}
	if (carry)
		t[0] ^= 0x87;
}

/* One unit; t is its number, already encrypted. */
static void
unit_of(uint8_t *out, const uint8_t *in, size_t unit, uint8_t t[16],
    uint8_t round_keys[15][16], bool encrypt)
{
	uint8_t after[16], whole[16], last[16];
	size_t left = unit % 16;

	for (; unit >= 32 || unit == 16; unit -= 16) {
		block(out, in, t, round_keys, encrypt);
		next(t);
		out += 16;
		in += 16;
	}
	if (left == 0)
		return;

	memcpy(after, t, 16);
	next(after);
	block(whole, in, encrypt ? t : after, round_keys, encrypt);
	memcpy(last, whole, 16);
	memcpy(last, in + 16, left);
	memcpy(out + 16, whole, left);
	block(out, last, encrypt ? after : t, round_keys, encrypt);
}

void
ref_xts(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const uint8_t key[64], bool encrypt)
{
	uint8_t data[15][16], other[15][16], number[16], t[16];
	size_t i, j;

	ref_expand(data, key);
	ref_expand(other, key + 32);
	memcpy(number, tweak, 16);
	for (i = 0; i < n; i++) {
		memcpy(t, number, 16);
		encrypt_block(t, other);
		unit_of(out + i * unit, in + i * unit, unit, t, data, encrypt);
		for (j = 0; j < 16 && ++number[j] == 0; j++)
			;
	}
}
