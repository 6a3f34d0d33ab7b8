/* SPDX-License-Identifier: ISC */
// xts_encrypt_arm64, xts_decrypt_arm64 -- AES-256-XTS of a run of data units
//
//	void xts_encrypt_arm64(uint8_t *out, const uint8_t *in, size_t n,
//	    size_t unit, const uint8_t tweak[16], const struct xts_keys *keys);
//
// AES256 below is the cipher with keys->encrypt to encrypt, the equivalent
// inverse cipher with keys->decrypt to decrypt, and always the cipher for the
// tweak key.
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
//	group:				// of 8 blocks, in parallel
//		for (j = 1; j <= 8; j++)
//			out[j] = rounds(in[j] ^ opening[j]) ^ closing[j];
//
//	single:
//		blocks = unit / 16 - (unit % 16 != 0);
//		for (groups = blocks / 8; groups != 0; groups--)
//			group(fill());
//		the remaining blocks % 8, in parallel;
//		if (unit % 16 != 0)
//			steal();
//
// The last unit's next tweak is computed but not used; tweak + 1 wraps around.
//
// out, in	n * unit bytes; any alignment; identical or disjoint
// unit		a multiple of 512, or 16 to 2^24 if n is 1
// keys		KEYS_ENCRYPT or KEYS_DECRYPT, and KEYS_TWEAK
// Needs	AES
// Source	IEEE Std 1619-2018, 5.3 and 5.4; FIPS 197
// Timing	depends only on n, unit and the pointers
// Clobbers	x0-x17, v0-v30, flags; zero on return:
//		x4, x6, x9-x17 and v0-v30, except the low halves of v8-v15,
//		which are restored.  Flags hold nothing secret.
// Stack	FRAME bytes; those that hold tweaks are zero on return
// Proof	proofs/, claims 1 to 5, 7; arm/paths.py has the loop invariants
//
// Performance, on CPUs with 1, 2 or 4 AES pipes, which are the bottleneck: per
// block, the vector pipes execute only 13 pairs of AESE and AESMC, one more
// AESE, one xor and half a store of two registers.  Tweaks are doubled and both
// whitening keys added in general registers; they go to the vector registers
// through the stack, a group ahead, so that loads need not wait for stores.
// The next unit's tweak is encrypted between the rounds of this unit's blocks.
// All of this is spread so that a CPU that issues in order seldom waits: on the
// A55, 725 cycles a unit of 512 bytes by llvm-mca, 791 with all loads before
// the first round and all stores after the last, and 1006 with a slot filled at
// once.
//
// Tried, in cycles a unit of 512 bytes on N1, N2, V1, V2 by llvm-mca, without a
// call's entry and exit: groups of 3 blocks 482, 264, 132, 133; of 4, 478, 264,
// 128, 132; of 5, 486, 264, 130, 132; of 6, 482, 265, 129, 132; of 8, 478, 264,
// 128, 132.  Eight is kept: it divides a unit, and is best in order (A55).  The
// closing key added in a vector register: 478, 280, 136, 140; tweaks doubled
// there: 490, 376, 232, 224.  bench/LOG.md has the rest.

#include "target.h"

#ifdef ASM_ARM64

#include "asm_arm64.h"
#include "xts_group_arm64.h"

// Load the data key's schedule, compute the first tweak, and fill() once.
.macro	begin schedule
	// T = AES256(keys->tweak, tweak): nothing else can be done meanwhile.
	ldr	QNEXT, [TWEAK]
	add	TKEY, KEYS, #KEYS_TWEAK
.rept	13
	tweak_round
.endr
	tweak_end
	ldp	NUMLO, NUMHI, [TWEAK]
	next_number

	ldr	q16, [KEYS, #\schedule + 16]
	ldr	q17, [KEYS, #\schedule + 32]
	ldr	q18, [KEYS, #\schedule + 48]
	ldr	q19, [KEYS, #\schedule + 64]
	ldr	q20, [KEYS, #\schedule + 80]
	ldr	q21, [KEYS, #\schedule + 96]
	ldr	q22, [KEYS, #\schedule + 112]
	ldr	q23, [KEYS, #\schedule + 128]
	ldr	q24, [KEYS, #\schedule + 144]
	ldr	q25, [KEYS, #\schedule + 160]
	ldr	q26, [KEYS, #\schedule + 176]
	ldr	q27, [KEYS, #\schedule + 192]
	ldr	q28, [KEYS, #\schedule + 208]
	ldp	FIRSTLO, FIRSTHI, [KEYS, #\schedule]
	ldp	LASTLO, LASTHI, [KEYS, #\schedule + 224]
	mov	POLY, #0x87

	take_tweak
.irp	j, 1, 2, 3, 4, 5, 6, 7, 8
	fill	\j
.endr
.endm

// Process all units, of a multiple of 512 bytes each.
.macro	units way
LOCAL(unit_\way):
	lsr	GROUPS, UNIT, #7
	sub	GROUPS, GROUPS, #4
	cbz	GROUPS, LOCAL(unit_ends_\way)
LOCAL(unit_group_\way):
	sub	GROUPS, GROUPS, #1
	group	\way, between_plain
	cbnz	GROUPS, LOCAL(unit_group_\way)

LOCAL(unit_ends_\way):
	add	TKEY, KEYS, #KEYS_TWEAK
	ldr	QNEXT, [sp, #NUMBER]
	tweak_key
	mov	GROUPS, #3
	next_number
	tweak_mix
LOCAL(unit_ends_group_\way):
	sub	GROUPS, GROUPS, #1
	group	\way, between_next
	cbnz	GROUPS, LOCAL(unit_ends_group_\way)
	tweak_end
	take_tweak
	group	\way, between_plain

	sub	UNITS, UNITS, #1
	cbnz	UNITS, LOCAL(unit_\way)
.endm

// Process the only unit, except what needs ciphertext stealing.
.macro	single way
	store_tweak 9
	lsr	BLOCKS, UNIT, #4
	ands	TAIL, UNIT, #15
	cset	LO, ne
	sub	BLOCKS, BLOCKS, LO		// stealing takes one
	lsr	GROUPS, BLOCKS, #3
	and	BLOCKS, BLOCKS, #7
	cbz	GROUPS, LOCAL(remaining_\way)
LOCAL(single_group_\way):
	sub	GROUPS, GROUPS, #1
	group	\way, between_plain
	cbnz	GROUPS, LOCAL(single_group_\way)
	store_tweak 9

LOCAL(remaining_\way):
	add	SLOT, sp, #SLOTS
	add	SLOT, SLOT, BLOCKS, lsl #5
	cbz	BLOCKS, LOCAL(steal_\way)
	cmp	BLOCKS, #2
	b.lo	LOCAL(remaining_1_\way)
	b.eq	LOCAL(remaining_2_\way)
	cmp	BLOCKS, #4
	b.lo	LOCAL(remaining_3_\way)
	b.eq	LOCAL(remaining_4_\way)
	cmp	BLOCKS, #6
	b.lo	LOCAL(remaining_5_\way)
	b.eq	LOCAL(remaining_6_\way)
	remaining \way, 7
	b	LOCAL(steal_\way)
LOCAL(remaining_6_\way):
	remaining \way, 6
	b	LOCAL(steal_\way)
LOCAL(remaining_5_\way):
	remaining \way, 5
	b	LOCAL(steal_\way)
LOCAL(remaining_4_\way):
	remaining \way, 4
	b	LOCAL(steal_\way)
LOCAL(remaining_3_\way):
	remaining \way, 3
	b	LOCAL(steal_\way)
LOCAL(remaining_2_\way):
	remaining \way, 2
	b	LOCAL(steal_\way)
LOCAL(remaining_1_\way):
	remaining \way, 1
LOCAL(steal_\way):
.endm

// Ciphertext stealing, for the last whole block at IN and TAIL bytes after it,
// if there are any: the block's result lends its end to the tail to make a
// whole block of it, which takes its place.  first and second: where the slots
// of the two are, from the first unused one on.
.macro	steal way, first, second
	cbz	TAIL, LOCAL(end_\way)
	crypt_block \way, IN, \first
	add	TAILIN, IN, #16
	add	TAILOUT, OUT, #16
LOCAL(steal_byte_\way):
	sub	TAIL, TAIL, #1
	ldrb	WBYTE, [TAILIN, TAIL]
	ldrb	WSTOLEN, [OUT, TAIL]
	strb	WBYTE, [OUT, TAIL]
	strb	WSTOLEN, [TAILOUT, TAIL]
	cbnz	TAIL, LOCAL(steal_byte_\way)
	crypt_block \way, OUT, \second
.endm

// Wipe all that held keys, tweaks or data.
.macro	end
.irp	j, 1, 2, 3, 4, 5, 6, 7, 8, 9
	stp	xzr, xzr, [sp, #SLOTS + 32 * \j - 32]
	stp	xzr, xzr, [sp, #SLOTS + 32 * \j - 16]
.endr
	stp	xzr, xzr, [sp, #NUMBER]
	stp	xzr, xzr, [sp, #FRESH]
.irp	r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	wipe_vector \r
.endr
.irp	r, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	wipe_vector \r
.endr
.irp	r, 4, 6, 9, 10, 11, 12, 13, 14, 15, 16, 17
	mov	x\r, #0
.endr
.endm

.macro	xts way, schedule, first, second
	stp	x29, x30, [sp, #-FRAME]!
	mov	x29, sp
	cbz	UNITS, LOCAL(return_\way)
	stp	d8, d9, [sp, #SAVED]
	stp	d10, d11, [sp, #SAVED + 16]
	stp	d12, d13, [sp, #SAVED + 32]
	stp	d14, d15, [sp, #SAVED + 48]

	begin	\schedule
	tst	UNIT, #511
	b.ne	LOCAL(single_\way)
	units	\way
	b	LOCAL(end_\way)
LOCAL(single_\way):
	single	\way
	steal	\way, \first, \second
LOCAL(end_\way):
	end

	ldp	d8, d9, [sp, #SAVED]
	ldp	d10, d11, [sp, #SAVED + 16]
	ldp	d12, d13, [sp, #SAVED + 32]
	ldp	d14, d15, [sp, #SAVED + 48]
LOCAL(return_\way):
	ldp	x29, x30, [sp], #FRAME
.endm

function SYMBOL(xts_encrypt_arm64)
	xts	enc, KEYS_ENCRYPT, 0, 32
end_function SYMBOL(xts_encrypt_arm64)

// Decryption uses the last two tweaks in reverse order.
function SYMBOL(xts_decrypt_arm64)
	xts	dec, KEYS_DECRYPT, 32, 0
end_function SYMBOL(xts_decrypt_arm64)

#endif

#include "note.h"
