/* SPDX-License-Identifier: ISC */
/*
 * A backend of x86-64 is for a CPU that has all it needs, and an operating
 * system that keeps the registers; each thing of these is missed.
 */
#include "cpu.h"
#include "tap.h"

#ifdef ASM_X86_64

/* Bits by their numbers, from Intel's manual: volume 2, CPUID; 1, 13.3. */
struct need {
	struct cpu_says least;
	bool (*can)(struct cpu_says says);
	const char *name;
};

#define BIT(n) ((uint32_t)1 << (n))
#define ALL { UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX }

static const struct need needs[] = {
	{ { BIT(25) | BIT(27) | BIT(28), 0, 0, BIT(1) | BIT(2) },
	    cpu_can_aesni, "aesni: AES, OSXSAVE, AVX" },
	{ { BIT(25) | BIT(27) | BIT(28), BIT(5), BIT(9), BIT(1) | BIT(2) },
	    cpu_can_vaes256, "vaes256: these, AVX2 and VAES" },
	{ { BIT(25) | BIT(27) | BIT(28),
	    BIT(16) | BIT(17) | BIT(30) | BIT(31), BIT(1) | BIT(9),
	    BIT(1) | BIT(2) | BIT(5) | BIT(6) | BIT(7) },
	    cpu_can_vaes512, "vaes512: AVX-512 F, DQ, BW, VL, VBMI and VAES" },
	{ { BIT(27) | BIT(28), BIT(5), 0, BIT(1) | BIT(2) },
	    cpu_can_avx2, "avx2: AVX2" },
	{ { BIT(27) | BIT(28), BIT(16) | BIT(21) | BIT(31), 0,
	    BIT(1) | BIT(2) | BIT(5) | BIT(6) | BIT(7) },
	    cpu_can_ifma, "ifma: AVX-512 F, VL and IFMA" }
};

/* Return whether one word of what is said has just the bits that matter. */
static bool
matters(const struct need *need, struct cpu_says *says, uint32_t *word,
    uint32_t least)
{
	bool good = true;
	int i;

	for (i = 0; i < 32; i++) {
		*word = ~BIT(i);
		good &= need->can(*says) == !(least & BIT(i));
	}
	*word = UINT32_MAX;
	return good;
}

static bool
good(const struct need *need)
{
	struct cpu_says says = ALL;

	return need->can(need->least) && need->can(says) &&
	    matters(need, &says, &says.leaf1_ecx, need->least.leaf1_ecx) &&
	    matters(need, &says, &says.leaf7_ebx, need->least.leaf7_ebx) &&
	    matters(need, &says, &says.leaf7_ecx, need->least.leaf7_ecx) &&
	    matters(need, &says, &says.xcr0, need->least.xcr0);
}

static void
test_all(void)
{
	size_t i;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		tap_ok(good(&needs[i]), "%s", needs[i].name);
}

#else

static void
test_all(void)
{
	tap_skip("no CPU is asked in this build", "x86-64");
}

#endif

int
main(void)
{
	test_all();
	return tap_done();
}
