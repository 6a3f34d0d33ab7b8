/* SPDX-License-Identifier: ISC */
/*
 * An Arm64 CPU to ask: runs code on a state, until its first signal, and tells
 * the state then.  Cases come on standard input, an answer to each goes to
 * standard output; proofs/cpu.py is the other end.
 *
 * The state goes in and out by the signal frame: the CPU takes all its
 * registers from there when a handler returns, and puts all of them there
 * before one is called.  So no instruction of ours stands between the code and
 * its state.
 */
#define _GNU_SOURCE
#include <asm/sigcontext.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

/* Where code and data lie; nothing else within 2^28 bytes of either. */
#define CODE ((uint8_t *)0x400000000)
#define DATA ((uint8_t *)0x500000000)
#define ROOM 65536

struct state {
	uint64_t x[31];
	uint64_t sp;
	uint64_t pc;
	uint64_t nzcv;
	__uint128_t v[32];
};

struct question {
	uint32_t codelen;		/* then as many bytes of code, */
	uint32_t datalen;		/* then as many of data */
	uint64_t zero;
	struct state state;
};

struct answer {
	uint64_t signal;		/* what ended it */
	uint64_t zero;
	struct state state;		/* then the data */
};

static enum { AT_HOME, LEAVING, AWAY } where = AT_HOME;
static mcontext_t home;
static struct question question;
static struct answer answer;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

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
	where = LEAVING;
	__asm__ volatile("brk #0" ::: "memory");
}

static void
set_up(void)
{
	const int signals[] = { SIGTRAP, SIGILL, SIGSEGV, SIGBUS };
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t stack = { .ss_size = ROOM };

	if (mmap(CODE, ROOM, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != CODE ||
	    mmap(DATA, ROOM, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != DATA)
		die("mmap");
	if ((stack.ss_sp = malloc(stack.ss_size)) == NULL ||
	    sigaltstack(&stack, NULL) != 0)
		die("sigaltstack");
	action.sa_sigaction = handler;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (sigaction(signals[i], &action, NULL) != 0)
			die("sigaction");
}

static void
take(void *to, size_t len)
{
	if (fread(to, 1, len, stdin) != len)
		die("a case that is cut short");
}

int
main(void)
{
	set_up();
	while (fread(&question, sizeof(question), 1, stdin) == 1) {
		if (question.codelen > ROOM || question.datalen > ROOM)
			die("a case too large");
		take(CODE, question.codelen);
		take(DATA, question.datalen);
		__builtin___clear_cache((char *)CODE,
		    (char *)CODE + question.codelen);
		leave();
		fwrite(&answer, sizeof(answer), 1, stdout);
		fwrite(DATA, 1, question.datalen, stdout);

		/* All around the code is what no CPU executes. */
		memset(CODE, 0, question.codelen);
	}
	return fflush(stdout) != 0;
}
