/* SPDX-License-Identifier: ISC */
/*
 * What the cpu.c of each machine shares: a CPU to ask, which runs code on a
 * state, until its first signal, and tells the state then.  Cases come on
 * standard input, an answer to each goes to standard output; cpu.py is the
 * other end.
 *
 * The state goes in and out by the signal frame: the CPU takes all its
 * registers from there when a handler returns, and puts all of them there
 * before one is called.  So no instruction of ours stands between the code and
 * its state.
 *
 * A machine has struct state, and these:
 *
 *	CODE, DATA	where code and data lie, nothing else beside them
 *	ROOM		bytes of each
 *	TRAP		the byte of which all the code around a case is made
 */
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SIGNAL_STACK 65536

struct question {
	uint32_t codelen;		/* then as many bytes of code, */
	uint32_t datalen;		/* then as many of data */
	uint64_t zero;
	struct state state;
};

struct answer {
	uint64_t signal;		/* what ended it */
	uint64_t features;		/* which registers there are; or 0 */
	struct state state;		/* then the data */
};

static enum { AT_HOME, LEAVING, AWAY } where = AT_HOME;
static struct question question;
static struct answer answer;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* Room for a case, and a handler of all the signals that can end it. */
static void
set_up(void (*handler)(int, siginfo_t *, void *))
{
	const int signals[] = { SIGTRAP, SIGILL, SIGSEGV, SIGBUS, SIGFPE };
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t stack = { .ss_size = SIGNAL_STACK };

	if (mmap(CODE, ROOM, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != CODE ||
	    mmap(DATA, ROOM, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != DATA)
		die("mmap");
	memset(CODE, TRAP, ROOM);
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

/* Answer each question; leave raises the signal that goes to its state. */
static int
answer_all(void (*leave)(void))
{
	while (fread(&question, sizeof(question), 1, stdin) == 1) {
		if (question.codelen > ROOM || question.datalen > ROOM)
			die("a case too large");
		take(CODE, question.codelen);
		take(DATA, question.datalen);
		__builtin___clear_cache((char *)CODE,
		    (char *)CODE + question.codelen);
		where = LEAVING;
		leave();
		fwrite(&answer, sizeof(answer), 1, stdout);
		fwrite(DATA, 1, question.datalen, stdout);
		memset(CODE, TRAP, question.codelen);
	}
	return fflush(stdout) != 0;
}
