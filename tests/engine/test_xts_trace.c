/* SPDX-License-Identifier: ISC */
/*
 * Step by step, an engine in assembly goes the same way and to the same
 * addresses, whatever the keys, tweaks and data: which memcheck cannot show of
 * instructions that valgrind does not know.  The CPU's trap flag stops after
 * each instruction; what stands at the next one and where it points are noted.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "tap.h"
#include "usable.h"
#include "xts_backend.h"

#if defined(ASM_X86_64) && defined(__linux__)

#include <ucontext.h>

#define MAX_BYTES (6 * 512)
#define MAX_STEPS (1 << 16)
#define ROUNDS 3			/* each step is a signal */
#define MAX_RUNS 100
#define ENOUGH 2			/* runs in a row that add nothing */
#define MAX_LOST 8			/* side by side */
#define TRAP_FLAG 0x100
#define NONE 16				/* no register */

/* One instruction: where it is, and the registers that make its address. */
struct step {
	uint64_t at, base, index;
};

static struct xts_keys keys;
static uint8_t key[64], tweak[16], data[MAX_BYTES], out[MAX_BYTES];
static struct trace {			/* its last step is all zeros */
	size_t n;
	struct step steps[MAX_STEPS];
} first, whole, last;
static uint64_t start, back;		/* the function; where it returns to */
static bool inside, returned;
static volatile sig_atomic_t stepping;
static uint32_t lose;			/* one trap in this many, for a test */

/* Registers by their number in instructions. */
static const int gregs[NONE] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15
};

/* Return whether an instruction of one byte, after REX, has no ModRM byte. */
static bool
is_plain(uint8_t op)
{
	return (op >= 0x50 && op < 0x60) ||	/* push, pop */
	    (op >= 0x70 && op < 0x80) ||	/* jumps, near */
	    (op >= 0xb0 && op < 0xc0) ||	/* mov from a constant */
	    op == 0xc2 || op == 0xc3 || op == 0xc9 ||	/* ret, leave */
	    op == 0xe8 || op == 0xe9 || op == 0xeb ||	/* call, jmp */
	    (op < 0x40 && (op & 6) == 4) ||	/* rax with a constant */
	    op == 0xa8 || op == 0xa9;
}

/*
 * The ModRM byte of the instruction at p, or NULL; and bits 3 of its base and
 * index.  Of the prefixes, only what the engines and these tests need.
 */
static const uint8_t *
modrm(const uint8_t *p, unsigned *base, unsigned *index)
{
	unsigned rex = 0;

	*base = *index = 0;
	if (*p == 0xc4 || *p == 0x62) {		/* VEX, EVEX */
		*base = p[1] & 0x20 ? 0 : 8;
		*index = p[1] & 0x40 ? 0 : 8;
		return p + (*p == 0x62 ? 5 : 4);
	}
	if (*p == 0xc5)				/* VEX; 77 is vzeroupper */
		return p[2] == 0x77 ? NULL : p + 3;
	while (*p == 0x66 || *p == 0xf2 || *p == 0xf3)
		p++;
	if ((*p & 0xf0) == 0x40)
		rex = *p++;
	*base = rex & 1 ? 8 : 0;
	*index = rex & 2 ? 8 : 0;
	if (*p == 0x0f)
		return p[1] >= 0x80 && p[1] < 0x90 ? NULL : p + 2;
	return is_plain(*p) ? NULL : p + 1;
}

/* The numbers of the registers of its address. */
static void
address(const uint8_t *p, unsigned *base, unsigned *index)
{
	unsigned high_base, high_index;

	p = modrm(p, &high_base, &high_index);
	*base = *index = NONE;
	if (p == NULL || *p >= 0xc0)
		return;
	*base = (*p & 7) + high_base;
	if ((*p & 7) == 4) {			/* SIB */
		*base = (p[1] & 7) + high_base;
		*index = (p[1] >> 3 & 7) + high_index;
		if (*index == 4)
			*index = NONE;
		if (*p < 0x40 && (p[1] & 7) == 5)
			*base = NONE;
	} else if (*p < 0x40 && (*p & 7) == 5)
		*base = NONE;			/* from rip */
}

static void
note_step(const greg_t *regs)
{
	unsigned base, index;
	struct step *step;

	if (last.n == MAX_STEPS)
		return;
	step = &last.steps[last.n++];
	step->at = (uint64_t)regs[REG_RIP];
	address((const uint8_t *)(uintptr_t)step->at, &base, &index);
	step->base = base == NONE ? 0 : (uint64_t)regs[gregs[base]];
	step->index = index == NONE ? 0 : (uint64_t)regs[gregs[index]];
}

/*
 * An int3 begins the steps.  Which trap this is, is not asked: a virtual
 * machine may lose what the CPU said of it.
 */
static void
trapped(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	uint64_t at = (uint64_t)regs[REG_RIP];

	(void)sig, (void)info;
	if (!stepping) {
		regs[REG_EFL] &= ~TRAP_FLAG;
		return;
	}
	regs[REG_EFL] |= TRAP_FLAG;
	if (lose != 0 && randombytes_uniform(lose) == 0)
		return;
	if (!inside && at == start) {
		inside = true;
		memcpy(&back, (void *)(uintptr_t)regs[REG_RSP], sizeof(back));
	} else if (inside && at == back) {
		inside = false;
		returned = true;
	}
	if (inside)
		note_step(regs);
}

/* Note the steps of the function; return whether its return was noted, too. */
static bool
trace_once(xts_run *run, size_t n, size_t unit)
{
	xts_run *volatile unknown = run;	/* so that it is not inlined */
	uint8_t *to = (void *)&keys;

	start = (uintptr_t)run;
	last.n = 0;
	inside = returned = false;
	stepping = true;
	__asm__ volatile ("int3" : : : "memory");
	if (unit != 0)
		unknown(out, data, n, unit, tweak, &keys);
	else					/* an expansion */
		unknown(to, key, 0, 0, tweak, NULL);
	stepping = false;
	if (!returned || last.n == MAX_STEPS)
		return false;
	memset(&last.steps[last.n++], 0, sizeof(last.steps[0]));
	return true;
}

static bool
is_same(const struct step *a, const struct step *b, size_t n)
{
	return memcmp(a, b, n * sizeof(*a)) == 0;
}

/* How many steps from i on come before this one, at most MAX_LOST + 1. */
static size_t
steps_before(const struct trace *t, size_t i, const struct step *step)
{
	size_t count;

	for (count = 0; count <= MAX_LOST && i + count < t->n; count++)
		if (is_same(&t->steps[i + count], step, 1))
			return count;
	return MAX_LOST + 1;
}

static bool
insert(struct trace *t, size_t i, const struct step *steps, size_t n)
{
	if (n > MAX_STEPS - t->n)
		return false;
	memmove(&t->steps[i + n], &t->steps[i], (t->n - i) * sizeof(*steps));
	memcpy(&t->steps[i], steps, n * sizeof(*steps));
	t->n += n;
	return true;
}

/*
 * Insert into all the steps that only the other has.  Return false if in one
 * place each has steps that the other lacks, since their order is unknown.
 */
static bool
merge(struct trace *all, const struct trace *other)
{
	size_t i, j, lacks, more;

	for (i = j = 0; i < all->n && j < other->n; i++, j++) {
		lacks = steps_before(other, j, &all->steps[i]);
		more = steps_before(all, i, &other->steps[j]);
		if (lacks > MAX_LOST && more > MAX_LOST)
			return false;
		if (lacks > more)
			i += more;
		else if (insert(all, i, &other->steps[j], lacks)) {
			i += lacks;
			j += lacks;
		} else
			return false;
	}
	return true;
}

/*
 * Note the whole trace.  A virtual machine may lose the trap of an instruction
 * that an interrupt follows, so runs with the same secrets are merged, until
 * two in a row add nothing.  A way that depends on secrets is in all of them.
 */
static void
trace(xts_run *run, size_t n, size_t unit)
{
	size_t count, runs, nothing = 0;

	whole.n = 0;
	for (runs = 0; runs < MAX_RUNS && nothing < ENOUGH; runs++) {
		if (!trace_once(run, n, unit))
			continue;
		count = whole.n;
		if (count == 0)
			whole = last;
		else if (!merge(&whole, &last)) {
			whole = last;
			nothing = 0;
		} else
			nothing = count == whole.n ? nothing + 1 : 0;
	}
	if (nothing < ENOUGH)
		tap_bail("too many traps are lost, or steps made");
}

/* The first tweak is random; the others, 2^64 - 1 and - 2, soon carry. */
static void
new_secrets(const struct xts_backend *backend, uint64_t round)
{
	randombytes_buf(key, sizeof(key));
	randombytes_buf(tweak, sizeof(tweak));
	randombytes_buf(data, sizeof(data));
	backend->expand(&keys, key);
	if (round > 0)
		bytes_store64(tweak, -round);
}

/* Return whether each round goes the way of the first. */
static bool
same_ways(const struct xts_backend *backend, xts_run *run, size_t n,
    size_t unit)
{
	uint64_t round;

	for (round = 0; round < ROUNDS; round++) {
		new_secrets(backend, round);
		trace(run, n, unit);
		if (round == 0)
			first = whole;
		if (whole.n != first.n ||
		    !is_same(whole.steps, first.steps, first.n))
			return false;
	}
	return true;
}

static void
test_runs(const struct xts_backend *backend)
{
	static const struct { size_t n, unit; } runs[] = {
		{ 0, 512 }, { 1, 16 }, { 1, 17 }, { 1, 255 }, { 1, 751 },
		{ 6, 512 }, { 2, 1536 }
	};
	size_t i, bad = 0;

	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++)
		if (!same_ways(backend, backend->encrypt, runs[i].n,
		    runs[i].unit) ||
		    !same_ways(backend, backend->decrypt, runs[i].n,
		    runs[i].unit)) {
			tap_note("%zu units of %zu bytes", runs[i].n,
			    runs[i].unit);
			bad++;
		}
	tap_ok(bad == 0, "%s: runs go one way, whatever the secrets",
	    backend->name);
	tap_ok(same_ways(backend, (xts_run *)(void (*)(void))backend->expand,
	    0, 0), "%s: so do expansions", backend->name);
}

/* What must be found. */
static void
branches(uint8_t *to, const uint8_t *in, size_t n, size_t unit,
    const uint8_t number[16], const struct xts_keys *k)
{
	volatile uint8_t *p = to;

	(void)in, (void)n, (void)unit, (void)k;
	if (number[0] & 1)
		*p = 1;
}

static void
looks_up(uint8_t *to, const uint8_t *in, size_t n, size_t unit,
    const uint8_t number[16], const struct xts_keys *k)
{
	(void)n, (void)unit, (void)k;
	*(volatile uint8_t *)to = in[number[0]];
}

/* Merged, runs that lose traps are as one that loses none. */
static void
test_lost(const struct xts_backend *backend)
{
	new_secrets(backend, 0);
	trace(backend->encrypt, 6, 512);
	first = whole;
	lose = 500;
	trace(backend->encrypt, 6, 512);
	lose = 0;
	tap_ok(whole.n == first.n &&
	    is_same(whole.steps, first.steps, first.n),
	    "%s: steps whose traps were lost are found in other runs",
	    backend->name);
}

static void
test_all(void)
{
	const struct xts_backend *const *b;
	struct sigaction action = { 0 };
	const char *why;

	action.sa_sigaction = trapped;
	action.sa_flags = SA_SIGINFO;
	if (sodium_init() < 0 || sigaction(SIGTRAP, &action, NULL) != 0)
		tap_bail("no traps");
	tap_ok(!same_ways(&xts_c, branches, 1, 512), "a branch is detected");
	tap_ok(!same_ways(&xts_c, looks_up, 1, 512), "an index is detected");
	for (b = xts_backends; *b != &xts_c; b++)
		if ((why = usable_not(*b)) != NULL)
			tap_skip(why, "%s", (*b)->name);
		else {
			test_lost(*b);
			test_runs(*b);
		}
}

#else

static void
test_all(void)
{
	tap_skip("no trap flag of this CPU is used", "single steps");
}

#endif

int
main(void)
{
	test_all();
	return tap_done();
}
