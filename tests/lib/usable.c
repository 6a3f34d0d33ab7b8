/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "usable.h"

#ifdef ASM_X86_64

#include <cpuid.h>

/* Does qemu compute the instructions?  Its signature is at 0x40000000. */
static bool
emulated(void)
{
	const unsigned int hypervisor = 1U << 31;
	unsigned int eax, ebx, ecx, edx, name[3];

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & hypervisor))
		return false;
	__cpuid(0x40000000, eax, name[0], name[1], name[2]);
	return memcmp(name, "TCGTCGTCGTCG", sizeof(name)) == 0;
}

/* One round of AES on two blocks, together and one by one. */
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

/*
 * qemu 7.2 says that it has VAES, and gives the second block a wrong result.  A
 * CPU that does so is another matter: its tests have to fail.
 */
static bool
emulated_wrong(const struct xts_backend *backend)
{
	return backend == &xts_vaes256 && emulated() && !vaes256_right();
}

#else

static bool
emulated_wrong(const struct xts_backend *backend)
{
	(void)backend;
	return false;
}

#endif

const char *
usable_not(const struct xts_backend *backend)
{
	if (!backend->usable())
		return "this CPU cannot run it";
	if (emulated_wrong(backend))
		return "the CPU is emulated, and its vaesenc of 256 bits wrong";
	return NULL;
}
