/* SPDX-License-Identifier: ISC */
/*
 * Shared by the Arm64 assembly: what branch protection requires at a function's
 * start and end.
 */
#ifndef ASM_ARM64_H
#define ASM_ARM64_H

#include "keys.h"
#include "symbol.h"

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

/* Begin a function that C may call. */
.macro	function name
	begin_symbol \name
	SIGN
.endm

.macro	end_function name
	AUTHENTICATE
	ret
	end_symbol \name
.endm

#endif
