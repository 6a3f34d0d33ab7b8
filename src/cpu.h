/* SPDX-License-Identifier: ISC */
/*
 * The features of this CPU and its operating system that the backends need, and
 * the number of CPUs.
 */
#ifndef CPU_H
#define CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "asm/target.h"

/* Number of CPUs that this process may run on, if known; at least 1. */
unsigned cpu_count(void);

#ifdef ASM_X86_64

/* The bits of CPUID, and XCR0 of the operating system. */
struct cpu_says {
	uint32_t leaf1_ecx, leaf7_ebx, leaf7_ecx, xcr0;
};

struct cpu_says cpu_ask(void);

/* Do these features suffice for the backend?  And does this CPU have them? */
bool cpu_can_aesni(struct cpu_says says);
bool cpu_can_vaes256(struct cpu_says says);
bool cpu_can_vaes512(struct cpu_says says);
bool cpu_can_avx2(struct cpu_says says);
bool cpu_can_ifma(struct cpu_says says);

bool cpu_has_aesni(void);	/* AES-NI and AVX */
bool cpu_has_vaes256(void);	/* VAES with AVX2 */
bool cpu_has_vaes512(void);	/* VAES and AVX-512 F, BW, DQ, VL and VBMI */
bool cpu_has_avx2(void);	/* AVX2 */
bool cpu_has_ifma(void);	/* AVX-512 F, VL and IFMA */

#endif

#ifdef ASM_ARM64

bool cpu_has_arm64_aes(void);	/* AESE, AESD, AESMC and AESIMC */

#endif
#endif
