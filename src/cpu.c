/* SPDX-License-Identifier: ISC */
/*
 * The features of this CPU and its operating system that the backends need.
 */
#ifdef __linux__
#include <sched.h>
#endif
#include <unistd.h>

#include "cpu.h"

unsigned
cpu_count(void)
{
	long n;
#ifdef __linux__
	cpu_set_t set;

	/* fails with more than 1024 CPUs */
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return (unsigned)CPU_COUNT(&set);
#endif
	n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}

#ifdef ASM_X86_64

#include <cpuid.h>

/*
 * An instruction exists if its CPUID bit is set; its registers may be used if
 * the operating system saves them, as its bits in XCR0 say.
 */

/* CPUID, leaf 1, ecx. */
#define AES (1U << 25)
#define OSXSAVE (1U << 27)
#define AVX (1U << 28)

/* Leaf 7: ebx, then ecx. */
#define AVX2 (1U << 5)
#define AVX512F (1U << 16)
#define AVX512DQ (1U << 17)
#define AVX512IFMA (1U << 21)
#define AVX512BW (1U << 30)
#define AVX512VL (1U << 31)
#define AVX512VBMI (1U << 1)
#define VAES (1U << 9)

/* XCR0: xmm, ymm; and k0-7, the upper halves of zmm0-15, zmm16-31. */
#define STATE_AVX 0x06U
#define STATE_AVX512 0xe6U

struct cpu_says
cpu_ask(void)
{
	struct cpu_says says = { 0 };
	unsigned int eax, ebx, ecx, edx;

	if (__get_cpuid(1, &eax, &ebx, &ecx, &edx))
		says.leaf1_ecx = ecx;
	if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
		says.leaf7_ebx = ebx;
		says.leaf7_ecx = ecx;
	}
	/* xgetbv exists only with OSXSAVE: volatile keeps it in this branch. */
	if (says.leaf1_ecx & OSXSAVE)
		__asm__ volatile ("xgetbv" : "=a" (says.xcr0), "=d" (edx) :
		    "c" (0));
	return says;
}

static bool
all(uint32_t bits, uint32_t need)
{
	return (bits & need) == need;
}

bool
cpu_can_aesni(struct cpu_says says)
{
	return all(says.leaf1_ecx, AES | OSXSAVE | AVX) &&
	    all(says.xcr0, STATE_AVX);
}

bool
cpu_can_vaes256(struct cpu_says says)
{
	return cpu_can_aesni(says) && all(says.leaf7_ebx, AVX2) &&
	    all(says.leaf7_ecx, VAES);
}

bool
cpu_can_vaes512(struct cpu_says says)
{
	return cpu_can_aesni(says) && all(says.xcr0, STATE_AVX512) &&
	    all(says.leaf7_ebx, AVX512F | AVX512BW | AVX512DQ | AVX512VL) &&
	    all(says.leaf7_ecx, AVX512VBMI | VAES);
}

bool
cpu_can_avx2(struct cpu_says says)
{
	return all(says.leaf1_ecx, OSXSAVE | AVX) &&
	    all(says.xcr0, STATE_AVX) && all(says.leaf7_ebx, AVX2);
}

bool
cpu_can_ifma(struct cpu_says says)
{
	return all(says.leaf1_ecx, OSXSAVE | AVX) &&
	    all(says.xcr0, STATE_AVX512) &&
	    all(says.leaf7_ebx, AVX512F | AVX512IFMA | AVX512VL);
}

bool
cpu_has_aesni(void)
{
	return cpu_can_aesni(cpu_ask());
}

bool
cpu_has_vaes256(void)
{
	return cpu_can_vaes256(cpu_ask());
}

bool
cpu_has_vaes512(void)
{
	return cpu_can_vaes512(cpu_ask());
}

bool
cpu_has_avx2(void)
{
	return cpu_can_avx2(cpu_ask());
}

bool
cpu_has_ifma(void)
{
	return cpu_can_ifma(cpu_ask());
}

#elif defined(ASM_ARM64)

/*
 * On Arm64 a program cannot ask the CPU; each operating system has its own way
 * to ask.
 */

#if defined(__linux__)

#include <sys/auxv.h>

#define HAS_AES (1UL << 3)	/* Linux: arch/arm64, uapi/asm/hwcap.h */

bool
cpu_has_arm64_aes(void)
{
	return (getauxval(AT_HWCAP) & HAS_AES) != 0;
}

#elif defined(__APPLE__)

#include <stddef.h>
#include <sys/sysctl.h>

bool
cpu_has_arm64_aes(void)
{
	int has = 0;
	size_t len = sizeof(has);

	return sysctlbyname("hw.optional.arm.FEAT_AES", &has, &len, NULL,
	    0) == 0 && has != 0;
}

#elif defined(__FreeBSD__) || defined(__OpenBSD__)

#include <sys/auxv.h>

bool
cpu_has_arm64_aes(void)
{
	unsigned long caps = 0;

	return elf_aux_info(AT_HWCAP, &caps, sizeof(caps)) == 0 &&
	    (caps & HWCAP_AES) != 0;
}

#else

bool
cpu_has_arm64_aes(void)
{
	return false;
}

#endif

#endif
