/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "usable.h"

#if defined(__x86_64__) && !defined(NO_ASM)

/*
 * One round of AES on two blocks, together and one by one.  qemu 7.2 says that
 * it has VAES, and gives the second block a wrong result.
 */
static bool
vaes256_right(void)
{
	static const uint8_t in[32] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
	    13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
	    29, 30, 31, 32 };
	uint8_t both[32], one[32];

	__asm__ volatile (
	    "vmovdqu	(%0), %%ymm0\n"
	    "vaesenc	%%ymm0, %%ymm0, %%ymm1\n"
	    "vmovdqu	%%ymm1, (%1)\n"
	    "vaesenc	%%xmm0, %%xmm0, %%xmm1\n"
	    "vmovdqu	%%xmm1, (%2)\n"
	    "vmovdqu	16(%0), %%xmm0\n"
	    "vaesenc	%%xmm0, %%xmm0, %%xmm1\n"
	    "vmovdqu	%%xmm1, 16(%2)\n"
	    "vzeroupper\n"
	    : : "r" (in), "r" (both), "r" (one)
	    : "memory", "xmm0", "xmm1");
	return memcmp(both, one, sizeof(both)) == 0;
}

#else

static bool
vaes256_right(void)
{
	return true;
}

#endif

const char *
usable_not(const struct xts_backend *backend)
{
	if (!backend->usable())
		return "CPU cannot run it";
	if (strcmp(backend->name, "vaes256") == 0 && !vaes256_right())
		return "CPU is emulated, and its vaesenc of 256 bits wrong";
	return NULL;
}
