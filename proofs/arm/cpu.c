/* SPDX-License-Identifier: ISC */
/* An Arm64 CPU to ask (../cpu.h). */
#define _GNU_SOURCE
#include <asm/sigcontext.h>
#include <stdint.h>
#include <ucontext.h>

/* Where code and data lie; nothing else within 2^28 bytes of either. */
#define CODE ((uint8_t *)0x400000000)
#define DATA ((uint8_t *)0x500000000)
#define ROOM 65536
#define TRAP 0		/* no CPU executes zeros */

struct state {
	uint64_t x[31];
	uint64_t sp;
	uint64_t pc;
	uint64_t nzcv;
	__uint128_t v[32];
};

#include "../cpu.h"

static mcontext_t home;

static struct fpsimd_context *
vectors(mcontext_t *context)
{
	struct _aarch64_ctx *head = (void *)context->__reserved;

	while (head->magic != FPSIMD_MAGIC) {
		if (head->magic == 0)
			abort();
		head = (void *)((char *)head + head->size);
	}
	return (void *)head;
}

static void
put(mcontext_t *context, const struct state *s)
{
	memcpy(context->regs, s->x, sizeof(s->x));
	context->sp = s->sp;
	context->pc = s->pc;
	context->pstate = s->nzcv;
	memcpy(vectors(context)->vregs, s->v, sizeof(s->v));
}

static void
get(struct state *s, mcontext_t *context)
{
	memcpy(s->x, context->regs, sizeof(s->x));
	s->sp = context->sp;
	s->pc = context->pc;
	s->nzcv = context->pstate & 0xf0000000;
	memcpy(s->v, vectors(context)->vregs, sizeof(s->v));
}

/* The first signal is leave's own; the second is what the code came to. */
static void
handler(int number, siginfo_t *info, void *ucontext)
{
	mcontext_t *context = &((ucontext_t *)ucontext)->uc_mcontext;

	(void)info;
	if (where == LEAVING) {
		where = AWAY;
		home = *context;
		home.pc += 4;
		put(context, &question.state);
	} else if (where == AWAY) {
		where = AT_HOME;
		answer.signal = (uint64_t)number;
		get(&answer.state, context);
		*context = home;
	} else {
		abort();
	}
}

static void
leave(void)
{
	__asm__ volatile("brk #0" ::: "memory");
}

int
main(void)
{
	set_up(handler);
	return answer_all(leave);
}
