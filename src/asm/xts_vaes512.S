/* SPDX-License-Identifier: ISC */
// xts_encrypt_vaes512, xts_decrypt_vaes512 -- AES-256-XTS of a run of units
//
//	void xts_encrypt_vaes512(uint8_t *out, const uint8_t *in, size_t n,
//	    size_t unit, const uint8_t tweak[16], const struct xts_keys *keys);
//
//	if (n == 0)
//		return;
//	if (unit < 64)
//		return xts_encrypt_aesni(out, in, n, unit, tweak, keys);
//
//	E = AES256(keys->tweak, tweak + { 0, 1, 2, 3 });
//	T[0..15] = E[0] * { 1, x, ..., x^15 };
//	for (; n > 1; n--) {
//		crypt(16 blocks, T);
//		T = T * x^16;
//			// meanwhile, 3 rounds of the next four units' E
//		for (g = unit / 256 - 2; g != 0; g--) {
//			crypt(16 blocks, T);
//			T = T * x^16;
//		}
//		E = the next unit's, out of four;
//		crypt(16 blocks, T);
//		T[0..15] = E[0] * { 1, x, ..., x^15 };
//	}
//
//	whole = unit % 16 == 0 ? unit : unit - unit % 16 - 16;
//	for (g = whole / 256; g != 0; g--) {
//		crypt(16 blocks, T);
//		T = T * x^16;
//	}
//	for (i = 0, g = whole / 64 % 4; g != 0; i += 4, g--)
//		crypt(4 blocks, T[i..i+3]);
//	for (g = whole / 16 % 4; g != 0; i++, g--)
//		crypt(1 block, T[i]);
//	if (unit % 16 != 0)
//		steal(T[i], T[i + 1]);		// n was 1; T[16] = T[0] * x^16;
//						// to decrypt: T[i + 1], T[i]
//
// crypt is out = AES256(keys->encrypt, in ^ T) ^ T, or its inverse.
//
// out, in	n * unit bytes; any alignment; identical or disjoint
// unit		a multiple of 512, or 16 to 2^24 if n is 1
// keys		KEYS_ENCRYPT or KEYS_DECRYPT, and KEYS_TWEAK
// Needs	AVX-512 F, BW, DQ, VL and VBMI; VAES; xts_aesni.S
// Source	IEEE Std 1619-2018, 5.3; FIPS 197
// Timing	depends only on n, unit and the pointers
// Clobbers	rax, rcx, rdx, rsi, rdi, k2, flags; zero on return: r8, r10,
//		r11, zmm0-31, k1
// Stack	up to 376 bytes, zero on return where they held a secret
//
// Tried, on an Intel core with one AES pipe of 512 bits, share of its limit:
// folding as below, 99.8 %; by vpclmulqdq, 99.8 %, but it costs an AES slot on
// Zen 4; by GFNI, 88 %; by shifts, 83 %.  More in bench/LOG.md.

#include "target.h"

#ifdef ASM_X86_64

#include "xts_last_x86.h"

#define ROUND	%r10		// the next three round keys for NEXT
#define END	%r11		// behind the last of these
#define TOP	%r8		// in the last unit, from TWEAK: rsp at the call

#define X0	%zmm0		// 16 blocks
#define X1	%zmm1
#define X2	%zmm2
#define X3	%zmm3
#define T0	%zmm4		// their tweaks
#define T1	%zmm5
#define T2	%zmm6
#define T3	%zmm7
#define L0	%zmm8		// their tweaks with the last round key
#define L1	%zmm9
#define L2	%zmm10
#define L3	%zmm11
#define E	%zmm12		// first tweaks of four units, next unit's first
#define NEXT	%zmm13		// those of the four units after, in progress
#define NUMBER	%zmm14		// the numbers of these units
#define NUMBER0	%xmm14
#define A	%zmm15		// temporary
#define B	%zmm16
#define K0	%zmm17		// round keys, each four times
#define K1	%zmm18
#define K2	%zmm19
#define K3	%zmm20
#define K4	%zmm21
#define K5	%zmm22
#define K6	%zmm23
#define K7	%zmm24
#define K8	%zmm25
#define K9	%zmm26
#define K10	%zmm27
#define K11	%zmm28
#define K12	%zmm29
#define K13	%zmm30
#define K14	%zmm31

#define TWEAKS	0		// on the stack: of the next 20 blocks
#define FRAME	320

#define CARRIES %k1		// those from the low half of each block
#define LOWS	%k2		// the low half of each block

// Of vpternlog.  In a macro without arguments, Mach-O takes $0 for one.
#define XOR3	$(0x96)		// a ^ b ^ c
#define SELECT	$(0xd8)		// c ? b : a

// R ^= W * (x^7 + x^2 + x), for W of 16 bits at most in the low halves.  R has
// W itself already: together that is W * x^128.  Uses sums, and bytes that
// begin 6 bits lower: a bit shift takes the place of an AES round on Intel's
// cores, a carry-less multiplication does on AMD's, and the time of an integer
// multiplication may depend on its factors.
.macro	fold R, W, Z
	vpaddq	\W, \W, \W
	vmovdqa64 LOCAL(x6)(%rip), \Z
	vpmultishiftqb \W, \Z, \Z
	vpternlogq XOR3, \W, \Z, \R
	vpaddq	\W, \W, \W
	vpxorq	\W, \R, \R
.endm

// T = T * x^16: rotate by two bytes, fold the two that wrapped around.
.macro	advance T, i
	vpshufb	LOCAL(wrapped)(%rip), \T, A
	vpshufb	LOCAL(rotate)(%rip), \T, \T
	fold	\T, A, B
.endm

// T = the first of E in every block; the others move up.
.macro	take_tweak T
	vshufi32x4 $0, E, E, \T
	valignq	$2, E, E, E
.endm

// T = E[0] * x^(4i + lane): the tweaks of a unit's blocks, from its first
// tweak, which is in all lanes of T3 until the last of the four.  To multiply
// by x^s, rotate both halves by s bits, exchange the s bits that wrapped
// around, and fold those that are now in the low half.
.macro	power T, i
	.if	\i == 0
	take_tweak T3
	.endif
	vmovdqa64 LOCAL(power_rotate)+64*\i(%rip), A
	vpmultishiftqb T3, A, \T
	vpshufd	$0x4e, \T, A
	vpandq	LOCAL(power_mask)+64*\i(%rip), A, B{LOWS}{z}
	vpternlogq SELECT, LOCAL(power_mask)+64*\i(%rip), A, \T
	fold	\T, B, A
.endm

// NUMBER += by, in each 128-bit block.  A low half that is less than what was
// added has carried; the next mask bit is that of its high half, which is never
// less itself, as by has zero there.
.macro	next_number by
	vpaddq	\by, NUMBER, NUMBER
	vpcmpltuq \by, NUMBER, CARRIES
	kaddb	CARRIES, CARRIES, CARRIES
	vpaddq	LOCAL(one)(%rip){1to8}, NUMBER, NUMBER{CARRIES}
.endm

.macro	tweak_round from, round=vaesenc
	vbroadcasti32x4 \from, A
	\round	A, NEXT, NEXT
.endm

// NEXT = NUMBER after its first round.
.macro	tweak_begin
	vbroadcasti32x4 KEYS_TWEAK(KEYS), A
	vpxorq	A, NUMBER, NEXT
	tweak_round KEYS_TWEAK+16(KEYS)
	lea	KEYS_TWEAK+32(KEYS), ROUND
.endm

.macro	three_tweak_rounds
	tweak_round (ROUND)
	tweak_round 16(ROUND)
	tweak_round 32(ROUND)
.endm

// E = NEXT after its last round.
.macro	tweak_end
	vbroadcasti32x4 KEYS_TWEAK+224(KEYS), A
	vaesenclast A, NEXT, E
.endm

// Open a block by in ^ T ^ key 0; its last round adds key 14 ^ T.
.macro	open
	vpternlogq XOR3, K0, T0, X0
	vpternlogq XOR3, K0, T1, X1
	vpternlogq XOR3, K0, T2, X2
	vpternlogq XOR3, K0, T3, X3
	vpxorq	K14, T0, L0
	vpxorq	K14, T1, L1
	vpxorq	K14, T2, L2
	vpxorq	K14, T3, L3
.endm

.macro	round way, key
	vaes\way \key, X0, X0
	vaes\way \key, X1, X1
	vaes\way \key, X2, X2
	vaes\way \key, X3, X3
.endm

.macro	close way
	vaes\way\()last L0, X0, X0
	vaes\way\()last L1, X1, X1
	vaes\way\()last L2, X2, X2
	vaes\way\()last L3, X3, X3
.endm

// X = AES(X ^ T) ^ T.  Meanwhile next computes the tweaks of the next 16
// blocks, and if tweaks is 1, NEXT goes through three rounds.
.macro	crypt way, next, tweaks=0
	open
	round	\way, K1
	\next	T0, 0
	round	\way, K2
	round	\way, K3
	round	\way, K4
	\next	T1, 1
	round	\way, K5
	round	\way, K6
	round	\way, K7
	\next	T2, 2
	round	\way, K8
	.if	\tweaks
	three_tweak_rounds
	add	$(48), ROUND
	.endif
	round	\way, K9
	round	\way, K10
	\next	T3, 3
	round	\way, K11
	round	\way, K12
	round	\way, K13
	close	\way
.endm

// Process 16 blocks from IN to OUT.
.macro	group way, next, tweaks=0
	vmovdqu64 (IN), X0
	vmovdqu64 64(IN), X1
	vmovdqu64 128(IN), X2
	vmovdqu64 192(IN), X3
	add	$256, IN
	crypt	\way, \next, \tweaks
	vmovdqu64 X0, (OUT)
	vmovdqu64 X1, 64(OUT)
	vmovdqu64 X2, 128(OUT)
	vmovdqu64 X3, 192(OUT)
	add	$256, OUT
.endm

.macro	load_keys from
	vbroadcasti32x4 \from+0(KEYS), K0
	vbroadcasti32x4 \from+16(KEYS), K1
	vbroadcasti32x4 \from+32(KEYS), K2
	vbroadcasti32x4 \from+48(KEYS), K3
	vbroadcasti32x4 \from+64(KEYS), K4
	vbroadcasti32x4 \from+80(KEYS), K5
	vbroadcasti32x4 \from+96(KEYS), K6
	vbroadcasti32x4 \from+112(KEYS), K7
	vbroadcasti32x4 \from+128(KEYS), K8
	vbroadcasti32x4 \from+144(KEYS), K9
	vbroadcasti32x4 \from+160(KEYS), K10
	vbroadcasti32x4 \from+176(KEYS), K11
	vbroadcasti32x4 \from+192(KEYS), K12
	vbroadcasti32x4 \from+208(KEYS), K13
	vbroadcasti32x4 \from+224(KEYS), K14
.endm

.macro	begin numbers
	vmovq	(TWEAK), NUMBER0	// by halves, as it may just have
	vmovhps	8(TWEAK), NUMBER0, NUMBER0 // been stored
	vshufi32x4 $(0), NUMBER, NUMBER, NUMBER
	next_number \numbers
	tweak_begin
	three_tweak_rounds
	.rept	3
	add	$(48), ROUND
	three_tweak_rounds
	.endr
	tweak_end

	mov	$(0x55), %eax
	kmovd	%eax, LOWS
	lea	KEYS_TWEAK+224(KEYS), END
	power	T0, 0
	power	T1, 1
	power	T2, 2
	power	T3, 3
	next_number LOCAL(four)(%rip)
	tweak_begin
.endm

// Process all units except the last; T is then that of the last.
.macro	units way
	dec	UNITS
	jz	5f
1:
	group	\way, advance, 1

	mov	UNIT, GROUPS
	shr	$8, GROUPS
	sub	$2, GROUPS
	jz	3f
2:
	group	\way, advance
	dec	GROUPS
	jnz	2b
3:
	cmp	END, ROUND
	jne	4f
	tweak_end
	next_number LOCAL(four)(%rip)
	tweak_begin
4:
	group	\way, power

	dec	UNITS
	jnz	1b
5:
.endm

// Process four blocks, their tweaks from SLOT on.
.macro	four way
	vmovdqa64 (SLOT), T0
	vmovdqu64 (IN), X0
	vpternlogq XOR3, K0, T0, X0
	vpxorq	K14, T0, L0
	.irp	key, K1, K2, K3, K4, K5, K6, K7, K8, K9, K10, K11, K12, K13
	vaes\way \key, X0, X0
	.endr
	vaes\way\()last L0, X0, X0
	vmovdqu64 X0, (OUT)
	add	$64, IN
	add	$64, OUT
	add	$64, SLOT
.endm

// After its groups, process what is left of the last unit, if anything is.
.macro	last_unit way, schedule, first, second
	last_groups 8, group \way, advance
	and	$255, UNIT
	mov	UNIT, GROUPS
	add	TAIL, GROUPS		// which makes no four more
	jz	9f
	mov	%rsp, TOP
	.cfi_def_cfa_register TOP
	sub	$FRAME, %rsp
	and	$-64, %rsp
	vmovdqa64 T0, TWEAKS(%rsp)
	vmovdqa64 T1, TWEAKS+64(%rsp)
	vmovdqa64 T2, TWEAKS+128(%rsp)
	vmovdqa64 T3, TWEAKS+192(%rsp)
	advance	T0			// to steal after 15 blocks
	vmovdqa64 T0, TWEAKS+256(%rsp)
	lea	TWEAKS(%rsp), SLOT

	shr	$6, GROUPS
	jz	8f
7:
	four	\way
	dec	GROUPS
	jnz	7b
8:
	last_blocks 3, \way, \schedule, \first, \second

	vpxorq	X0, X0, X0
	wipe_stack X0, 64, 5, vmovdqa64
	mov	TOP, %rsp
	.cfi_def_cfa_register %rsp
9:
.endm

.macro	end
	xor	%r8d, %r8d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	wipe_low_vectors
	wipe_high_vectors
	kxorq	CARRIES, CARRIES, CARRIES
.endm

.macro	xts way, schedule, first, second, otherwise
	test	UNITS, UNITS
	jz	10f
	mov	UNIT, GROUPS
	shr	$6, GROUPS
	jz	\otherwise
	load_keys \schedule
	begin	LOCAL(first)(%rip)
	units	\way
	last_unit \way, \schedule, \first, \second
	end
10:
	ret
.endm

function SYMBOL(xts_encrypt_vaes512)
	xts	enc, KEYS_ENCRYPT, 0, 16, SYMBOL(xts_encrypt_aesni)
end_function SYMBOL(xts_encrypt_vaes512)

// Decryption uses the last two tweaks in reverse order.
function SYMBOL(xts_decrypt_vaes512)
	xts	dec, KEYS_DECRYPT, 16, 0, SYMBOL(xts_decrypt_aesni)
end_function SYMBOL(xts_decrypt_vaes512)

	RODATA
	.p2align 6

// Tables for power: byte i of a half, rotated by s bits, is the byte that
// starts at bit 8 i - s; and s bits set.
LOCAL(power_rotate):
	.irp	s, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.rept	2
	.irp	byte, 0, 8, 16, 24, 32, 40, 48, 56
	.byte	(\byte - \s) & 63
	.endr
	.endr
	.endr
LOCAL(power_mask):
	.irp	s, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.quad	(1 << \s) - 1, (1 << \s) - 1
	.endr

// Tables for advance: the last two bytes first; only these, the rest zero.
LOCAL(rotate):
	.rept	4
	.byte	14, 15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	.endr
LOCAL(wrapped):
	.rept	4
	.byte	14, 15
	.fill	14, 1, 0x80
	.endr

// Numbers for next_number.
LOCAL(first):
	.quad	0, 0, 1, 0, 2, 0, 3, 0
LOCAL(four):
	.quad	4, 0, 4, 0, 4, 0, 4, 0
LOCAL(one):
	.quad	1

// Table for fold: byte i of a half, rotated by 6, starts at bit 8 i - 6.
	.p2align 6
LOCAL(x6):
	.rept	8
	.byte	58, 2, 10, 18, 26, 34, 42, 50
	.endr

	slide_table

#endif

#include "note.h"
