/* SPDX-License-Identifier: ISC */
/*
 * Shared by the x86-64 assembly: what branch protection and unwinders require
 * of a function; the doubling of tweaks and the wiping of secrets.  Operands
 * are in AT&T order: sources first, the destination last.
 */
#ifndef ASM_X86_H
#define ASM_X86_H

#include "keys.h"
#include "symbol.h"

/* Begin a function that C may call; indirect calls may land at endbr64. */
.macro	function name
	begin_symbol \name
	.cfi_startproc
	endbr64
.endm

.macro	end_function name
	.cfi_endproc
	end_symbol \name
.endm

/* A tweak, in general registers: these take the fewest ports from AES. */
#define TLO %r8
#define THI %r10
#define CARRY %r11

/*
 * T = T * x in GF(2^128), little-endian, where x^128 is x^7 + x^2 + x + 1: bit
 * 127 wraps around as 0x87.
 */
.macro	double_tweak lo, hi, carry
	mov	\hi, \carry
	sar	$(63), \carry
	and	$(0x87), \carry
	add	\lo, \lo
	adc	\hi, \hi
	xor	\carry, \lo
.endm

/* Zero N vectors of this many bytes each, on the stack from rsp on. */
.macro	wipe_stack zero, bytes, vectors, move=vmovdqa
	.set	LOCAL(at), 0
	.rept	\vectors
	\move	\zero, LOCAL(at)(%rsp)
	.set	LOCAL(at), LOCAL(at) + \bytes
	.endr
.endm

/* Wipe zmm0-15; after vzeroupper C may use SSE without delay. */
.macro	wipe_low_vectors
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vpxor	%xmm\i, %xmm\i, %xmm\i
	.endr
	vzeroupper
.endm

/* Wipe zmm16-31. */
.macro	wipe_high_vectors
	.irp	i, 16, 17, 18, 19, 20, 21, 22, 23
	vpxord	%xmm\i, %xmm\i, %xmm\i
	.endr
	.irp	i, 24, 25, 26, 27, 28, 29, 30, 31
	vpxord	%xmm\i, %xmm\i, %xmm\i
	.endr
.endm

#endif
