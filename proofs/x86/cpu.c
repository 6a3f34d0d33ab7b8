/* SPDX-License-Identifier: ISC */
/* This x86-64 CPU, to ask (../cpu.h). */
#define _GNU_SOURCE
#include <cpuid.h>
#include <stdint.h>
#include <ucontext.h>

/* Where code and data lie: an address by rip reaches from one to the other. */
#define CODE ((uint8_t *)0x400000000)
#define DATA ((uint8_t *)0x410000000)
#define ROOM (1 << 20)
#define TRAP 0xcc	/* int3 */
#define FRAME_MAX 16384			/* of the vectors in a signal frame */

struct state {
	uint64_t x[16];			/* by their numbers in instructions */
	uint64_t pc;
	uint64_t flags;
	uint64_t k[8];
	uint8_t z[32][64];
};

#include "../cpu.h"

static const int number[16] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15
};

/* The parts of a signal frame's vectors (XSAVE's standard format). */
enum { SSE = 1, AVX = 2, MASKS = 5, HIGH256 = 6, HIGH16 = 7, PARTS };
#define FLAGS_FREE 0x8d5u		/* those that a state may set */

static gregset_t home;
static uint8_t home_vectors[FRAME_MAX];
static size_t place[PARTS];

static void
find_places(void)
{
	unsigned a, b, c, d;

	place[SSE] = 160;
	for (unsigned i = AVX; i < PARTS; i++)
		if (__get_cpuid_count(0xd, i, &a, &b, &c, &d) && a != 0)
			place[i] = b;
}

/* What software and kernel say of the frame: its size and parts. */
static uint64_t
parts_of(const uint8_t *frame, size_t *size)
{
	uint32_t magic, bytes;
	uint64_t parts;

	memcpy(&magic, frame + 464, 4);
	memcpy(&parts, frame + 472, 8);
	memcpy(&bytes, frame + 480, 4);
	if (magic != 0x46505853 || bytes > FRAME_MAX)
		abort();
	*size = bytes;
	return parts;
}

/* One part of a register, of size bytes, in the frame; or NULL. */
static uint8_t *
part(uint8_t *frame, int which, size_t at)
{
	return place[which] == 0 ? NULL : frame + place[which] + at;
}

static void
copy(uint8_t *frame, int which, size_t at, void *own, size_t size, int out)
{
	uint8_t *theirs = part(frame, which, at);
	uint64_t valid;

	memcpy(&valid, frame + 512, 8);
	if (theirs == NULL)
		return;
	if (!out)
		memcpy(theirs, own, size);
	else if (valid >> which & 1)
		memcpy(own, theirs, size);
	else
		memset(own, 0, size);	/* it has its first value */
}

static void
vectors(uint8_t *frame, struct state *s, int out)
{
	for (size_t i = 0; i < 16; i++) {
		copy(frame, SSE, 16 * i, s->z[i], 16, out);
		copy(frame, AVX, 16 * i, s->z[i] + 16, 16, out);
		copy(frame, HIGH256, 32 * i, s->z[i] + 32, 32, out);
		copy(frame, HIGH16, 64 * i, s->z[16 + i], 64, out);
	}
	copy(frame, MASKS, 0, s->k, sizeof(s->k), out);
}

static void
put(mcontext_t *context, struct state *s)
{
	uint8_t *frame = (uint8_t *)context->fpregs;
	size_t size;
	uint64_t parts = parts_of(frame, &size);

	for (int i = 0; i < 16; i++)
		context->gregs[number[i]] = (greg_t)s->x[i];
	context->gregs[REG_RIP] = (greg_t)s->pc;
	context->gregs[REG_EFL] = (greg_t)((s->flags & FLAGS_FREE) | 0x202);
	vectors(frame, s, 0);
	memcpy(frame + 512, &parts, 8);
}

static void
get(struct state *s, mcontext_t *context, int signal)
{
	for (int i = 0; i < 16; i++)
		s->x[i] = (uint64_t)context->gregs[number[i]];
	s->pc = (uint64_t)context->gregs[REG_RIP] - (signal == SIGTRAP);
	s->flags = (uint64_t)context->gregs[REG_EFL];
	vectors((uint8_t *)context->fpregs, s, 1);
}

/* The first signal is leave's own; the second is what the code came to. */
static void
handler(int signal, siginfo_t *info, void *ucontext)
{
	mcontext_t *context = &((ucontext_t *)ucontext)->uc_mcontext;
	size_t size;

	(void)info;
	answer.features = parts_of((uint8_t *)context->fpregs, &size);
	if (where == LEAVING) {
		where = AWAY;
		memcpy(home, context->gregs, sizeof(home));
		memcpy(home_vectors, context->fpregs, size);
		put(context, &question.state);
	} else if (where == AWAY) {
		where = AT_HOME;
		answer.signal = (uint64_t)signal;
		answer.state = question.state;
		get(&answer.state, context, signal);
		memcpy(context->gregs, home, sizeof(home));
		memcpy(context->fpregs, home_vectors, size);
	} else {
		abort();
	}
}

static void
leave(void)
{
	__asm__ volatile("int3" ::: "memory");
}

int
main(void)
{
	find_places();
	set_up(handler);
	return answer_all(leave);
}
