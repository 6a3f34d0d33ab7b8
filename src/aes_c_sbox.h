/* SPDX-License-Identifier: ISC */
/*
 * The S-box of AES and its inverse, as circuits over eight vectors: vector i
 * holds bit i of as many bytes as a vector has bits.
 *
 * Both are a linear map, then inversion in GF(2^8), then a linear map.  Boyar
 * and Peralta ("A small depth-16 circuit for the AES S-box", 2012) invert in
 * the tower GF(((2^2)^2)^2) by a circuit whose inputs are sums of input bits,
 * and whose outputs are products to be summed; sbox_invert is that circuit.
 * The maps around it are our own.  There are 2040 ways to enter and leave the
 * tower (multiply by a constant, square a few times): a greedy search found
 * those that take the fewest gates, and of the orders of these gates the one
 * that compilers translate best.  That is 110 gates for the S-box and 110 for
 * its inverse.
 *
 * The constant 0x63 is left out: ShiftRows and MixColumns do not change it, so
 * it can be added to the round keys once.
 */
#ifndef AES_C_SBOX_H
#define AES_C_SBOX_H

#include "aes_c.h"

/*
 * Operands of the inversion: those of the nine ANDs that multiply the halves of
 * its input, l[i] & r[i], and the four bits of the norm's other, linear terms.
 */
struct sbox_operands {
	aes_c_vec l[9], r[9], d[4];
};

/*
 * Invert: z[0] to z[8] are the products of the multipliers with r, z[9] to
 * z[17] those with l.  Zero gives zero.
 */
static inline void
sbox_invert(aes_c_vec z[18], const struct sbox_operands *o)
{
	aes_c_vec high, left, low, right;
	aes_c_vec n0, n1, n2, n3, s01, s23, p02, q, u;
	aes_c_vec v0, v1, v2, v3, v01, v02, v13, v23, v0123;

	/* the norm, in GF(2^4): a product of the halves and a linear part */
	left = o->l[0] & o->r[0];
	right = o->l[3] & o->r[3];
	low = (o->l[6] & o->r[6]) ^ (o->l[7] & o->r[7]);
	high = (o->l[6] & o->r[6]) ^ (o->l[8] & o->r[8]);
	n0 = (o->l[1] & o->r[1]) ^ left ^ low ^ o->d[0];
	n1 = (o->l[2] & o->r[2]) ^ left ^ high ^ o->d[1];
	n2 = (o->l[4] & o->r[4]) ^ right ^ low ^ o->d[2];
	n3 = (o->l[5] & o->r[5]) ^ right ^ high ^ o->d[3];

	/* the norm's inverse, v */
	s01 = n0 ^ n1;
	s23 = n2 ^ n3;
	p02 = n0 & n2;
	q = n3 ^ p02;
	v1 = (s01 & q) ^ n1;
	v3 = ((n1 ^ p02) & s23) ^ n3;
	u = n3 & (q ^ v3);
	v2 = u ^ n2 ^ v3;
	v0 = s01 ^ (v1 & (q ^ u));

	/* v times the halves, each product by nine ANDs as above */
	v02 = v0 ^ v2;
	v13 = v1 ^ v3;
	v01 = v1 ^ v0;
	v23 = v3 ^ v2;
	v0123 = v13 ^ v02;
	z[0] = v23 & o->r[0];
	z[1] = v2 & o->r[1];
	z[2] = v3 & o->r[2];
	z[3] = v01 & o->r[3];
	z[4] = v0 & o->r[4];
	z[5] = v1 & o->r[5];
	z[6] = v13 & o->r[6];
	z[7] = v0123 & o->r[7];
	z[8] = v02 & o->r[8];
	z[9] = v23 & o->l[0];
	z[10] = v2 & o->l[1];
	z[11] = v3 & o->l[2];
	z[12] = v01 & o->l[3];
	z[13] = v0 & o->l[4];
	z[14] = v1 & o->l[5];
	z[15] = v13 & o->l[6];
	z[16] = v0123 & o->l[7];
	z[17] = v02 & o->l[8];
}

static inline void
sbox_top(struct sbox_operands *o, const aes_c_vec x[8])
{
	o->l[5] = x[7];
	o->r[6] = x[6] ^ x[0];
	o->r[1] = o->r[6] ^ x[2];
	o->l[3] = o->r[1] ^ x[3];
	o->l[4] = o->l[3] ^ x[7];
	o->d[2] = x[4] ^ o->r[6];
	o->r[3] = o->d[2] ^ o->l[3];
	o->d[0] = o->r[3] ^ x[5];
	o->l[6] = o->d[0] ^ o->r[6];
	o->l[2] = x[7] ^ o->l[6];
	o->r[7] = o->l[2] ^ x[6];
	o->r[0] = o->r[3] ^ o->r[7];
	o->r[2] = o->r[1] ^ o->r[0];
	o->r[4] = o->r[7] ^ x[2];
	o->r[5] = o->r[4] ^ o->r[3];
	o->r[8] = o->r[6] ^ o->r[7];
	o->d[3] = o->r[5] ^ x[7];
	o->l[1] = o->d[3] ^ x[1];
	o->l[0] = o->l[2] ^ o->l[1];
	o->l[7] = o->l[0] ^ o->l[3];
	o->l[8] = o->l[4] ^ o->l[1];
	o->d[1] = o->r[8] ^ o->l[8];
}

static inline void
sbox_bottom(aes_c_vec x[8], const aes_c_vec z[18])
{
	aes_c_vec t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13,
	    t14, t15, t16, t17, t18, t19, t20, t21;

	t0 = z[3] ^ z[6];
	t1 = z[4] ^ z[7];
	t2 = t1 ^ t0;
	t3 = z[10] ^ z[13];
	t4 = z[9] ^ t3;
	t5 = z[12] ^ t4;
	t6 = z[11] ^ z[14];
	t7 = t6 ^ t3;
	t8 = t2 ^ t5;
	t9 = t8 ^ t7;
	t10 = z[17] ^ z[14];
	t11 = z[16] ^ z[13];
	t12 = z[15] ^ t4;
	t13 = z[0] ^ z[6];
	t14 = z[2] ^ t11;
	t15 = t14 ^ t12;
	t16 = t15 ^ t13;
	t17 = z[8] ^ t9;
	x[7] = t17 ^ t16;
	t18 = z[1] ^ z[7];
	t19 = t18 ^ t7;
	x[6] = t19 ^ t13;
	x[5] = t2;
	t20 = t2 ^ t10;
	x[4] = t20 ^ t12;
	t21 = z[5] ^ t0;
	x[3] = t21 ^ t16;
	x[2] = t10 ^ t11;
	x[1] = t5;
	x[0] = t9;
}

static inline void
sbox_inverse_top(struct sbox_operands *o, const aes_c_vec x[8])
{
	o->l[0] = x[5];
	o->r[2] = x[3];
	o->r[4] = x[1] ^ x[5];
	o->r[6] = x[7] ^ x[1];
	o->r[5] = o->r[6] ^ x[3];
	o->r[3] = o->r[5] ^ o->r[4];
	o->l[1] = o->r[3] ^ x[0];
	o->l[2] = o->l[1] ^ x[5];
	o->d[3] = x[5] ^ x[6];
	o->l[5] = o->r[5] ^ o->d[3];
	o->l[6] = o->l[2] ^ o->l[5];
	o->r[0] = o->d[3] ^ x[2];
	o->r[1] = o->r[0] ^ x[3];
	o->r[7] = o->r[3] ^ o->r[0];
	o->r[8] = o->r[1] ^ o->r[4];
	o->d[0] = o->r[6] ^ o->l[6];
	o->d[2] = o->r[8] ^ x[4];
	o->l[3] = o->r[3] ^ o->d[2];
	o->l[4] = o->l[5] ^ o->l[3];
	o->l[7] = o->l[3] ^ x[5];
	o->l[8] = o->l[4] ^ o->l[1];
	o->d[1] = o->r[8] ^ o->l[8];
}

static inline void
sbox_inverse_bottom(aes_c_vec x[8], const aes_c_vec z[18])
{
	aes_c_vec t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13,
	    t14, t15, t16, t17, t18, t19, t20, t21, t22, t23;

	t0 = z[10] ^ z[16];
	t1 = z[11] ^ t0;
	t2 = z[17] ^ t1;
	t3 = z[3] ^ z[4];
	t4 = z[6] ^ z[7];
	t5 = t4 ^ t3;
	t6 = z[9] ^ t0;
	t7 = t6 ^ z[15];
	t8 = t7 ^ t5;
	t9 = z[5] ^ z[4];
	t10 = z[2] ^ t9;
	t11 = z[1] ^ t10;
	t12 = t2 ^ t8;
	t13 = t12 ^ t11;
	t14 = z[14] ^ t1;
	t15 = z[13] ^ z[16];
	t16 = t15 ^ t14;
	t17 = z[12] ^ z[15];
	t18 = t17 ^ t14;
	t19 = z[0] ^ t2;
	t20 = t19 ^ t3;
	t21 = t20 ^ t10;
	x[7] = t11 ^ t18;
	x[6] = t5;
	x[5] = t13 ^ t16;
	x[4] = t21;
	x[3] = t18 ^ t21;
	x[2] = t16;
	t22 = z[8] ^ z[7];
	t23 = t22 ^ t9;
	x[1] = t23 ^ t13;
	x[0] = t8;
}

/* x = SubBytes(x) + 0x63 */
static inline void
sbox(aes_c_vec x[8])
{
	struct sbox_operands o;
	aes_c_vec z[18];

	sbox_top(&o, x);
	sbox_invert(z, &o);
	sbox_bottom(x, z);
}

/* x = InvSubBytes(x + 0x63) */
static inline void
sbox_inverse(aes_c_vec x[8])
{
	struct sbox_operands o;
	aes_c_vec z[18];

	sbox_inverse_top(&o, x);
	sbox_invert(z, &o);
	sbox_inverse_bottom(x, z);
}

#endif
