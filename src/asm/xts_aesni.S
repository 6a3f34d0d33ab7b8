/* SPDX-License-Identifier: ISC */
// xts_encrypt_aesni, xts_decrypt_aesni -- AES-256-XTS of a run of data units
//
//	void xts_encrypt_aesni(uint8_t *out, const uint8_t *in, size_t n,
//	    size_t unit, const uint8_t tweak[16], const struct xts_keys *keys);
//
//	if (n == 0)
//		return;
//	NEXT = AES256(keys->tweak, tweak);
//	T[0..7] = NEXT * { 1, x, ..., x^7 };
//	for (; n > 1; n--) {
//		crypt(8 blocks, T);
//		T = T * x^8;
//			// meanwhile: NEXT = AES256(keys->tweak, ++tweak)
//		for (g = unit / 128 - 2; g != 0; g--) {
//			crypt(8 blocks, T);
//			T = T * x^8;
//		}
//		crypt(8 blocks, T);
//		T[0..7] = NEXT * { 1, x, ..., x^7 };
//	}
//
//	whole = unit % 16 == 0 ? unit : unit - unit % 16 - 16;
//	for (g = whole / 128; g != 0; g--) {
//		crypt(8 blocks, T);
//		T = T * x^8;
//	}
//	for (i = 0, g = whole / 16 % 8; g != 0; i++, g--)
//		crypt(1 block, T[i]);
//	if (unit % 16 != 0)
//		steal(T[i], T[i + 1]);		// n was 1; T[8] = T[7] * x;
//						// to decrypt: T[i + 1], T[i]
//
// crypt is out = AES256(keys->encrypt, in ^ T) ^ T, or its inverse.
//
// out, in	n * unit bytes; any alignment; identical or disjoint
// unit		a multiple of 512, or 16 to 2^24 if n is 1
// keys		KEYS_ENCRYPT or KEYS_DECRYPT, and KEYS_TWEAK
// Needs	AES-NI, AVX
// Source	IEEE Std 1619-2018, 5.3; FIPS 197
// Timing	depends only on n, unit and the pointers
// Clobbers	rax, rcx, rdx, rsi, rdi, flags; zero on return: r8, r10, r11,
//		ymm0-15
// Stack	280 bytes, zero on return where they held a secret
// Proof	proofs/, claims 1 to 5; x86/aesni.py has the loop invariants
//
// Tried, on an Intel core, share of its limit: tweaks doubled in general
// registers, 97 to 98 %; in vectors, the carries by a shift, 90 %, or by a
// comparison, 87 %; no tweaks at all, 99.7 %.
//
// On a core of Zen 2, where each other vector instruction may take a slot of
// AES: blocks opened one by one, 75 %; in pairs, as it is, 83 to 87 %; what is
// added in general registers instead, 67 to 77 %.  vxorps is AVX; vpxor of 32
// bytes is AVX2, which Intel's first CPUs with AVX lack.
//
// One unit of 512 a call, 75 % on the Intel core, while tweaks were loaded by
// halves; 54, and now 56 %, on Zen 2.  The 14 rounds of its first tweak are a
// chain, which begins only when the call before ends, since a CPU runs older
// AES first.  Cheaper wiping, and first tweaks computed in vectors, gain
// nothing.  The last 8 blocks as 4 and 4 gain 3 %, the last 16 as 11 and 5 gain
// 4 %, but starve a CPU that needs 8 in flight.  More in bench/LOG.md.

#include "target.h"

#ifdef ASM_X86_64

#include "xts_last_x86.h"

#define X0	%xmm0		// 8 blocks
#define X1	%xmm1
#define X2	%xmm2
#define X3	%xmm3
#define X4	%xmm4
#define X5	%xmm5
#define X6	%xmm6
#define X7	%xmm7
#define Y0	%ymm0		// X0, and above it what is to be X1
#define Y2	%ymm2
#define Y4	%ymm4
#define Y6	%ymm6

#define NEXT	%xmm8		// the next unit's first tweak, in progress
#define A	%xmm9		// temporary
#define AA	%ymm9
#define K	%xmm10		// round keys
#define K0K0	%ymm11		// two of them, each twice
#define K14K14	%ymm12

#define TWEAKS	0		// on the stack: tweaks of the next 8 blocks
#define LASTS	128		// current ones, with the last round key
#define NUMBER	256		// of the unit that NEXT is for
#define FRAME	280

// Tweak i of the next group is the one before it times x; a new unit's is NEXT.
.macro	store_tweak i
	mov	TLO, TWEAKS+16*(\i)(%rsp)
	mov	THI, TWEAKS+16*(\i)+8(%rsp)
.endm

.macro	advance i
	double_tweak TLO, THI, CARRY
	store_tweak \i
.endm

.macro	power i
	.if	\i == 0
	vaesenclast KEYS_TWEAK+224(KEYS), NEXT, NEXT
	vmovq	NEXT, TLO
	vpextrq	$1, NEXT, THI
	.else
	double_tweak TLO, THI, CARRY
	.endif
	store_tweak \i
.endm

// NEXT = NUMBER + by.
.macro	next_number by
	addq	\by, NUMBER(%rsp)
	adcq	$0, NUMBER+8(%rsp)
	vmovdqa	NUMBER(%rsp), NEXT
.endm

// NEXT = NEXT after its first round; then one of the twelve rounds after that.
.macro	tweak_begin
	vpxor	KEYS_TWEAK(KEYS), NEXT, NEXT
	vaesenc	KEYS_TWEAK+16(KEYS), NEXT, NEXT
.endm

.macro	tweak_round i
	vaesenc	KEYS_TWEAK+16*(\i)(KEYS), NEXT, NEXT
.endm

// Open block i and the next, a pair, by in ^ T ^ key 0; their last round adds
// key 14 ^ T.  To add 32 bytes AVX alone has only vxorps.  The load waits until
// T has reached the cache, which delays only the first group of a call.
.macro	open i, YI, next
	vmovdqu	TWEAKS+16*\i(%rsp), AA
	vxorps	16*\i(IN), AA, \YI
	vxorps	K0K0, \YI, \YI
	vxorps	K14K14, AA, AA
	vmovdqu	AA, LASTS+16*\i(%rsp)
	vextractf128 $1, \YI, \next
.endm

.macro	close way, i, X
	vaes\way\()last LASTS+16*\i(%rsp), \X, \X
	vmovdqu	\X, 16*\i(OUT)
.endm

.macro	round way, schedule, i, tweaks
	vmovdqu	\schedule+16*\i(KEYS), K
	vaes\way K, X0, X0
	vaes\way K, X1, X1
	vaes\way K, X2, X2
	vaes\way K, X3, X3
	vaes\way K, X4, X4
	vaes\way K, X5, X5
	vaes\way K, X6, X6
	vaes\way K, X7, X7
	.if	\tweaks && \i < 13
	tweak_round \i+1
	.endif
.endm

// Process 8 blocks from IN to OUT.  Meanwhile next computes the tweaks of the
// next 8, and if tweaks is 1, NEXT goes through twelve rounds.
.macro	group way, schedule, next, tweaks=0
	open	0, Y0, X1
	open	2, Y2, X3
	open	4, Y4, X5
	open	6, Y6, X7
	add	$128, IN
	.irp	i, 1, 2, 3, 4, 5, 6, 7, 8
	round	\way, \schedule, \i, \tweaks
	\next	\i-1
	.endr
	.irp	i, 9, 10, 11, 12, 13
	round	\way, \schedule, \i, \tweaks
	.endr
	close	\way, 0, X0
	close	\way, 1, X1
	close	\way, 2, X2
	close	\way, 3, X3
	close	\way, 4, X4
	close	\way, 5, X5
	close	\way, 6, X6
	close	\way, 7, X7
	add	$128, OUT
.endm

.macro	begin schedule
	vbroadcastf128 \schedule(KEYS), K0K0
	vbroadcastf128 \schedule+224(KEYS), K14K14
	load_halves 0, TWEAK, NEXT
	vmovdqa	NEXT, NUMBER(%rsp)
	tweak_begin
	.irp	i, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	tweak_round \i
	.endr
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	power	\i
	.endr
.endm

// Process all units except the last; T is then that of the last.
.macro	units way, schedule
	dec	UNITS
	jz	3f
1:
	next_number $1
	tweak_begin
	group	\way, \schedule, advance, 1

	mov	UNIT, GROUPS
	shr	$7, GROUPS
	sub	$2, GROUPS
2:
	group	\way, \schedule, advance
	dec	GROUPS
	jnz	2b

	group	\way, \schedule, power
	dec	UNITS
	jnz	1b
3:
.endm

.macro	last_unit way, schedule, first, second
	last_groups 7, group \way, \schedule, advance
	advance	8			// one more, to steal after 7 blocks
	lea	TWEAKS(%rsp), SLOT
	last_blocks 7, \way, \schedule, \first, \second
.endm

.macro	end
	xor	%r8d, %r8d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	vpxor	X0, X0, X0
	wipe_stack X0, 16, 17
	wipe_low_vectors
.endm

.macro	xts way, schedule, first, second
	test	UNITS, UNITS
	jz	7f
	sub	$FRAME, %rsp
	.cfi_adjust_cfa_offset FRAME
	begin	\schedule
	units	\way, \schedule
	last_unit \way, \schedule, \first, \second
	end
	add	$FRAME, %rsp
	.cfi_adjust_cfa_offset -FRAME
7:
	ret
.endm

function SYMBOL(xts_encrypt_aesni)
	xts	enc, KEYS_ENCRYPT, 0, 16
end_function SYMBOL(xts_encrypt_aesni)

// Decryption uses the last two tweaks in reverse order.
function SYMBOL(xts_decrypt_aesni)
	xts	dec, KEYS_DECRYPT, 16, 0
end_function SYMBOL(xts_decrypt_aesni)

	RODATA
	slide_table

#endif

#include "note.h"
