/* SPDX-License-Identifier: ISC */
/*
 * Shared by the AES-256-XTS of x86-64: its arguments; and of the last unit,
 * which may have any length, what does not depend on how many blocks an engine
 * takes together: its division, single blocks, and ciphertext stealing.
 */
#ifndef XTS_LAST_X86_H
#define XTS_LAST_X86_H

#include "asm_x86.h"

#define OUT	%rdi
#define IN	%rsi
#define UNITS	%rdx		// units left
#define UNIT	%rcx
#define TWEAK	%r8		// until another takes its place
#define KEYS	%r9
#define GROUPS	%rax		// of blocks, left
			// in the last unit, from UNITS, UNIT and GROUPS:
#define TAIL	%rdx		// bytes after its last whole block
#define BLOCKS	%rcx		// left
#define SLIDE	%rax		// address of slide
#define SLOT	%r11		// address of the next block's tweak

				// after its groups:
#define BLOCK	%xmm0
#define REST	%xmm1		// last 16 bytes, the tail included
#define UP	%xmm2		// moves bytes up by 16 - TAIL
#define DOWN	%xmm3		// down by as many
#define LENT	%xmm4		// its end completes the tail
#define OWN	%xmm5		// the block's tweak

/*
 * Load what may just have been stored as two numbers of 64 bits.  A load of all
 * 16 bytes would wait until both have reached the cache.
 */
.macro	load_halves at, base, X
	vmovq	\at(\base), \X
	vmovhps	8+\at(\base), \X, \X
.endm

/*
 * Divide the last unit: TAIL; in UNIT its whole blocks, in bytes, without the
 * one that is stolen from.  Process its groups of 2^shift bytes by the macro
 * and the arguments that follow.
 */
.macro	last_groups shift, group:vararg
	mov	UNIT, TAIL
	and	$(15), TAIL
	sub	TAIL, UNIT
	test	TAIL, TAIL
	jz	1f
	sub	$(16), UNIT
1:
	mov	UNIT, GROUPS
	shr	$(\shift), GROUPS
	jz	3f
2:
	\group
	dec	GROUPS
	jnz	2b
3:
.endm

/* BLOCK = AES(BLOCK ^ tweak) ^ tweak. */
.macro	crypt_block way, schedule, tweak
	load_halves \tweak, SLOT, OWN
	vpxor	OWN, BLOCK, BLOCK
	vpxor	\schedule(KEYS), BLOCK, BLOCK
	.irp	i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
	vaes\way \schedule+16*\i(KEYS), BLOCK, BLOCK
	.endr
	vaes\way\()last \schedule+224(KEYS), BLOCK, BLOCK
	vpxor	OWN, BLOCK, BLOCK
.endm

/*
 * Ciphertext stealing, for the last whole block at IN and TAIL bytes after it:
 * the block's result lends its end to the tail to make a whole block of it,
 * which takes its place.  The tail is loaded with the bytes before it, so that
 * no load goes beyond the buffer.
 */
.macro	steal way, schedule, first, second
	vmovdqu	(IN), BLOCK
	vmovdqu	(IN, TAIL), REST
	crypt_block \way, \schedule, \first

	lea	LOCAL(slide)(%rip), SLIDE
	vmovdqu	(SLIDE, TAIL), UP
	neg	TAIL
	vmovdqu	32(SLIDE, TAIL), DOWN
	neg	TAIL
	vpshufb	UP, BLOCK, LENT
	vpshufb	DOWN, REST, REST
	vpblendvb DOWN, BLOCK, REST, BLOCK
	vmovdqu	LENT, (OUT, TAIL)

	crypt_block \way, \schedule, \second
	vmovdqu	BLOCK, (OUT)
.endm

/*
 * Process the last blocks of UNIT, their number modulo most + 1, which is a
 * power of 2, and the tail.  Their tweaks are from SLOT on; first, second:
 * where those for stealing are, after these.
 */
.macro	last_blocks most, way, schedule, first, second
	shr	$(4), BLOCKS
	and	$(\most), BLOCKS
	jz	5f
4:
	vmovdqu	(IN), BLOCK
	crypt_block \way, \schedule, 0
	vmovdqu	BLOCK, (OUT)
	add	$(16), IN
	add	$(16), OUT
	add	$(16), SLOT
	.if	\most > 1
	dec	BLOCKS
	jnz	4b
	.endif
5:
	test	TAIL, TAIL
	jz	6f
	steal	\way, \schedule, \first, \second
6:
.endm

/* Masks for vpshufb: from byte 16 + s on, s down; from 16 - s on, s up. */
.macro	slide_table
	.p2align 4
LOCAL(slide):
	.fill	16, 1, 0x80
	.byte	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	.fill	16, 1, 0x80
.endm

#endif
