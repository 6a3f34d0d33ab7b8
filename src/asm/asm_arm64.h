/* SPDX-License-Identifier: ISC */
/*
 * Shared by the Arm64 assembly: what ELF and Mach-O spell differently, and what
 * branch protection requires at a function's start and end.
 */
#ifndef ASM_ARM64_H
#define ASM_ARM64_H

#include "keys.h"

#if defined(__APPLE__)
#define SYMBOL(name) UNDERSCORED(name)
#define UNDERSCORED(name) _##name
#define LOCAL(name) L##name
#else
#define SYMBOL(name) name
#define LOCAL(name) .L##name
#endif

/*
 * A signed return address is also a landing pad for an indirect call.  All of
 * these are hints, which a CPU without the feature ignores.
 */
#if defined(__ARM_FEATURE_PAC_DEFAULT) && (__ARM_FEATURE_PAC_DEFAULT & 2)
#define SIGN hint #27			/* pacibsp */
#define AUTHENTICATE hint #31		/* autibsp */
#elif defined(__ARM_FEATURE_PAC_DEFAULT)
#define SIGN hint #25			/* paciasp */
#define AUTHENTICATE hint #29		/* autiasp */
#else
#if defined(__ARM_FEATURE_BTI_DEFAULT)
#define SIGN hint #34			/* bti c */
#else
#define SIGN
#endif
#define AUTHENTICATE
#endif

#if defined(__ELF__)
	.arch	armv8-a+crypto
#endif

/* Begin a function that C may call, aligned to an instruction cache line. */
.macro	function name
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
	SIGN
.endm

/* End a function; name_end lets C hash its bytes. */
.macro	end_function name
	AUTHENTICATE
	ret
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
