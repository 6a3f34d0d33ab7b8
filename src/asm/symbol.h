/* SPDX-License-Identifier: ISC */
/*
 * How ELF and Mach-O spell a function, a label and a section.
 */
#ifndef ASM_SYMBOL_H
#define ASM_SYMBOL_H

#if defined(__APPLE__)
#define SYMBOL(name) _##name
#define LOCAL(name) L##name
#define RODATA .section __TEXT,__const
#else
#define SYMBOL(name) name
#define LOCAL(name) .L##name
#define RODATA .section .rodata
#endif

/* Begin a symbol that C may use: a function, at an instruction cache line. */
.macro	begin_symbol name
	.text
	.p2align 6
	.globl	\name
#if defined(__APPLE__)
	.private_extern \name
#else
	.hidden	\name
	.type	\name, %function
#endif
\name:
.endm

/* End it; name_end lets C hash its bytes. */
.macro	end_symbol name
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

#endif
