/* SPDX-License-Identifier: ISC */
// poly1305_tag_mul64 -- Poly1305 of whole blocks, one after the other
//
//	void poly1305_tag_mul64(uint8_t tag[16], const uint8_t *in, size_t n,
//	    const uint8_t *end, size_t last, const uint8_t key[32]);
//
//	r = clamp(key[0..15]);
//	h = 0;
//	for each block of the n, then of the last:
//		h = (h + block) * r;
//	tag = h + key[16..31];
//
// A block is a little-endian number, plus 2^128.  Numbers are modulo
// p = 2^130 - 5, in general registers: h is HLO + 2^64 HHI + 2^128 HTOP, with
// HTOP at most 4 between two blocks.
//
// tag		16 bytes, apart from all that is read
// in, end	n * 16 and last * 16 bytes; any alignment
// Needs	no more than Armv8
// Source	RFC 8439, 2.5
// Timing	depends only on n, last and the pointers
// Clobbers	x1, x2, x6-x17, flags; zero on return: x6-x11, x13-x17.  Flags
//		hold nothing secret.
// Stack	none
// Proof	proofs/POLY.md
//
// Performance: r is clamped, so that RHI is a multiple of 4, and what has moved
// past 2^128 comes back as 5/4 of it.  So a block takes 10 multiplications, 4
// of which are for the upper halves of products, where three limbs of 44 bits,
// as in libsodium, take 18.  Those of one block are independent; the next
// block waits for them.  bench/LOG.md has what else was tried.

#include "target.h"

#ifdef ASM_ARM64

#include "asm_arm64.h"

TAG	.req	x0
IN	.req	x1			// the next block
N	.req	x2			// blocks left there
END	.req	x3
LAST	.req	x4
KEY	.req	x5
HLO	.req	x6
HHI	.req	x7
HTOP	.req	x8
RLO	.req	x9			// r = RLO + 2^64 RHI, clamped
RHI	.req	x10
SHI	.req	x11			// 5 RHI / 4: 2^128 RHI = 2^130 RHI / 4
ONE	.req	x12			// 1
T0	.req	x13			// temporaries
T1	.req	x14
T2	.req	x15
T3	.req	x16
T4	.req	x17

// R = clamp(key[0..15]), the bits that RFC 8439 lets r have.
.macro	clamp_r
	ldp	RLO, RHI, [KEY]
	and	RLO, RLO, #0x0fffffff0fffffff
	and	RLO, RLO, #0xfffffffcffffffff
	and	RHI, RHI, #0x0ffffffc0ffffffc
	add	SHI, RHI, RHI, lsr #2
.endm

// H = H + the block at IN + 2^128.  HTOP is 6 at most then.
.macro	add_block
	ldp	T0, T1, [IN], #16
	adds	HLO, HLO, T0
	adcs	HHI, HHI, T1
	adc	HTOP, HTOP, ONE
.endm

// HTOP:T1:T0 = H * r, less than 2^192:
//
//	T2:T0	= HLO RLO + HHI SHI
//	HLO:T1	= HLO RHI + HHI RLO + T2 + HTOP SHI
//	HTOP	= HTOP RLO + HLO
.macro	times_r
	mul	T0, HLO, RLO
	mul	T1, HHI, SHI
	umulh	T2, HLO, RLO
	adds	T0, T0, T1
	umulh	T3, HHI, SHI
	mul	T4, HTOP, SHI
	mul	T1, HLO, RHI
	adc	T2, T2, T3
	umulh	HLO, HLO, RHI
	add	T2, T2, T4		// less than 2^64
	mul	T3, HHI, RLO
	adds	T1, T1, T3
	mul	HTOP, HTOP, RLO
	umulh	HHI, HHI, RLO
	adc	HLO, HLO, HTOP
	adds	T1, T1, T2
	adc	HTOP, HLO, HHI
.endm

// H = HTOP:T1:T0 mod 2^130 + 5 floor(HTOP:T1:T0 / 2^130).
.macro	fold_top
	lsr	T3, HTOP, #2
	and	HTOP, HTOP, #3
	add	T3, T3, T3, lsl #2
	adds	HLO, T0, T3
	adcs	HHI, T1, xzr
	adc	HTOP, HTOP, xzr
.endm

// H = (H + the block at IN) * r, and so on for N blocks, not 0.
.macro	blocks loop
\loop:
	add_block
	times_r
	fold_top
	sub	N, N, #1
	cbnz	N, \loop
.endm

// Store the tag, (h mod p + key[16..31]) mod 2^128: h is less than 2 p, and
// h + 5 has bit 130 if it is p or more.
.macro	store_tag
	mov	T0, #5
	adds	T0, HLO, T0
	adcs	T1, HHI, xzr
	adc	T2, HTOP, xzr
	lsr	T2, T2, #2
	add	T2, T2, T2, lsl #2
	ldp	T0, T1, [KEY, #16]
	adds	HLO, HLO, T2
	adc	HHI, HHI, xzr
	adds	HLO, HLO, T0
	adc	HHI, HHI, T1
	stp	HLO, HHI, [TAG]
.endm

function SYMBOL(poly1305_tag_mul64)
	clamp_r
	mov	HLO, #0
	mov	HHI, #0
	mov	HTOP, #0
	mov	ONE, #1
	cbz	N, LOCAL(end)
	blocks	LOCAL(block)

LOCAL(end):
	mov	IN, END
	mov	N, LAST
	cbz	N, LOCAL(tag)
	blocks	LOCAL(end_block)

LOCAL(tag):
	store_tag
.irp	r, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17
	mov	x\r, #0
.endr
	cmp	HLO, #0
end_function SYMBOL(poly1305_tag_mul64)

#endif

#include "note.h"
