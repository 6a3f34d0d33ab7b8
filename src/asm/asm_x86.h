/* SPDX-License-Identifier: ISC */
/*
 * Shared by the x86-64 assembly: how ELF and Mach-O spell a function, a label
 * and a section; the doubling of tweaks and the wiping of secrets.  Operands
 * are in AT&T order: sources first, the destination last.
 */
#ifndef ASM_X86_H
#define ASM_X86_H

#include "keys.h"

#if defined(__APPLE__)
#define SYMBOL(name) _##name
#define LOCAL(name) L##name
#define RODATA .section __TEXT,__const
#else
#define SYMBOL(name) name
#define LOCAL(name) .L##name
#define RODATA .section .rodata
#endif

/* Begin a function that C may call; indirect calls may land at endbr64. */
.macro	function name
	.text
	.p2align 6
	.globl	\name
#if defined(__APPLE__)
	.private_extern \name
#else
	.hidden	\name
	.type	\name, @function
#endif
\name:
	.cfi_startproc
	endbr64
.endm

/* End a function; name_end lets C hash its bytes. */
.macro	end_function name
	.cfi_endproc
#if defined(__APPLE__)
	.globl	\name\()_end
	.private_extern \name\()_end
#else
	.size	\name, . - \name
	.globl	\name\()_end
	.hidden	\name\()_end
#endif
\name\()_end:
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
.macro	wipe_stack zero, bytes, vectors
	.set	LOCAL(at), 0
	.rept	\vectors
	vmovdqa	\zero, LOCAL(at)(%rsp)
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

#endif
