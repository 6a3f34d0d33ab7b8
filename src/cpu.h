/* SPDX-License-Identifier: ISC */
/*
 * What this CPU, and the operating system on it, let the backends use; and how
 * many there are.
 */
#ifndef CPU_H
#define CPU_H

#include <stdbool.h>

#include "asm/target.h"

/* The CPUs that this process may run on, as far as can be told; at least 1. */
unsigned cpu_count(void);

#ifdef ASM_X86_64

bool cpu_has_aesni(void);	/* AES-NI and AVX */
bool cpu_has_vaes256(void);	/* VAES with AVX2 */
bool cpu_has_vaes512(void);	/* VAES and AVX-512 F, BW, DQ, VL and VBMI */

#endif

#ifdef ASM_ARM64

bool cpu_has_arm64_aes(void);	/* AESE, AESD, AESMC and AESIMC */

#endif
#endif
