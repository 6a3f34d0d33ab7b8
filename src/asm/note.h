/* SPDX-License-Identifier: ISC */
/*
 * What ELF wants to be told of every object file, or it takes away from the
 * program: that its stack need not be executable, and that indirect calls land
 * and addresses return as the CPU's branch protection has it.  Included at the
 * end of every file of assembly, also where it is for another CPU and empty.
 */
#ifndef ASM_NOTE_H
#define ASM_NOTE_H

#if defined(__ELF__)

	.section .note.GNU-stack, "", %progbits

/* The bits of each CPU, where the ABI is one that Linux protects. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define PROPERTY 0xc0000002
#define FEATURES 1 + 2			/* landing pads; a shadow stack */
#elif defined(__aarch64__) && !defined(__ILP32__)
#define PROPERTY 0xc0000000
#if defined(__ARM_FEATURE_BTI_DEFAULT)
#define LANDS 1
#else
#define LANDS 0
#endif
#if defined(__ARM_FEATURE_PAC_DEFAULT)
#define SIGNS 2
#else
#define SIGNS 0
#endif
#if defined(__ARM_FEATURE_GCS_DEFAULT)
#define SHADOWS 4
#else
#define SHADOWS 0
#endif
#define FEATURES LANDS + SIGNS + SHADOWS
#endif

#if defined(FEATURES) && FEATURES
	.section .note.gnu.property, "a", %note
	.p2align 3
	.long	4, 16, 5		/* lengths; NT_GNU_PROPERTY_TYPE_0 */
	.asciz	"GNU"
	.long	PROPERTY, 4, FEATURES, 0
#endif

#endif
#endif
