/* SPDX-License-Identifier: ISC */
/*
 * This x86-64 CPU, to ask: runs code on a state, until its first signal, and
 * tells the state then.  Cases come on standard input, an answer to each goes
 * to standard output; cpu.py is the other end.
 *
 * The state goes in and out by the signal frame: the CPU takes all its
 * registers from there when a handler returns, and puts all of them there
 * before one is called.  So no instruction of ours stands between the code and
 * its state.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

/* Where code and data lie: an address by rip reaches from one to the other. */
#define CODE ((uint8_t *)0x400000000)
#define DATA ((uint8_t *)0x410000000)
#define ROOM (1 << 20)
#define INT3 0xcc
#define FRAME_MAX 16384			/* of the vectors in a signal frame */

struct state {
	uint64_t x[16];			/* by their numbers in instructions */
	uint64_t pc;
	uint64_t flags;
	uint64_t k[8];
	uint8_t z[32][64];
};

struct question {
	uint32_t codelen;		/* then as many bytes of code, */
	uint32_t datalen;		/* then as many of data */
	uint64_t zero;
	struct state state;
};

struct answer {
	uint64_t signal;		/* what ended it */
	uint64_t features;		/* which registers there are: XCR0 */
	struct state state;		/* then the data */
};

static const int number[16] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15
};

/* The parts of a signal frame's vectors (XSAVE's standard format). */
enum { SSE = 1, AVX = 2, MASKS = 5, HIGH256 = 6, HIGH16 = 7, PARTS };
#define FLAGS_FREE 0x8d5u		/* those that a state may set */

static enum { AT_HOME, LEAVING, AWAY } where = AT_HOME;
static gregset_t home;
static uint8_t home_vectors[FRAME_MAX];
static size_t place[PARTS];
static struct question question;
static struct answer answer;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

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
	where = LEAVING;
	__asm__ volatile("int3" ::: "memory");
}

static void
set_up(void)
{
	const int signals[] = { SIGTRAP, SIGILL, SIGSEGV, SIGBUS, SIGFPE };
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t stack = { .ss_size = 4 * FRAME_MAX };

	if (mmap(CODE, ROOM, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != CODE ||
	    mmap(DATA, ROOM, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != DATA)
		die("mmap");
	memset(CODE, INT3, ROOM);
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
	find_places();
	set_up();
	while (fread(&question, sizeof(question), 1, stdin) == 1) {
		if (question.codelen > ROOM || question.datalen > ROOM)
			die("a case too large");
		take(CODE, question.codelen);
		take(DATA, question.datalen);
		leave();
		fwrite(&answer, sizeof(answer), 1, stdout);
		fwrite(DATA, 1, question.datalen, stdout);

		/* All around the code traps. */
		memset(CODE, INT3, question.codelen);
	}
	return fflush(stdout) != 0;
}
