/* SPDX-License-Identifier: ISC */
// poly1305_tag_ifma -- Poly1305 of whole blocks, 16 at a time
//
//	void poly1305_tag_ifma(uint8_t tag[16], const uint8_t *in, size_t n,
//	    const uint8_t *end, size_t last, const uint8_t key[32]);
//
//	r = clamp(key[0..15]);
//	h = 0;
//	if (n >= 16) {
//		for (; n >= 16; n -= 16, in += 16)
//			H[j] = H[j] * r^16 + m[j] * r^8 + m[8 + j];
//		h = H[0] * r^8 + H[1] * r^7 + ... + H[7] * r;
//	}
//	for each block of the n, then of the last:
//		h = (h + block) * r;
//	tag = h + key[16..31];
//
// m[i] is block i of a group of 16 as a little-endian number, plus 2^128; j is
// 0 to 7, side by side.  Numbers are modulo 2^130 - 5, in limbs of 44, 44 and
// 42 bits when in vectors.
//
// tag		16 bytes, apart from all that is read
// in, end	n * 16 and last * 16 bytes; any alignment
// Needs	AVX-512 F, VL and IFMA
// Source	RFC 8439, 2.5
// Timing	depends only on n, last and the pointers
// Clobbers	rcx, rsi, rdi, r8, flags; zero on return: rax, rdx, r9-r11,
//		zmm0-31
// Stack	what enter pushes and FRAME, with secrets until they are wiped

#include "target.h"

#ifdef ASM_X86_64

#include "poly1305_x86.h"

#define X0	%zmm0		// limbs of eight blocks; temporaries
#define X1	%zmm1
#define X2	%zmm2
#define P0	%zmm3		// limbs of H: the lowest and highest have no
#define P1	%zmm4		// more than 44 and 42 bits, the middle one is
#define P2	%zmm5		// less than 2^45
#define L0	%zmm6		// sums of low halves of products
#define L1	%zmm7
#define L2	%zmm8
#define G0	%zmm9		// sums of high halves
#define G1	%zmm10
#define G2	%zmm11
#define T	%zmm12		// temporaries
#define U	%zmm13
#define MASK44	%zmm14
#define MASK42	%zmm15
#define HIGH	%zmm16		// 2^40, which is 2^128 in the upper limb
#define A0	%zmm17		// r^16: three limbs, the upper two times 20
#define A1	%zmm18
#define A2	%zmm19
#define A1S	%zmm20
#define A2S	%zmm21
#define B0	%zmm22		// r^8; then { r^8, r^7, ..., r }
#define B1	%zmm23
#define B2	%zmm24
#define B1S	%zmm25
#define B2S	%zmm26

// Of vpternlog.  In a macro without arguments, Mach-O takes $(0) for one.
#define OR_AND	$(0xa8)		// (a | b) & c

// The frame.  Row i of POWERS has limb i of r^16, r^15, ..., r.
#define POWERS	0
#define SPACE	0
#define FRAME	384

// Limbs of the 16 powers: POWERS.
.macro	powers
	one
	lea	POWERS+120(%rsp), AT
	mov	$(16), %ecx
1:
	times_r
	mov	H0, D0
	shl	$(20), D0
	shr	$(20), D0
	mov	D0, (AT)
	mov	H0, D0
	mov	H1, D1
	shr	$(44), D0
	shl	$(40), D1
	shr	$(20), D1
	add	D1, D0
	mov	D0, 128(AT)
	mov	H1, D0
	mov	H2, D1
	shr	$(24), D0
	shl	$(40), D1
	add	D1, D0
	mov	D0, 256(AT)
	sub	$(8), AT
	dec	COUNT
	jnz	1b
.endm

// to = 20 * from: what has moved past 2^132 comes back as that.
.macro	times_20 from, to
	vpsllq	$(2), \from, T
	vpsllq	$(4), \from, \to
	vpaddq	T, \to, \to
.endm

.macro	constants
	vpbroadcastq LOCAL(mask44)(%rip), MASK44
	vpbroadcastq LOCAL(mask42)(%rip), MASK42
	vpbroadcastq LOCAL(high)(%rip), HIGH
	vpbroadcastq POWERS(%rsp), A0
	vpbroadcastq POWERS+128(%rsp), A1
	vpbroadcastq POWERS+256(%rsp), A2
	vpbroadcastq POWERS+64(%rsp), B0
	vpbroadcastq POWERS+192(%rsp), B1
	vpbroadcastq POWERS+320(%rsp), B2
	times_20 A1, A1S
	times_20 A2, A2S
	times_20 B1, B1S
	times_20 B2, B2S
.endm

// Limbs of blocks 0, 4, 1, 5, 2, 6, 3, 7 from here on.
.macro	load_blocks at, Z0, Z1, Z2
	vmovdqu64 \at(IN), T
	vmovdqu64 \at+64(IN), U
	vpunpcklqdq U, T, \Z0
	vpunpckhqdq U, T, \Z2
	vpsrlq	$(44), \Z0, T
	vpsllq	$(20), \Z2, \Z1
	vpternlogq OR_AND, MASK44, T, \Z1
	vpandq	MASK44, \Z0, \Z0
	vpsrlq	$(24), \Z2, \Z2
	vporq	HIGH, \Z2, \Z2
.endm

// L + 2^52 G += Z * the factor.
.macro	multiply Z0, Z1, Z2, F0, F1, F2, F1S, F2S
	vpmadd52luq \F0, \Z0, L0
	vpmadd52huq \F0, \Z0, G0
	vpmadd52luq \F1, \Z0, L1
	vpmadd52huq \F1, \Z0, G1
	vpmadd52luq \F2, \Z0, L2
	vpmadd52huq \F2, \Z0, G2
	vpmadd52luq \F2S, \Z1, L0
	vpmadd52huq \F2S, \Z1, G0
	vpmadd52luq \F0, \Z1, L1
	vpmadd52huq \F0, \Z1, G1
	vpmadd52luq \F1, \Z1, L2
	vpmadd52huq \F1, \Z1, G2
	vpmadd52luq \F1S, \Z2, L0
	vpmadd52huq \F1S, \Z2, G0
	vpmadd52luq \F2S, \Z2, L1
	vpmadd52huq \F2S, \Z2, G1
	vpmadd52luq \F0, \Z2, L2
	vpmadd52huq \F0, \Z2, G2
.endm

// P = L + 2^52 G, with limbs of their sizes again.  2^52 is 2^8 limbs of 44
// bits further up; above the upper one 2^140, which is 5 * 2^10.
.macro	carry
	vpsllq	$(8), G0, G0
	vpsllq	$(8), G1, G1
	vpsllq	$(10), G2, T
	vpsllq	$(12), G2, G2
	vpaddq	G0, L1, L1
	vpaddq	G1, L2, L2
	vpaddq	T, L0, L0
	vpaddq	G2, L0, L0

	vpsrlq	$(44), L0, T
	vpandq	MASK44, L0, L0
	vpaddq	T, L1, L1
	vpsrlq	$(44), L1, T
	vpandq	MASK44, L1, P1
	vpaddq	T, L2, L2
	vpsrlq	$(42), L2, T
	vpandq	MASK42, L2, P2
	vpsllq	$(2), T, U
	vpaddq	T, L0, L0
	vpaddq	U, L0, L0
	vpsrlq	$(44), L0, T
	vpandq	MASK44, L0, P0
	vpaddq	T, P1, P1
.endm

.macro	clear_sums
	vpxorq	G0, G0, G0
	vpxorq	G1, G1, G1
	vpxorq	G2, G2, G2
.endm

// P = P * r^16 + m[0..7] * r^8 + m[8..15].
.macro	group
	load_blocks 0, X0, X1, X2
	load_blocks 128, L0, L1, L2
	add	$(256), IN
	clear_sums
	multiply X0, X1, X2, B0, B1, B2, B1S, B2S
	multiply P0, P1, P2, A0, A1, A2, A1S, A2S
	carry
.endm

// to = the sum of P's lanes.
.macro	sum_lanes P, to
	vmovdqa64 \P, SPACE(%rsp)
	mov	SPACE(%rsp), \to
	.irp	at, 8, 16, 24, 32, 40, 48, 56
	add	SPACE+\at(%rsp), \to
	.endr
.endm

// H = the sum of P's lanes, times { r^8, r^7, ..., r }.
.macro	combine
	vmovdqa64 LOCAL(order)(%rip), T
	vpermq	P0, T, P0		// blocks 0, 1, 2, ..., 7
	vpermq	P1, T, P1
	vpermq	P2, T, P2
	vmovdqa64 POWERS+64(%rsp), B0
	vmovdqa64 POWERS+192(%rsp), B1
	vmovdqa64 POWERS+320(%rsp), B2
	times_20 B1, B1S
	times_20 B2, B2S
	vpxorq	L0, L0, L0
	vpxorq	L1, L1, L1
	vpxorq	L2, L2, L2
	clear_sums
	multiply P0, P1, P2, B0, B1, B2, B1S, B2S
	carry
	sum_lanes P0, H0		// H = P0 + 2^44 P1 + 2^88 P2
	sum_lanes P1, %rax
	mov	%rax, H1
	shl	$(44), %rax
	shr	$(20), H1
	xor	H2, H2
	add	%rax, H0
	adc	$(0), H1			// less than 2^30
	sum_lanes P2, %rax
	mov	%rax, H2
	shl	$(24), %rax
	shr	$(40), H2
	add	%rax, H1
	adc	$(0), H2
	fold_top
.endm

function SYMBOL(poly1305_tag_ifma)
	enter	FRAME, 64
	xor	H0, H0
	xor	H1, H1
	xor	H2, H2
	mov	N, COUNT
	shr	$(4), COUNT
	jz	3f
	powers
	constants
	vpxorq	P0, P0, P0
	vpxorq	P1, P1, P1
	vpxorq	P2, P2, P2
	mov	N, COUNT
	shr	$(4), COUNT
	and	$(15), N
2:
	group
	dec	COUNT
	jnz	2b
	combine
	vpxorq	X0, X0, X0
	.irp	at, 0, 64, 128, 192, 256, 320
	vmovdqa64 X0, \at(%rsp)
	.endr
	wipe_low_vectors
	wipe_high_vectors
3:
	finish
	leave_and_return
end_function SYMBOL(poly1305_tag_ifma)

	RODATA
	.p2align 6
LOCAL(order):				// lanes with blocks 0, 4, 1, 5, ...
	.quad	0, 2, 4, 6, 1, 3, 5, 7
LOCAL(mask44):
	.quad	(1 << 44) - 1
LOCAL(mask42):
	.quad	(1 << 42) - 1
LOCAL(high):
	.quad	1 << 40
	clamp_constant

#endif

#include "note.h"
