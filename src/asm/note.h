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

/* Landing pads count 1; signed or shadowed return addresses 2. */
#if defined(__x86_64__)
#define PROPERTY 0xc0000002
#define FEATURES 3
#elif defined(__aarch64__)
#define PROPERTY 0xc0000000
#if defined(__ARM_FEATURE_BTI_DEFAULT) && defined(__ARM_FEATURE_PAC_DEFAULT)
#define FEATURES 3
#elif defined(__ARM_FEATURE_PAC_DEFAULT)
#define FEATURES 2
#elif defined(__ARM_FEATURE_BTI_DEFAULT)
#define FEATURES 1
#endif
#endif

#if defined(FEATURES)
	.section .note.gnu.property, "a", %note
	.p2align 3
	.long	4, 16, 5		/* lengths; NT_GNU_PROPERTY_TYPE_0 */
	.asciz	"GNU"
	.long	PROPERTY, 4, FEATURES, 0
#endif

#endif
#endif
