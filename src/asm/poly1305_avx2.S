/* SPDX-License-Identifier: ISC */
// poly1305_tag_avx2 -- Poly1305 of whole blocks, eight at a time
//
//	void poly1305_tag_avx2(uint8_t tag[16], const uint8_t *in, size_t n,
//	    const uint8_t *end, size_t last, const uint8_t key[32]);
//
//	r = clamp(key[0..15]);
//	h = 0;
//	if (n >= 8) {
//		for (; n >= 8; n -= 8, in += 8)
//			H[j] = H[j] * r^8 + m[j] * r^4 + m[4 + j];
//		h = H[0] * r^4 + H[1] * r^3 + H[2] * r^2 + H[3] * r;
//	}
//	for each block of the n, then of the last:
//		h = (h + block) * r;
//	tag = h + key[16..31];
//
// m[i] is block i of a group of 8 as a little-endian number, plus 2^128; j is
// 0 to 3, side by side.  Numbers are modulo 2^130 - 5, in five limbs of 26 bits
// when in vectors.
//
// tag		16 bytes, apart from all that is read
// in, end	n * 16 and last * 16 bytes; any alignment
// Needs	AVX2
// Source	RFC 8439, 2.5
// Timing	depends only on n, last and the pointers
// Clobbers	rcx, rsi, rdi, r8, flags; zero on return: rax, rdx, r9-r11,
//		ymm0-15
// Stack	what enter pushes and FRAME, with secrets until they are wiped

#include "target.h"

#ifdef ASM_X86_64

#include "poly1305_x86.h"

#define X0	%ymm0		// limbs of four blocks; temporaries
#define X1	%ymm1
#define X2	%ymm2
#define X3	%ymm3
#define X4	%ymm4
#define LO	X3		// halves of four blocks, until they are limbs
#define HI	X4
#define P0	%ymm5		// limbs of H, less than 2^26 + 2^11
#define P1	%ymm6
#define P2	%ymm7
#define P3	%ymm8
#define P4	%ymm9
#define Y0	%ymm10		// sums of products
#define Y1	%ymm11
#define Y2	%ymm12
#define Y3	%ymm13
#define Y4	%ymm14
#define T	%ymm15		// temporary

// The frame.  A factor is five limbs, then the upper four times 5, each in all
// lanes: what has moved past 2^130 comes back as 5.  Row i of POWERS has limb i
// of r^8, r^7, ..., r.
#define FACTOR8	0
#define FACTOR4	288
#define POWERS	576
#define FRAME	896

// Limbs of the eight powers: POWERS.
.macro	powers
	one
	lea	POWERS+56(%rsp), AT
	mov	$(8), %ecx
1:
	times_r
	mov	H0, D0
	and	$(0x3ffffff), D0
	mov	D0, (AT)
	mov	H0, D0
	shr	$(26), D0
	and	$(0x3ffffff), D0
	mov	D0, 64(AT)
	mov	H0, D0
	mov	H1, D1
	shr	$(52), D0
	shl	$(12), D1
	and	$(0x3ffffff), D1
	add	D1, D0
	mov	D0, 128(AT)
	mov	H1, D0
	shr	$(14), D0
	and	$(0x3ffffff), D0
	mov	D0, 192(AT)
	mov	H1, D0
	mov	H2, D1
	shr	$(40), D0
	shl	$(24), D1
	add	D1, D0
	mov	D0, 256(AT)
	sub	$(8), AT
	dec	COUNT
	jnz	1b
.endm

// One limb of a factor, and 5 times that.
.macro	factor_limb i, to
	vmovdqa	X0, \to+32*\i(%rsp)
	.if	\i > 0
	vpsllq	$(2), X0, X1
	vpaddq	X0, X1, X1
	vmovdqa	X1, \to+128+32*\i(%rsp)
	.endif
.endm

.macro	broadcast from, to
	.irp	i, 0, 1, 2, 3, 4
	vpbroadcastq POWERS+\from+64*\i(%rsp), X0
	factor_limb \i, \to
	.endr
.endm

// FACTOR4 = { r^4, r^3, r^2, r }.
.macro	last_factor
	.irp	i, 0, 1, 2, 3, 4
	vmovdqa	POWERS+32+64*\i(%rsp), X0
	factor_limb \i, FACTOR4
	.endr
.endm

.macro	product x, limb, y
	vpmuludq \limb(%rsp), \x, T
	vpaddq	T, \y, \y
.endm

// Products are the limit: a core of AMD's Zen 2 begins one a cycle, and fewer
// where other instructions come in a row.  So these stand beside products, on
// the right of the two macros that follow.

// Y = m[0..3] * r^4, limb by limb of m, each made while the one before is
// multiplied; LO, HI = halves of m[4..7].  Lanes have blocks 0, 2, 1, 3.
.macro	multiply_blocks
	vmovdqu	(IN), X0
	vmovdqu	32(IN), X1
	vpunpcklqdq X1, X0, LO
	vpunpckhqdq X1, X0, HI
	vpand	LOCAL(mask)(%rip), LO, X0
	vpmuludq FACTOR4(%rsp), X0, Y0
	vpmuludq FACTOR4+32(%rsp), X0, Y1
	vpmuludq FACTOR4+64(%rsp), X0, Y2; vpsrlq $(26), LO, X1
	vpmuludq FACTOR4+96(%rsp), X0, Y3
	vpmuludq FACTOR4+128(%rsp), X0, Y4; vpand LOCAL(mask)(%rip), X1, X1
	product X1, FACTOR4+256, Y0
	product X1, FACTOR4, Y1;	vpsrlq $(52), LO, X2
	product X1, FACTOR4+32, Y2;	vpsllq $(12), HI, X3
	product X1, FACTOR4+64, Y3;	vpor X3, X2, X2
	product X1, FACTOR4+96, Y4;	vpand LOCAL(mask)(%rip), X2, X2
	product X2, FACTOR4+224, Y0
	product X2, FACTOR4+256, Y1;	vpsrlq $(14), HI, X3
	product X2, FACTOR4, Y2
	product X2, FACTOR4+32, Y3;	vpand LOCAL(mask)(%rip), X3, X3
	product X2, FACTOR4+64, Y4;	vmovdqu 64(IN), X0
	product X3, FACTOR4+192, Y0
	product X3, FACTOR4+224, Y1;	vpsrlq $(40), HI, X4
	product X3, FACTOR4+256, Y2
	product X3, FACTOR4, Y3;	vpor LOCAL(high)(%rip), X4, X4
	product X3, FACTOR4+32, Y4;	vmovdqu 96(IN), X1
	product X4, FACTOR4+160, Y0
	product X4, FACTOR4+192, Y1
	product X4, FACTOR4+224, Y2;	vpunpcklqdq X1, X0, LO
	product X4, FACTOR4+256, Y3;	add $(128), IN
	product X4, FACTOR4, Y4;	vpunpckhqdq X1, X0, HI
.endm

.macro	with step:vararg
	\step
.endm

.macro	without step:vararg
.endm

// P = Y + P * the factor at F, with m[4..7] or without, limb by limb of the
// sum, as two chains of carries need them: from limb 0 to 4, and from limb 3 to
// 4, 0 and 1.  So P's limbs have 26 bits again.
.macro	multiply_sum F, m
	product P0, \F, Y0;		\m vpand LOCAL(mask)(%rip), LO, X0
	product P1, \F+256, Y0;		\m vpaddq X0, Y0, Y0
	product P2, \F+224, Y0;		\m vpsrlq $(14), HI, X0
	product P3, \F+192, Y0;		\m vpand LOCAL(mask)(%rip), X0, X0
	product P4, \F+160, Y0;		\m vpaddq X0, Y3, Y3
	product P0, \F+96, Y3;		vpsrlq $(26), Y0, X1
	product P1, \F+64, Y3;		vpand LOCAL(mask)(%rip), Y0, Y0
	product P2, \F+32, Y3;		\m vpsrlq $(26), LO, X0
	product P3, \F, Y3;		\m vpand LOCAL(mask)(%rip), X0, X0
	product P4, \F+256, Y3;		\m vpaddq X0, Y1, Y1
					vpaddq X1, Y1, Y1
	product P0, \F+32, Y1;		vpsrlq $(26), Y3, X1
	product P1, \F, Y1;		vpand LOCAL(mask)(%rip), Y3, Y3
	product P2, \F+256, Y1;		\m vpsrlq $(40), HI, X0
	product P3, \F+224, Y1;		\m vpor LOCAL(high)(%rip), X0, X0
	product P4, \F+192, Y1;		\m vpaddq X0, Y4, Y4
					vpaddq X1, Y4, Y4
	product P0, \F+128, Y4;		vpsrlq $(26), Y1, X1
	product P1, \F+96, Y4;		vpand LOCAL(mask)(%rip), Y1, Y1
					\m vpsrlq $(52), LO, X0
	product P2, \F+64, Y4;		\m vpsllq $(12), HI, X2
	product P3, \F+32, Y4;		\m vpor X2, X0, X0
					\m vpand LOCAL(mask)(%rip), X0, X0
	product P4, \F, Y4;		\m vpaddq X0, Y2, Y2
					vpaddq X1, Y2, Y2
	product P0, \F+64, Y2;		vpsrlq $(26), Y4, X1
	product P1, \F+32, Y2;		vpand LOCAL(mask)(%rip), Y4, Y4
	product P2, \F, Y2;		vpaddq X1, Y0, Y0
	product P3, \F+256, Y2;		vpsllq $(2), X1, X1
	product P4, \F+224, Y2;		vpaddq X1, Y0, Y0

	vpsrlq	$(26), Y0, X0
	vpand	LOCAL(mask)(%rip), Y0, P0
	vpaddq	X0, Y1, P1
	vpsrlq	$(26), Y2, X1
	vpand	LOCAL(mask)(%rip), Y2, P2
	vpaddq	X1, Y3, Y3
	vpsrlq	$(26), Y3, X2
	vpand	LOCAL(mask)(%rip), Y3, P3
	vpaddq	X2, Y4, P4
.endm

// to = the sum of P's lanes; uses FACTOR8 as space.
.macro	sum_lanes P, to
	vmovdqa	\P, FACTOR8(%rsp)
	mov	FACTOR8(%rsp), \to
	add	FACTOR8+8(%rsp), \to
	add	FACTOR8+16(%rsp), \to
	add	FACTOR8+24(%rsp), \to
.endm

// H = the sum of P's lanes, times { r^4, r^3, r^2, r }.
.macro	combine
	last_factor
	vpermq	$(0xd8), P0, P0	// blocks 0, 1, 2, 3
	vpermq	$(0xd8), P1, P1
	vpermq	$(0xd8), P2, P2
	vpermq	$(0xd8), P3, P3
	vpermq	$(0xd8), P4, P4
	vpxor	Y0, Y0, Y0
	vpxor	Y1, Y1, Y1
	vpxor	Y2, Y2, Y2
	vpxor	Y3, Y3, Y3
	vpxor	Y4, Y4, Y4
	multiply_sum FACTOR4, without
	sum_lanes P0, H0	// H = P0 + 2^26 P1 + 2^52 P2 + ...
	sum_lanes P1, %rax
	shl	$(26), %rax
	add	%rax, H0	// less than 2^55
	sum_lanes P2, %rax
	mov	%rax, H1
	shl	$(52), %rax
	shr	$(12), H1
	xor	H2, H2
	add	%rax, H0
	adc	$(0), H1
	sum_lanes P3, %rax
	shl	$(14), %rax
	add	%rax, H1	// less than 2^43
	sum_lanes P4, %rax
	mov	%rax, H2
	shl	$(40), %rax
	shr	$(24), H2
	add	%rax, H1
	adc	$(0), H2
	fold_top
.endm

function SYMBOL(poly1305_tag_avx2)
	enter	FRAME, 32
	xor	H0, H0
	xor	H1, H1
	xor	H2, H2
	mov	N, COUNT
	shr	$(3), COUNT
	jz	3f
	powers
	broadcast 0, FACTOR8
	broadcast 32, FACTOR4
	vpxor	P0, P0, P0
	vpxor	P1, P1, P1
	vpxor	P2, P2, P2
	vpxor	P3, P3, P3
	vpxor	P4, P4, P4
	mov	N, COUNT
	shr	$(3), COUNT
	and	$(7), N
2:
	multiply_blocks			// P = P * r^8 + m[0..3] * r^4 + m[4..7]
	multiply_sum FACTOR8, with
	dec	COUNT
	jnz	2b
	combine
	vpxor	X0, X0, X0
	wipe_stack X0, 32, 28
	wipe_low_vectors
3:
	finish
	leave_and_return
end_function SYMBOL(poly1305_tag_avx2)

	RODATA
	.p2align 5
LOCAL(mask):
	.quad	0x3ffffff, 0x3ffffff, 0x3ffffff, 0x3ffffff
LOCAL(high):
	.quad	1 << 24, 1 << 24, 1 << 24, 1 << 24
	clamp_constant

#endif

#include "note.h"
