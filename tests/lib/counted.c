/* SPDX-License-Identifier: ISC */
/*
 * For check-coverage: writes the counters of a program before it dies.  gcov
 * writes them at exit, and so loses those of one that ends by a signal or by
 * _exit.  Linked into every program, with --wrap for each call below.
 */
#include <signal.h>
#include <unistd.h>

void __gcov_dump(void);
void __gcov_reset(void);

int __real_raise(int sig);
int __wrap_raise(int sig);
int __real_sigprocmask(int how, const sigset_t *set, sigset_t *before);
int __wrap_sigprocmask(int how, const sigset_t *set, sigset_t *before);
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));

/* Write them, and begin again: they are added up, and this may not be all. */
static void
write_counters(void)
{
	__gcov_dump();
	__gcov_reset();
}

int
__wrap_raise(int sig)
{
	write_counters();
	return __real_raise(sig);
}

/* A signal that was raised while it was blocked ends the program here. */
int
__wrap_sigprocmask(int how, const sigset_t *set, sigset_t *before)
{
	if (how == SIG_UNBLOCK)
		write_counters();
	return __real_sigprocmask(how, set, before);
}

void
__wrap__exit(int status)
{
	write_counters();
	__real__exit(status);
}
