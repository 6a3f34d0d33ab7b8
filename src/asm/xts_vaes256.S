/* SPDX-License-Identifier: ISC */
// xts_encrypt_vaes256, xts_decrypt_vaes256 -- AES-256-XTS of a run of units
//
//	void xts_encrypt_vaes256(uint8_t *out, const uint8_t *in, size_t n,
//	    size_t unit, const uint8_t tweak[16], const struct xts_keys *keys);
//
//	if (n == 0)
//		return;
//	if (unit < 512)
//		return xts_encrypt_aesni(out, in, n, unit, tweak, keys);
//
//	E = AES256(keys->tweak, tweak + { 0, 1 });
//	T[0..31] = E[0] * { 1, x, ..., x^31 };
//	for (; n > 1; n--) {
//		for (g = unit / 512 - 1; g != 0; g--) {
//			crypt(32 blocks, T);
//			T = T * x^32;
//		}
//		E = the next unit's, out of two;
//		crypt(32 blocks, T);
//		T[0..31] = E[0] * { 1, x, ..., x^31 };
//			// meanwhile, 6 rounds of the E after that
//	}
//
//	whole = unit % 16 == 0 ? unit : unit - unit % 16 - 16;
//	for (g = whole / 512; g != 0; g--) {
//		crypt(32 blocks, T);
//		T = T * x^32;
//	}
//	for (i = 0, g = whole / 32 % 16; g != 0; i += 2, g--)
//		crypt(2 blocks, T[i..i+1]);
//	for (g = whole / 16 % 2; g != 0; i++, g--)
//		crypt(1 block, T[i]);
//	if (unit % 16 != 0)
//		steal(T[i], T[i + 1]);		// n was 1; T[32] = T[31] * x;
//						// to decrypt: T[i + 1], T[i]
//
// crypt is out = AES256(keys->encrypt, in ^ T) ^ T, or its inverse.
//
// out, in	n * unit bytes; any alignment; identical or disjoint
// unit		a multiple of 512, or 16 to 2^24 if n is 1
// keys		KEYS_ENCRYPT or KEYS_DECRYPT, and KEYS_TWEAK
// Needs	AVX2 and VAES; xts_aesni.S
// Source	IEEE Std 1619-2018, 5.3; FIPS 197
// Timing	depends only on n, unit and the pointers
// Clobbers	rax, rcx, rdx, rsi, rdi, flags; zero on return: r8, r10, r11,
//		ymm0-15
// Stack	up to 904 bytes, zero on return where they held a secret
//
// Tried, on an Intel core, share of its limit: two tweaks a round, over eight
// rounds, 88 %; all at the start, 83 %; none, to find the bound, 99 %.
// More in bench/LOG.md.

#include "target.h"

#ifdef ASM_X86_64

#include "xts_last_x86.h"

#define ROUND	%rbx		// the next six round keys for NEXT

#define X0	%ymm0		// 16 blocks
#define X1	%ymm1
#define X2	%ymm2
#define X3	%ymm3
#define X4	%ymm4
#define X5	%ymm5
#define X6	%ymm6
#define X7	%ymm7
#define E	%ymm8		// first tweaks of two units, next unit's first
#define E0	%xmm8
#define NEXT0	%xmm9
#define NEXT	%ymm9		// those of the two units after, in progress
#define A	%ymm10		// temporary
#define K	%ymm11		// round keys, each twice
#define K0	%ymm12
#define K14	%ymm13
				// after the last unit's groups:
#define L	%ymm1		// two tweaks with the last round key
#define K1	%ymm2		// round keys, each twice
#define K2	%ymm3
#define K3	%ymm4
#define K4	%ymm5
#define K5	%ymm6
#define K6	%ymm7
#define K7	%ymm8
#define K8	%ymm9
#define K9	%ymm10
#define K10	%ymm11
#define K11	%ymm14
#define K12	%ymm15
#define K13	%ymm13

#define TWEAKS	0		// on the stack: of the next 32 blocks; one more
#define LASTS	544		// current 16, with key 14
#define NUMBERS	800		// of the units that NEXT is for
#define FRAME	832

// NUMBERS += by, each 128 bits wide.
.macro	next_number by
	addq	\by, NUMBERS(%rsp)
	adcq	$0, NUMBERS+8(%rsp)
	addq	\by, NUMBERS+16(%rsp)
	adcq	$0, NUMBERS+24(%rsp)
.endm

.macro	tweak_round from, round=vaesenc
	vbroadcasti128 \from, A
	\round	A, NEXT, NEXT
.endm

// NEXT = NEXT after its first round; then the next six of its rounds.
.macro	tweak_begin
	vbroadcasti128 KEYS_TWEAK(KEYS), A
	vpxor	A, NEXT, NEXT
	tweak_round KEYS_TWEAK+16(KEYS)
	lea	KEYS_TWEAK+32(KEYS), ROUND
.endm

.macro	six_tweak_rounds
	.irp	at, 0, 16, 32, 48, 64, 80
	tweak_round \at(ROUND)
	.endr
.endm

// E = NEXT after its last round.
.macro	tweak_end
	vbroadcasti128 KEYS_TWEAK+224(KEYS), A
	vaesenclast A, NEXT, E
.endm

// T = the first of E; the other moves up.
.macro	take_tweak
	vmovq	E0, TLO
	vpextrq	$(1), E0, THI
	vpermq	$(0x4e), E, E
.endm

.macro	store_tweak i
	mov	TLO, TWEAKS+16*(\i)(%rsp)
	mov	THI, TWEAKS+16*(\i)+8(%rsp)
.endm

// Store the next tweak in the place of block i of 32.
.macro	fill i
	store_tweak \i
	double_tweak TLO, THI, CARRY
.endm

// Open a block by in ^ T ^ key 0; its last round adds key 14 ^ T.
.macro	open half, i, X
	vmovdqa	TWEAKS+256*\half+32*\i(%rsp), A
	vpxor	32*\i(IN), A, \X
	vpxor	K0, \X, \X
	vpxor	K14, A, A
	vmovdqa	A, LASTS+32*\i(%rsp)
.endm

.macro	close way, i, X
	vaes\way\()last LASTS+32*\i(%rsp), \X, \X
	vmovdqu	\X, 32*\i(OUT)
.endm

.macro	round way, key
	vbroadcasti128 \key, K
	vaes\way K, X0, X0
	vaes\way K, X1, X1
	vaes\way K, X2, X2
	vaes\way K, X3, X3
	vaes\way K, X4, X4
	vaes\way K, X5, X5
	vaes\way K, X6, X6
	vaes\way K, X7, X7
.endm

// Process 16 blocks from IN to OUT, the lower or the upper half of a chunk.
// Meanwhile their places on the stack get the tweaks of the blocks 32 further
// on: long before these are loaded, since one load of what was just stored in
// four parts would wait.
.macro	group way, schedule, half, tweaks
	open	\half, 0, X0
	open	\half, 1, X1
	open	\half, 2, X2
	open	\half, 3, X3
	open	\half, 4, X4
	open	\half, 5, X5
	open	\half, 6, X6
	open	\half, 7, X7
	add	$256, IN
	.irp	i, 1, 2, 3, 4, 5, 6, 7, 8
	round	\way, \schedule+16*\i(KEYS)
	fill	16*\half+2*\i-2
	fill	16*\half+2*\i-1
	.endr
	.if	\tweaks
	six_tweak_rounds
	add	$(96), ROUND
	.endif
	.irp	i, 9, 10, 11, 12, 13
	round	\way, \schedule+16*\i(KEYS)
	.endr
	close	\way, 0, X0
	close	\way, 1, X1
	close	\way, 2, X2
	close	\way, 3, X3
	close	\way, 4, X4
	close	\way, 5, X5
	close	\way, 6, X6
	close	\way, 7, X7
	add	$256, OUT
.endm

.macro	chunk way, schedule, tweaks=0
	group	\way, \schedule, 0, \tweaks
	group	\way, \schedule, 1, 0
.endm

.macro	begin schedule
	vbroadcasti128 \schedule(KEYS), K0
	vbroadcasti128 \schedule+224(KEYS), K14
	mov	8(TWEAK), THI
	mov	(TWEAK), TLO
	vmovq	TLO, NEXT0
	vpinsrq	$1, THI, NEXT0, NEXT0
	add	$1, TLO
	adc	$0, THI
	vmovq	TLO, E0
	vpinsrq	$1, THI, E0, E0
	vinserti128 $1, E0, NEXT, NEXT
	vmovdqa	NEXT, NUMBERS(%rsp)
	tweak_begin
	six_tweak_rounds
	add	$(96), ROUND
	six_tweak_rounds
	tweak_end
	take_tweak

	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	fill	2*(\i)
	fill	2*(\i)+1
	.endr
	next_number $2
	vmovdqa	NUMBERS(%rsp), NEXT
	tweak_begin
	six_tweak_rounds
	add	$(96), ROUND
.endm

// Process all units except the last; T is then that of the last.
.macro	units way, schedule
	dec	UNITS
	jz	5f
1:
	mov	UNIT, GROUPS
	shr	$9, GROUPS
	dec	GROUPS
	jz	3f
2:
	chunk	\way, \schedule
	dec	GROUPS
	jnz	2b
3:
	lea	KEYS_TWEAK+224(KEYS), CARRY	// behind the last for NEXT
	cmp	CARRY, ROUND
	jne	4f
	tweak_end
	next_number $2
	vmovdqa	NUMBERS(%rsp), NEXT
	tweak_begin
4:
	take_tweak
	chunk	\way, \schedule, 1

	dec	UNITS
	jnz	1b
5:
.endm

.macro	load_keys schedule
	vbroadcasti128 \schedule+16(KEYS), K1
	vbroadcasti128 \schedule+32(KEYS), K2
	vbroadcasti128 \schedule+48(KEYS), K3
	vbroadcasti128 \schedule+64(KEYS), K4
	vbroadcasti128 \schedule+80(KEYS), K5
	vbroadcasti128 \schedule+96(KEYS), K6
	vbroadcasti128 \schedule+112(KEYS), K7
	vbroadcasti128 \schedule+128(KEYS), K8
	vbroadcasti128 \schedule+144(KEYS), K9
	vbroadcasti128 \schedule+160(KEYS), K10
	vbroadcasti128 \schedule+176(KEYS), K11
	vbroadcasti128 \schedule+192(KEYS), K12
	vbroadcasti128 \schedule+208(KEYS), K13
.endm

// Process two blocks, their tweaks from SLOT on.
.macro	two way, schedule
	vpxor	(SLOT), K0, X0
	vpxor	(IN), X0, X0
	vbroadcasti128 \schedule+224(KEYS), L
	vpxor	(SLOT), L, L
	vmovdqa	L, LASTS(%rsp)
	.irp	key, K1, K2, K3, K4, K5, K6, K7, K8, K9, K10, K11, K12, K13
	vaes\way \key, X0, X0
	.endr
	close	\way, 0, X0
	add	$32, IN
	add	$32, OUT
	add	$32, SLOT
.endm

.macro	last_unit way, schedule, first, second
	last_groups 9, chunk \way, \schedule
	store_tweak 32			// to steal after 31 blocks
	lea	TWEAKS(%rsp), SLOT
	and	$511, UNIT
	mov	UNIT, GROUPS
	shr	$5, GROUPS
	jz	8f
	load_keys \schedule
7:
	two	\way, \schedule
	dec	GROUPS
	jnz	7b
8:
	last_blocks 1, \way, \schedule, \first, \second
.endm

.macro	end
	xor	%r8d, %r8d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	vpxor	X0, X0, X0
	wipe_stack X0, 32, 26
	wipe_low_vectors
.endm

.macro	xts way, schedule, first, second, otherwise
	test	UNITS, UNITS
	jz	9f
	mov	UNIT, GROUPS
	shr	$9, GROUPS
	jz	\otherwise
	push	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	mov	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	push	%rbx
	.cfi_offset %rbx, -24
	sub	$FRAME, %rsp
	and	$-64, %rsp

	begin	\schedule
	units	\way, \schedule
	last_unit \way, \schedule, \first, \second
	end

	mov	-8(%rbp), %rbx
	leave
	.cfi_restore %rbx
	.cfi_restore %rbp
	.cfi_def_cfa %rsp, 8
9:
	ret
.endm

function SYMBOL(xts_encrypt_vaes256)
	xts	enc, KEYS_ENCRYPT, 0, 16, SYMBOL(xts_encrypt_aesni)
end_function SYMBOL(xts_encrypt_vaes256)

// Decryption uses the last two tweaks in reverse order.
function SYMBOL(xts_decrypt_vaes256)
	xts	dec, KEYS_DECRYPT, 16, 0, SYMBOL(xts_decrypt_aesni)
end_function SYMBOL(xts_decrypt_vaes256)

	RODATA
	slide_table

#endif

#include "note.h"
