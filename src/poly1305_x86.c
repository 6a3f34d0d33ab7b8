/* SPDX-License-Identifier: ISC */
/*
 * The backends for x86-64, in assembly: src/asm/poly1305_*.S.
 */
#include "cpu.h"
#include "poly1305_backend.h"

#ifdef ASM_X86_64

const struct poly1305_backend poly1305_avx2 = {
	"avx2", cpu_has_avx2, poly1305_tag_avx2
};

const struct poly1305_backend poly1305_ifma = {
	"ifma", cpu_has_ifma, poly1305_tag_ifma
};

#endif
