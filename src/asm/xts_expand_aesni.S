/* SPDX-License-Identifier: ISC */
// xts_expand_aesni -- the key schedules of AES-256-XTS
//
//	void xts_expand_aesni(struct xts_keys *keys, const uint8_t key[64]);
//
//	keys->encrypt = expand(key);
//	for (i = 0; i < 15; i++)
//		keys->decrypt[i] = i is 0 or 14 ? keys->encrypt[14 - i] :
//		    InvMixColumns(keys->encrypt[14 - i]);
//	keys->tweak = expand(key + 32);
//
// expand(key):
//
//	even = key[0..15]; odd = key[16..31];
//	output even, odd;
//	for (rcon = 1, i = 6; i != 0; rcon *= 2, i--) {
//		even = sums(even) ^ SubWord(RotWord(odd[3])) ^ rcon;
//		odd = sums(odd) ^ SubWord(even[3]);
//		output even, odd;
//	}
//	even = sums(even) ^ SubWord(RotWord(odd[3])) ^ rcon;
//	output even;
//
// sums: to each word add all those before it, which is the recurrence of FIPS
// 197, 5.2, for four words at a time; what follows is added to all four.
//
// Source	FIPS 197, 5.2 and 5.3.5
// Needs	AES-NI, AVX
// Timing	constant
// Clobbers	rax, rsi, rdi, flags; zero on return: xmm0-15
// Stack	none
// Proof	proofs/, claims 3 to 6

#include "target.h"

#ifdef ASM_X86_64

#include "asm_x86.h"

#define SCHEDULE %rdi
#define KEY	%rsi
#define LEFT	%eax

#define EVEN	%xmm0		// round keys of even number
#define ODD	%xmm1		// and odd
#define RCON	%xmm2		// in each word
#define WORD	%xmm3		// in each
#define SHIFTED	%xmm4
#define ROTATE	%xmm5		// copies RotWord of the last word to each
#define LAST	%xmm6		// copies the last word to each
#define ZERO	%xmm7

// WORD = SubWord(word of half) ^ rcon, in each word.  The last round of AES is
// SubBytes, ShiftRows, which does nothing to four equal words, and the addition
// of a key, which is rcon here.
.macro	sub_word half, word, rcon
	vpshufb	\word, \half, WORD
	vaesenclast \rcon, WORD, WORD
.endm

// half = sums(half) ^ WORD: add the word before it, then the two before that.
.macro	sums half
	vpslldq	$4, \half, SHIFTED
	vpxor	SHIFTED, \half, \half
	vpslldq	$8, \half, SHIFTED
	vpxor	SHIFTED, \half, \half
	vpxor	WORD, \half, \half
.endm

// Expand the half key at \key to the schedule at \at.
.macro	expand at, key
	vmovdqu	\key(KEY), EVEN
	vmovdqu	\key+16(KEY), ODD
	vmovdqu	EVEN, \at(SCHEDULE)
	vmovdqu	ODD, \at+16(SCHEDULE)
	vmovdqu	LOCAL(rcon)(%rip), RCON
	add	$\at+32, SCHEDULE

	mov	$6, LEFT
1:
	sub_word ODD, ROTATE, RCON
	sums	EVEN
	sub_word EVEN, LAST, ZERO
	sums	ODD
	vpaddd	RCON, RCON, RCON
	vmovdqu	EVEN, (SCHEDULE)
	vmovdqu	ODD, 16(SCHEDULE)
	add	$32, SCHEDULE
	dec	LEFT
	jnz	1b

	sub_word ODD, ROTATE, RCON
	sums	EVEN
	vmovdqu	EVEN, (SCHEDULE)
	sub	$\at+224, SCHEDULE
.endm

function SYMBOL(xts_expand_aesni)
	vmovdqu	LOCAL(rotate)(%rip), ROTATE
	vmovdqu	LOCAL(last)(%rip), LAST
	vpxor	ZERO, ZERO, ZERO
	expand	KEYS_TWEAK, 32
	expand	KEYS_ENCRYPT, 0

	// EVEN is the last round key.  SCHEDULE goes up, KEY down.
	vmovdqu	EVEN, KEYS_DECRYPT(SCHEDULE)
	lea	KEYS_ENCRYPT+208(SCHEDULE), KEY
	add	$KEYS_DECRYPT+16, SCHEDULE
	mov	$13, LEFT
1:
	vaesimc	(KEY), EVEN
	vmovdqu	EVEN, (SCHEDULE)
	sub	$16, KEY
	add	$16, SCHEDULE
	dec	LEFT
	jnz	1b
	vmovdqu	(KEY), EVEN
	vmovdqu	EVEN, (SCHEDULE)

	wipe_low_vectors
	ret
end_function SYMBOL(xts_expand_aesni)

	RODATA
	.p2align 4
LOCAL(rotate):
	.long	0x0c0f0e0d, 0x0c0f0e0d, 0x0c0f0e0d, 0x0c0f0e0d
LOCAL(last):
	.long	0x0f0e0d0c, 0x0f0e0d0c, 0x0f0e0d0c, 0x0f0e0d0c
LOCAL(rcon):
	.long	1, 1, 1, 1

#endif

#include "note.h"
