/* SPDX-License-Identifier: ISC */
// xts_expand_arm64 -- the key schedules of AES-256-XTS
//
//	void xts_expand_arm64(struct xts_keys *keys, const uint8_t key[64]);
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
// Needs	AES
// Timing	constant
// Clobbers	x0-x4, v0-v6; of these, all that held keys are zero on return
// Stack	only the frame record
// Proof	proofs/, claims 3 to 7

#include "target.h"

#ifdef ASM_ARM64

#include "asm_arm64.h"

KEYS	.req	x0
KEY	.req	x1
OUT	.req	x2			// address of the next round key
LEFT	.req	x3
FROM	.req	x4

EVEN	.req	v0			// round keys of even number
QEVEN	.req	q0
ODD	.req	v1			// and odd
QODD	.req	q1
WORD	.req	v2			// in all four columns
SHIFTED	.req	v3
ZERO	.req	v4
RCON	.req	v5			// in all four columns
KEYWORD	.req	v6

// WORD = SubWord(last word of half), in all columns: ShiftRows does not change
// four equal columns, and a round key of zero adds nothing, so AESE is just
// SubBytes.
.macro	sub_word half
	dup	WORD.4s, \half\().s[3]
	aese	WORD.16b, ZERO.16b
.endm

// WORD = RotWord(WORD) ^ rcon.  The first byte is the lowest, and becomes the
// last.  RotWord may follow SubWord, which acts on each byte alone.
.macro	rot_word_rcon
	ushr	KEYWORD.4s, WORD.4s, #8
	sli	KEYWORD.4s, WORD.4s, #24
	eor	WORD.16b, KEYWORD.16b, RCON.16b
	shl	RCON.4s, RCON.4s, #1
.endm

// half = sums(half) ^ WORD: add the word before it, then the two before that.
.macro	sums half
	ext	SHIFTED.16b, ZERO.16b, \half\().16b, #12
	eor	\half\().16b, \half\().16b, SHIFTED.16b
	ext	SHIFTED.16b, ZERO.16b, \half\().16b, #8
	eor	\half\().16b, \half\().16b, SHIFTED.16b
	eor	\half\().16b, \half\().16b, WORD.16b
.endm

// Expand the key at KEY to OUT.
.macro	expand loop
	ldp	QEVEN, QODD, [KEY], #32
	stp	QEVEN, QODD, [OUT], #32
	movi	RCON.4s, #1
	mov	LEFT, #6
\loop:
	sub_word ODD
	rot_word_rcon
	sums	EVEN
	sub_word EVEN
	sums	ODD
	stp	QEVEN, QODD, [OUT], #32
	sub	LEFT, LEFT, #1
	cbnz	LEFT, \loop
	sub_word ODD
	rot_word_rcon
	sums	EVEN
	str	QEVEN, [OUT], #16
.endm

function SYMBOL(xts_expand_arm64)
	stp	x29, x30, [sp, #-16]!
	mov	x29, sp
	movi	ZERO.2d, #0

	mov	OUT, KEYS
	expand	LOCAL(data)
	add	OUT, KEYS, #KEYS_TWEAK
	expand	LOCAL(tweak)

	// Make keys->decrypt of keys->encrypt, from its end.
	add	FROM, KEYS, #224
	add	OUT, KEYS, #KEYS_DECRYPT
	ldr	QEVEN, [FROM], #-16
	str	QEVEN, [OUT], #16
	mov	LEFT, #13
LOCAL(invert):
	ldr	QEVEN, [FROM], #-16
	aesimc	EVEN.16b, EVEN.16b
	str	QEVEN, [OUT], #16
	sub	LEFT, LEFT, #1
	cbnz	LEFT, LOCAL(invert)
	ldr	QEVEN, [FROM]
	str	QEVEN, [OUT]

	movi	EVEN.2d, #0
	movi	ODD.2d, #0
	movi	WORD.2d, #0
	movi	SHIFTED.2d, #0
	movi	KEYWORD.2d, #0
	movi	RCON.2d, #0
	ldp	x29, x30, [sp], #16
end_function SYMBOL(xts_expand_arm64)

#endif

#include "note.h"
