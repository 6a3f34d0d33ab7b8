/* SPDX-License-Identifier: ISC */
#include "limit.h"
#include "asm/target.h"

#ifdef ASM_X86_64

/*
 * Sixteen chains: more than an instruction takes cycles, times the two that
 * start in each.  What the registers hold does not matter.
 */
#define AES(width, i) \
	"vaesenc %%" width "mm" #i ", %%" width "mm" #i ", %%" width "mm" \
	#i "\n"
#define SIXTEEN(width) \
	AES(width, 0) AES(width, 1) AES(width, 2) AES(width, 3) \
	AES(width, 4) AES(width, 5) AES(width, 6) AES(width, 7) \
	AES(width, 8) AES(width, 9) AES(width, 10) AES(width, 11) \
	AES(width, 12) AES(width, 13) AES(width, 14) AES(width, 15)
#define RUN(name, width) \
	static void \
	name(void) \
	{ \
		unsigned int left = LIMIT_BATCH / 16; \
	\
		__asm__ volatile ("1:\n" SIXTEEN(width) \
		    "dec %0\n" "jnz 1b\n" "vzeroupper\n" \
		    : "+r" (left) : : "cc", "xmm0", "xmm1", "xmm2", "xmm3", \
		    "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
		    "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"); \
	}

RUN(run_xmm, "x")
RUN(run_ymm, "y")
RUN(run_zmm, "z")

const struct limit limits[] = {
	{ "vaes512", 4, run_zmm },
	{ "vaes256", 2, run_ymm },
	{ "aesni", 1, run_xmm },
	{ NULL, 0, NULL }
};

#else

const struct limit limits[] = { { NULL, 0, NULL } };

#endif
