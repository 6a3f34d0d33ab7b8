/* SPDX-License-Identifier: ISC */
/*
 * Notes that ELF requires in every object file, or else the whole program loses
 * what they declare: a stack that is not executable, and indirect calls and
 * returns that obey the CPU's branch protection.  Included at the end of every
 * assembly file, even one that is empty on this CPU.
 */
#ifndef ASM_NOTE_H
#define ASM_NOTE_H

#if defined(__ELF__)

	.section .note.GNU-stack, "", %progbits

/* Feature bits of each CPU, for the ABIs that Linux protects. */
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
