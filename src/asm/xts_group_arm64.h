/* SPDX-License-Identifier: ISC */
/*
 * The parts of xts_arm64.S, which processes eight blocks in parallel:
 * registers, frame, tweaks, the steps of a block and of a group.
 */
#ifndef XTS_GROUP_ARM64_H
#define XTS_GROUP_ARM64_H

OUT	.req	x0
IN	.req	x1
UNITS	.req	x2			// left
UNIT	.req	x3			// its bytes
KEYS	.req	x5
GROUPS	.req	x7			// left of one kind
TKEY	.req	x8			// next of the tweak key's round keys

NUMLO	.req	x4			// the next unit's tweak, as a number
NUMHI	.req	x6
TLO	.req	x9			// T
THI	.req	x10
POLY	.req	x11			// 0x87: x^128 is x^7 + x^2 + x + 1
LO	.req	x12			// temporary
HI	.req	x13
FIRSTLO	.req	x14			// the data key's first round key
FIRSTHI	.req	x15
LASTLO	.req	x16			// and its last
LASTHI	.req	x17

// In single(), which no unit follows.
TWEAK	.req	x4			// the argument
BLOCKS	.req	x2			// that remain
TAIL	.req	x3			// bytes after the last whole block
SLOT	.req	x8			// address of the next block's slot
TAILIN	.req	x5
TAILOUT	.req	x6
WBYTE	.req	w12
WSTOLEN	.req	w13

// Blocks 1 to 8 of a group, and what closes them.
BLOCK1	.req	v0
BLOCK2	.req	v1
BLOCK3	.req	v2
BLOCK4	.req	v3
BLOCK5	.req	v4
BLOCK6	.req	v5
BLOCK7	.req	v6
BLOCK8	.req	v7
CLOSE1	.req	v8
CLOSE2	.req	v9
CLOSE3	.req	v10
CLOSE4	.req	v11
CLOSE5	.req	v12
CLOSE6	.req	v13
CLOSE7	.req	v14
CLOSE8	.req	v15
QBLOCK1	.req	q0
QBLOCK2	.req	q1
QBLOCK3	.req	q2
QBLOCK4	.req	q3
QBLOCK5	.req	q4
QBLOCK6	.req	q5
QBLOCK7	.req	q6
QBLOCK8	.req	q7
QCLOSE1	.req	q8
QCLOSE2	.req	q9
QCLOSE3	.req	q10
QCLOSE4	.req	q11
QCLOSE5	.req	q12
QCLOSE6	.req	q13
QCLOSE7	.req	q14
QCLOSE8	.req	q15

// The data key's round keys 1 to 13; 0 and 14 are FIRST and LAST.
K1	.req	v16
K2	.req	v17
K3	.req	v18
K4	.req	v19
K5	.req	v20
K6	.req	v21
K7	.req	v22
K8	.req	v23
K9	.req	v24
K10	.req	v25
K11	.req	v26
K12	.req	v27
K13	.req	v28

NEXT	.req	v29			// the next unit's first tweak, as it
QNEXT	.req	q29			// goes through the rounds
NEXTK	.req	v30			// its round key
QNEXTK	.req	q30

// The frame.  Slot j is 32 bytes: opening[j], closing[j].  The ninth is for
// stealing after seven blocks.
#define SAVED 16
#define SLOTS (SAVED + 64)
#define NUMBER (SLOTS + 9 * 32)		// the next tweak, to load as NEXT
#define FRESH (NUMBER + 16)		// NEXT, to load as T
#define FRAME (FRESH + 16)

// T = T * x: in GF(2^128), little-endian, where x^128 is x^7 + x^2 + x + 1.
// The bit that leaves the low half enters the high one; the bit that leaves the
// high half comes back as 0x87.
.macro	double_tweak lo, hi, carry
	and	\carry, POLY, \hi, asr #63
	extr	\hi, \hi, \lo, #63
	eor	\lo, \carry, \lo, lsl #1
.endm

// LO, HI = T ^ a round key.
.macro	whiten	keylo, keyhi
	eor	LO, TLO, \keylo
	eor	HI, THI, \keyhi
.endm

.macro	store_opening j
	stp	LO, HI, [sp, #SLOTS + 32 * \j - 32]
.endm

.macro	store_closing j
	stp	LO, HI, [sp, #SLOTS + 32 * \j - 16]
.endm

// Fill slot j, for the block whose tweak is T.
.macro	store_tweak j
	whiten	FIRSTLO, FIRSTHI
	store_opening \j
	whiten	LASTLO, LASTHI
	store_closing \j
.endm

// fill() for slot j: do that, and go on to the tweak of the next block.
.macro	fill j
	store_tweak \j
	double_tweak TLO, THI, LO
.endm

// NUMBER = NUMBER + 1.  The low half carries if its top bit was set and no
// longer is: computed so that no flag depends on it.
.macro	next_number
	mov	LO, NUMLO
	add	NUMLO, NUMLO, #1
	bic	LO, LO, NUMLO
	add	NUMHI, NUMHI, LO, lsr #63
	stp	NUMLO, NUMHI, [sp, #NUMBER]
.endm

// A round of the next tweak; AESE adds the round key before it does the rest.
.macro	tweak_key
	ldr	QNEXTK, [TKEY]
	add	TKEY, TKEY, #16
.endm

.macro	tweak_mix
	aese	NEXT.16b, NEXTK.16b
	aesmc	NEXT.16b, NEXT.16b
.endm

.macro	tweak_round
	tweak_key
	tweak_mix
.endm

.macro	tweak_end
	tweak_key
	aese	NEXT.16b, NEXTK.16b
	ldr	QNEXTK, [TKEY]
	eor	NEXT.16b, NEXT.16b, NEXTK.16b
	str	QNEXT, [sp, #FRESH]
.endm

.macro	take_tweak
	ldp	TLO, THI, [sp, #FRESH]
.endm

// A round: aes_enc of the cipher, aes_dec of the equivalent inverse cipher.
// AESE and AESD add the round key before they do the rest.
.macro	aes_enc	block, key
	aese	\block, \key
	aesmc	\block, \block
.endm

.macro	aes_dec	block, key
	aesd	\block, \key
	aesimc	\block, \block
.endm

// The last round, which does not mix columns.
.macro	last_enc block, key
	aese	\block, \key
.endm

.macro	last_dec block, key
	aesd	\block, \key
.endm

// The steps of a block j.  All have the same arguments, used or not, so that
// each can call any of them.

// Load its data, and what opens it.
.macro	load way, j, r
	ldr	QBLOCK\j, [IN, #16 * \j - 16]
	ldr	QCLOSE\j, [sp, #SLOTS + 32 * \j - 32]
.endm

// Round 0, with the round key that is in the slot.
.macro	open way, j, r
	aes_\way BLOCK\j\().16b, CLOSE\j\().16b
.endm

.macro	round way, j, r
	aes_\way BLOCK\j\().16b, K\r\().16b
.endm

// Round 13, the last that has a round key of its own.
.macro	last_round way, j, r
	last_\way BLOCK\j\().16b, K13.16b
.endm

// Load tweak ^ round key 14.
.macro	load_closing way, j, r
	ldr	QCLOSE\j, [sp, #SLOTS + 32 * \j - 16]
.endm

.macro	close way, j, r
	eor	BLOCK\j\().16b, BLOCK\j\().16b, CLOSE\j\().16b
.endm

.macro	store way, j, r
	str	QBLOCK\j, [OUT, #16 * \j - 16]
.endm

// Do one of these steps for each of the blocks from first to last.
.macro	each_of first, last, step, way, r
.irp	j, 1, 2, 3, 4, 5, 6, 7, 8
.if \j >= \first && \j <= \last
	\step	\way, \j, \r
.endif
.endr
.endm

.macro	each count, step, way, r
	each_of	1, \count, \step, \way, \r
.endm

// The beginning of a group: load and open its blocks, and fill slot 1 and most
// of slot 2.  A CPU that issues in order loads one register a cycle, and adds
// in general registers beside it, but not beside AES: so each load has a sum
// next to it, where there is one.  These slots are free early, since what
// closes their blocks is loaded as soon as they are opened.  OUT and IN go on
// here, too.
.macro	group_begin way
	ldr	QBLOCK1, [IN]
	eor	LO, TLO, FIRSTLO		// slot 1
	ldr	QCLOSE1, [sp, #SLOTS]
	eor	HI, THI, FIRSTHI
	ldr	QBLOCK2, [IN, #16]
	add	OUT, OUT, #128
	ldr	QCLOSE2, [sp, #SLOTS + 32]
	ldr	QBLOCK3, [IN, #32]
	open	\way, 1
	store_opening 1
	load_closing \way, 1
	eor	LO, TLO, LASTLO
	ldr	QCLOSE3, [sp, #SLOTS + 64]
	eor	HI, THI, LASTHI
	load	\way, 4
	ldr	QBLOCK5, [IN, #64]
	open	\way, 2
	store_closing 1
	ldr	QCLOSE5, [sp, #SLOTS + 128]
	and	LO, POLY, THI, asr #63		// double_tweak
	ldr	QBLOCK6, [IN, #80]
	extr	THI, THI, TLO, #63
	ldr	QCLOSE6, [sp, #SLOTS + 160]
	eor	TLO, LO, TLO, lsl #1
	ldr	QBLOCK7, [IN, #96]
	eor	LO, TLO, FIRSTLO		// slot 2
	ldr	QCLOSE7, [sp, #SLOTS + 192]
	eor	HI, THI, FIRSTHI
	ldr	QBLOCK8, [IN, #112]
	add	IN, IN, #128
	open	\way, 3
	store_opening 2
	load_closing \way, 2
	eor	LO, TLO, LASTLO
	ldr	QCLOSE8, [sp, #SLOTS + 224]
	eor	HI, THI, LASTHI
	each_of	4, 8, open, \way
.endm

// Its end: the last steps of slot 8 and of the blocks.  Two blocks are stored
// beside the xor of the next.
.macro	group_end way
	each_of	1, 2, close, \way
	store_closing 8
	close	\way, 3
	stp	QBLOCK1, QBLOCK2, [OUT, #-128]
	each_of	4, 5, close, \way
	stp	QBLOCK3, QBLOCK4, [OUT, #-96]
	each_of	6, 7, close, \way
	stp	QBLOCK5, QBLOCK6, [OUT, #-64]
	close	\way, 8
	double_tweak TLO, THI, LO
	stp	QBLOCK7, QBLOCK8, [OUT, #-32]
.endm

// Process 8 blocks.  Rounds 1 to 13 are done in halves, of four blocks each:
// call between after each, with HALF of them done; not after the 24th, but
// after the last, since a CPU that issues in order waits for it anyway.
#define HALF LOCAL(half)

.macro	group way, between
	group_begin \way
	.set	HALF, 0
.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	each_of	1, 4, round, \way, \r
	.set	HALF, HALF + 1
	\between
	each_of	5, 8, round, \way, \r
	.set	HALF, HALF + 1
.if HALF != 24
	\between
.endif
.endr
	each	8, last_round, \way
	\between
	group_end \way
.endm

// Do only fill(), for the slots that are left, each in three halves.  LO and HI
// are stored a half after they are computed: a CPU that issues in order would
// wait for them.  Before a slot is reused, what closes the group's own block is
// loaded from it, beside the doubling of the tweak before, which alone leaves
// half of such a CPU idle.
.macro	between_plain
.irp	j, 3, 4, 5, 6, 7, 8
.if HALF == 3 * \j - 2
	store_closing (\j - 1)
	double_tweak TLO, THI, LO
	load_closing , \j
.elseif HALF == 3 * \j - 1
	whiten	FIRSTLO, FIRSTHI
.elseif HALF == 3 * \j
	store_opening \j
	whiten	LASTLO, LASTHI
.endif
.endr
.endm

// Do fill(), and 4 rounds of the next tweak, whose round keys are loaded a half
// before they are needed.
.macro	between_next
	between_plain
.if HALF % 6 == 1
	tweak_key
.elseif HALF % 6 == 2
	tweak_mix
.endif
.endm

// Process the last count blocks of a unit, 1 to 7, in parallel.
.macro	remaining way, count
	each	\count, load, \way
	each	\count, open, \way
	each	\count, load_closing, \way
.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	each	\count, round, \way, \r
.endr
	each	\count, last_round, \way
	each	\count, close, \way
	each	\count, store, \way
	add	IN, IN, #16 * \count
	add	OUT, OUT, #16 * \count
.endm

// Process a block to OUT, with the tweak in the slot at this offset from SLOT.
.macro	crypt_block way, from, tweak
	ldr	QBLOCK1, [\from]
	ldr	QCLOSE1, [SLOT, #\tweak]
	open	\way, 1
	ldr	QCLOSE1, [SLOT, #\tweak + 16]
.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	round	\way, 1, \r
.endr
	last_round \way, 1
	close	\way, 1
	store	\way, 1
.endm

.macro	wipe_vector r
	movi	v\r\().2d, #0
.endm

#endif
