/* SPDX-License-Identifier: ISC */
//
// xts_encrypt_arm64, xts_decrypt_arm64 -- a run of data units of AES-256-XTS
//
//	void xts_encrypt_arm64(uint8_t *out, const uint8_t *in, size_t n,
//	    size_t unit, const uint8_t tweak[16], const struct xts_keys *keys);
//
// This is the text of both; the file of each says which steps of AES it is made
// of.  AES256 below is the cipher with keys->encrypt for the one, the
// equivalent inverse cipher with keys->decrypt for the other, and always the
// cipher for the tweak key.
//
//	if (n == 0)
//		return;
//	T = AES256(keys->tweak, tweak);
//	fill();
//	if (unit % 512 != 0)
//		single();		// n is 1 then
//	else
//		for (; n != 0; n--) {
//			for (groups = unit / 128 - 4; groups != 0; groups--)
//				group(fill());
//			tweak = tweak + 1;
//			for (groups = 3; groups != 0; groups--)
//				group(fill());		// and rounds of
//			T = AES256(keys->tweak, tweak);	// this between
//			group(fill());
//		}
//
//	fill:				// for the next group
//		for (j = 1; j <= 8; j++, T = T * x) {
//			opening[j] = T ^ first round key;
//			closing[j] = T ^ last round key;
//		}
//
//	group:				// of 8 blocks, side by side
//		for (j = 1; j <= 8; j++)
//			out[j] = rounds(in[j] ^ opening[j]) ^ closing[j];
//
//	single:
//		blocks = unit / 16 - (unit % 16 != 0);
//		for (groups = blocks / 8; groups != 0; groups--)
//			group(fill());
//		the blocks % 8 that remain, at once;
//		if (unit % 16 != 0)
//			steal();
//
// The last unit's next tweak is computed and not used; tweak + 1 wraps round.
//
// out, in	n * unit bytes; any alignment; the same or disjoint
// n, unit	unit is a multiple of 512; or n is 1, and unit 16 to 2^24
// keys		struct xts_keys: three times 15 round keys of 16 bytes
// Source	IEEE Std 1619-2018, 5.3 and 5.4; FIPS 197
// Timing	a function of n, unit and the pointers alone
// Stack	FRAME bytes; those that hold tweaks are zero on return
// Clobbers	x0-x17, v0-v30, flags; zero on return:
//		x4, x6, x9-x17 and v0-v30, but for the low halves of v8-v15,
//		which are the caller's again.  Flags hold nothing secret.
// Proof	proofs/, claims 1 to 5; runs.py says what holds at the head of
//		the loop over units
//
// What makes it fast, on CPUs with 1, 2 or 4 pipes for AES and nothing to spare
// on them: per block, 13 pairs of AESE and AESMC, one more AESE, one xor and
// half a store of two registers are all that the vector pipes are given.
// Tweaks are doubled and both whitening keys added in general registers; they
// go to the vector registers by way of the stack, a group ahead, so that loads
// need not wait for stores.  The next unit's tweak is encrypted between the
// rounds of this unit's blocks.
//
// Tried, in cycles a unit of 512 bytes on N1, N2, V1, V2 by llvm-mca, without a
// call's beginning and end: groups of 3 blocks 482, 264, 132, 133; of 4, 478,
// 264, 128, 132; of 5, 486, 264, 130, 132; of 6, 482, 265, 129, 132; of 8, 478,
// 264, 128, 132.
// Eight is kept: it divides a unit, and is best in order (A55).  The closing
// key added in a vector register: 478, 280, 136, 140; tweaks doubled there:
// 490, 376, 232, 224.  bench/README.md has the rest.
//

#include "asm_arm64.h"

OUT	.req	x0
IN	.req	x1
UNITS	.req	x2			// left to do
UNIT	.req	x3			// its bytes
KEYS	.req	x5
GROUPS	.req	x7			// left to do of one kind
TKEY	.req	x8			// next of the tweak key's round keys

NUMLO	.req	x4			// the next unit's tweak, as a number
NUMHI	.req	x6
TLO	.req	x9			// T
THI	.req	x10
POLY	.req	x11			// 0x87: what x^128 is, without x^128
LO	.req	x12			// at hand
HI	.req	x13
FIRSTLO	.req	x14			// the data key's first round key
FIRSTHI	.req	x15
LASTLO	.req	x16			// and its last
LASTHI	.req	x17

// In single(), where no unit follows.
TWEAK	.req	x4			// the argument
BLOCKS	.req	x2			// that remain
TAIL	.req	x3			// bytes after the last whole block
SLOT	.req	x8			// where the next block's whitening lies
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
#define NUMBER (SLOTS + 9 * 32)		// that number, going to NEXT
#define FRESH (NUMBER + 16)		// NEXT, going to T
#define FRAME (FRESH + 16)

// T = T * x: in GF(2^128), little-endian, where x^128 is x^7 + x^2 + x + 1.
// The bit that leaves the low half enters the high one; the bit that leaves the
// high half comes back as 0x87.
.macro	double_tweak
	and	LO, POLY, THI, asr #63
	extr	THI, THI, TLO, #63
	eor	TLO, LO, TLO, lsl #1
.endm

// Slot j, for the block whose tweak is T.
.macro	store_tweak j
	eor	LO, TLO, FIRSTLO
	eor	HI, THI, FIRSTHI
	stp	LO, HI, [sp, #SLOTS + 32 * \j - 32]
	eor	LO, TLO, LASTLO
	eor	HI, THI, LASTHI
	stp	LO, HI, [sp, #SLOTS + 32 * \j - 16]
.endm

// One step of fill(), in the middle of a group: what closes the group's own
// block is fetched before the slot is taken.
.macro	fill j
	ldr	QCLOSE\j, [sp, #SLOTS + 32 * \j - 16]
	store_tweak \j
	double_tweak
.endm

// NUMBER = NUMBER + 1.  A carry leaves the low half where its top bit was set
// and is not any more; this way no flag depends on it.
.macro	next_number
	mov	LO, NUMLO
	add	NUMLO, NUMLO, #1
	bic	LO, LO, NUMLO
	add	NUMHI, NUMHI, LO, lsr #63
	stp	NUMLO, NUMHI, [sp, #NUMBER]
.endm

// A round of the next tweak; AESE adds the round key before it does the rest.
.macro	next_round
	ldr	QNEXTK, [TKEY], #16
	aese	NEXT.16b, NEXTK.16b
	aesmc	NEXT.16b, NEXT.16b
.endm

.macro	next_last_round
	ldr	QNEXTK, [TKEY], #16
	aese	NEXT.16b, NEXTK.16b
	ldr	QNEXTK, [TKEY]
	eor	NEXT.16b, NEXT.16b, NEXTK.16b
	str	QNEXT, [sp, #FRESH]
.endm

.macro	take_next
	ldp	TLO, THI, [sp, #FRESH]
.endm

// The steps of a block j.  Those that need no round's number have it all the
// same, so that all can be called in the same way.

// Its data, and what opens it.
.macro	load j, r
	ldr	QBLOCK\j, [IN, #16 * \j - 16]
	ldr	QCLOSE\j, [sp, #SLOTS + 32 * \j - 32]
.endm

// Round 0, whose round key came by way of the slot.
.macro	open j, r
	SUB	BLOCK\j\().16b, CLOSE\j\().16b
	MIX	BLOCK\j\().16b, BLOCK\j\().16b
.endm

.macro	round j, r
	SUB	BLOCK\j\().16b, K\r\().16b
	MIX	BLOCK\j\().16b, BLOCK\j\().16b
.endm

// Round 13, the last, which does not mix columns.
.macro	last_round j, r
	SUB	BLOCK\j\().16b, K13.16b
.endm

// Tweak and round key 14 at once; fill() has loaded them, or this does.
.macro	load_closing j, r
	ldr	QCLOSE\j, [sp, #SLOTS + 32 * \j - 16]
.endm

.macro	close j, r
	eor	BLOCK\j\().16b, BLOCK\j\().16b, CLOSE\j\().16b
.endm

.macro	store j, r
	str	QBLOCK\j, [OUT, #16 * \j - 16]
.endm

// One of these steps for each of the first count blocks.
.macro	each count, step, r
.irp	j, 1, 2, 3, 4, 5, 6, 7, 8
.if \j <= \count
	\step	\j, \r
.endif
.endr
.endm

// 8 blocks; after each of the rounds 1 to 12, "between" with its number.
.macro	group between
	each	8, load
	each	8, open
.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	each	8, round, \r
	\between \r
.endr
	each	8, last_round
	each	8, close
	stp	QBLOCK1, QBLOCK2, [OUT]
	stp	QBLOCK3, QBLOCK4, [OUT, #32]
	stp	QBLOCK5, QBLOCK6, [OUT, #64]
	stp	QBLOCK7, QBLOCK8, [OUT, #96]
	add	IN, IN, #128
	add	OUT, OUT, #128
.endm

// fill() alone.
.macro	between_plain r
.if \r <= 8
	fill	\r
.endif
.endm

// fill(), and 4 rounds of the next tweak.
.macro	between_next r
	between_plain \r
.if \r % 3 == 1
	next_round
.endif
.endm

// The last count blocks of a unit, 1 to 7, at once.
.macro	remaining count
	each	\count, load
	each	\count, open
	each	\count, load_closing
.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	each	\count, round, \r
.endr
	each	\count, last_round
	each	\count, close
	each	\count, store
	add	IN, IN, #16 * \count
	add	OUT, OUT, #16 * \count
.endm

// One block to OUT, with the slot that lies at bytes after SLOT.
.macro	lone_block from, at
	ldr	QBLOCK1, [\from]
	ldr	QCLOSE1, [SLOT, #\at]
	open	1
	ldr	QCLOSE1, [SLOT, #\at + 16]
.irp	r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	round	1, \r
.endr
	last_round 1
	close	1
	store	1
.endm

function SYMBOL(NAME)
	stp	x29, x30, [sp, #-FRAME]!
	mov	x29, sp
	cbz	UNITS, LOCAL(return)
	stp	d8, d9, [sp, #SAVED]
	stp	d10, d11, [sp, #SAVED + 16]
	stp	d12, d13, [sp, #SAVED + 32]
	stp	d14, d15, [sp, #SAVED + 48]

	// T = AES256(keys->tweak, tweak), while nothing else is to be done.
	ldr	QNEXT, [TWEAK]
	add	TKEY, KEYS, #KEYS_TWEAK
.rept	13
	next_round
.endr
	next_last_round
	ldp	NUMLO, NUMHI, [TWEAK]
	next_number

	// The data key.
	ldr	q16, [KEYS, #SCHEDULE + 16]
	ldr	q17, [KEYS, #SCHEDULE + 32]
	ldr	q18, [KEYS, #SCHEDULE + 48]
	ldr	q19, [KEYS, #SCHEDULE + 64]
	ldr	q20, [KEYS, #SCHEDULE + 80]
	ldr	q21, [KEYS, #SCHEDULE + 96]
	ldr	q22, [KEYS, #SCHEDULE + 112]
	ldr	q23, [KEYS, #SCHEDULE + 128]
	ldr	q24, [KEYS, #SCHEDULE + 144]
	ldr	q25, [KEYS, #SCHEDULE + 160]
	ldr	q26, [KEYS, #SCHEDULE + 176]
	ldr	q27, [KEYS, #SCHEDULE + 192]
	ldr	q28, [KEYS, #SCHEDULE + 208]
	ldp	FIRSTLO, FIRSTHI, [KEYS, #SCHEDULE]
	ldp	LASTLO, LASTHI, [KEYS, #SCHEDULE + 224]
	mov	POLY, #0x87

	// The first fill().
	take_next
.irp	j, 1, 2, 3, 4, 5, 6, 7, 8
	store_tweak \j
	double_tweak
.endr
	tst	UNIT, #511
	b.ne	LOCAL(single)

LOCAL(unit):
	lsr	GROUPS, UNIT, #7
	sub	GROUPS, GROUPS, #4
	cbz	GROUPS, LOCAL(unit_ends)
LOCAL(unit_group):
	group	between_plain
	sub	GROUPS, GROUPS, #1
	cbnz	GROUPS, LOCAL(unit_group)

LOCAL(unit_ends):
	ldr	QNEXT, [sp, #NUMBER]
	next_number
	add	TKEY, KEYS, #KEYS_TWEAK
	next_round
	mov	GROUPS, #3
LOCAL(unit_ends_group):
	group	between_next
	sub	GROUPS, GROUPS, #1
	cbnz	GROUPS, LOCAL(unit_ends_group)
	next_last_round
	take_next
	group	between_plain

	sub	UNITS, UNITS, #1
	cbnz	UNITS, LOCAL(unit)
	b	LOCAL(wipe)

LOCAL(single):
	store_tweak 9
	lsr	BLOCKS, UNIT, #4
	ands	TAIL, UNIT, #15
	cset	LO, ne
	sub	BLOCKS, BLOCKS, LO		// stealing takes one
	lsr	GROUPS, BLOCKS, #3
	and	BLOCKS, BLOCKS, #7
	cbz	GROUPS, LOCAL(remaining)
LOCAL(single_group):
	group	between_plain
	sub	GROUPS, GROUPS, #1
	cbnz	GROUPS, LOCAL(single_group)
	store_tweak 9

LOCAL(remaining):
	add	SLOT, sp, #SLOTS
	add	SLOT, SLOT, BLOCKS, lsl #5
	cbz	BLOCKS, LOCAL(steal)
	cmp	BLOCKS, #2
	b.lo	LOCAL(remaining_1)
	b.eq	LOCAL(remaining_2)
	cmp	BLOCKS, #4
	b.lo	LOCAL(remaining_3)
	b.eq	LOCAL(remaining_4)
	cmp	BLOCKS, #6
	b.lo	LOCAL(remaining_5)
	b.eq	LOCAL(remaining_6)
	remaining 7
	b	LOCAL(steal)
LOCAL(remaining_6):
	remaining 6
	b	LOCAL(steal)
LOCAL(remaining_5):
	remaining 5
	b	LOCAL(steal)
LOCAL(remaining_4):
	remaining 4
	b	LOCAL(steal)
LOCAL(remaining_3):
	remaining 3
	b	LOCAL(steal)
LOCAL(remaining_2):
	remaining 2
	b	LOCAL(steal)
LOCAL(remaining_1):
	remaining 1

	// The last whole block's result lends its end to the bytes after it, to
	// make a block of them, which takes its place.  Decrypting meets the
	// two tweaks in the other order.
LOCAL(steal):
	cbz	TAIL, LOCAL(wipe)
	lone_block IN, STEAL_FROM
	add	TAILIN, IN, #16
	add	TAILOUT, OUT, #16
LOCAL(steal_byte):
	sub	TAIL, TAIL, #1
	ldrb	WBYTE, [TAILIN, TAIL]
	ldrb	WSTOLEN, [OUT, TAIL]
	strb	WBYTE, [OUT, TAIL]
	strb	WSTOLEN, [TAILOUT, TAIL]
	cbnz	TAIL, LOCAL(steal_byte)
	lone_block OUT, STEAL_TO

LOCAL(wipe):
.irp	j, 1, 2, 3, 4, 5, 6, 7, 8, 9
	stp	xzr, xzr, [sp, #SLOTS + 32 * \j - 32]
	stp	xzr, xzr, [sp, #SLOTS + 32 * \j - 16]
.endr
	stp	xzr, xzr, [sp, #NUMBER]
	stp	xzr, xzr, [sp, #FRESH]
.irp	r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movi	v\r\().2d, #0
.endr
.irp	r, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	movi	v\r\().2d, #0
.endr
.irp	r, 4, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17
	mov	x\r, #0
.endr
	ldp	d8, d9, [sp, #SAVED]
	ldp	d10, d11, [sp, #SAVED + 16]
	ldp	d12, d13, [sp, #SAVED + 32]
	ldp	d14, d15, [sp, #SAVED + 48]
LOCAL(return):
	ldp	x29, x30, [sp], #FRAME
end_function SYMBOL(NAME)
