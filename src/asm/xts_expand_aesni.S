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
// expand(key), of two halves A and B:
//
//	output A, B;
//	for (rcon = 1, i = 6; i != 0; rcon *= 2, i--) {
//		A = chain(A, SubWord(RotWord(B[3])) ^ rcon);
//		B = chain(B, SubWord(A[3]));
//		output A, B;
//	}
//	A = chain(A, SubWord(RotWord(B[3])) ^ rcon);
//	output A;
//
// Source	FIPS 197, 5.2 and 5.3.5
// Needs	AES-NI, AVX
// Timing	constant
// Clobbers	rax, rsi, rdi, flags; zero on return: xmm0-15
// Stack	none

#include "target.h"

#ifdef ASM_X86_64

#include "asm_x86.h"

#define SCHEDULE %rdi
#define KEY	%rsi
#define LEFT	%eax

#define A	%xmm0
#define B	%xmm1
#define RCON	%xmm2		// in each word
#define W	%xmm3
#define S	%xmm4
#define ROTATE	%xmm5		// copies RotWord of the last word to each
#define LAST	%xmm6		// copies the last word to each
#define ZERO	%xmm7

// K = chain(K, f(from)): each word adds f and all the words before it.  The
// last round of AES is SubBytes, ShiftRows, which does nothing to four equal
// words, and the addition of a key, which is rcon here.
.macro	chain K, from, word, rcon
	vpshufb	\word, \from, W
	vaesenclast \rcon, W, W
	vpslldq	$4, \K, S
	vpxor	S, \K, \K
	vpslldq	$8, \K, S
	vpxor	S, \K, \K
	vpxor	W, \K, \K
.endm

// Expand the half key at \key to the schedule at \at.
.macro	expand at, key
	vmovdqu	\key(KEY), A
	vmovdqu	\key+16(KEY), B
	vmovdqu	A, \at(SCHEDULE)
	vmovdqu	B, \at+16(SCHEDULE)
	vmovdqu	LOCAL(rcon)(%rip), RCON
	add	$\at+32, SCHEDULE

	mov	$6, LEFT
1:
	chain	A, B, ROTATE, RCON
	chain	B, A, LAST, ZERO
	vpaddd	RCON, RCON, RCON
	vmovdqu	A, (SCHEDULE)
	vmovdqu	B, 16(SCHEDULE)
	add	$32, SCHEDULE
	dec	LEFT
	jnz	1b

	chain	A, B, ROTATE, RCON
	vmovdqu	A, (SCHEDULE)
	sub	$\at+224, SCHEDULE
.endm

function SYMBOL(xts_expand_aesni)
	vmovdqu	LOCAL(rotate)(%rip), ROTATE
	vmovdqu	LOCAL(last)(%rip), LAST
	vpxor	ZERO, ZERO, ZERO
	expand	KEYS_TWEAK, 32
	expand	KEYS_ENCRYPT, 0

	// A is the last round key.  SCHEDULE goes up, KEY down.
	vmovdqu	A, KEYS_DECRYPT(SCHEDULE)
	lea	KEYS_ENCRYPT+208(SCHEDULE), KEY
	add	$KEYS_DECRYPT+16, SCHEDULE
	mov	$13, LEFT
1:
	vaesimc	(KEY), A
	vmovdqu	A, (SCHEDULE)
	sub	$16, KEY
	add	$16, SCHEDULE
	dec	LEFT
	jnz	1b
	vmovdqu	(KEY), A
	vmovdqu	A, (SCHEDULE)

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
