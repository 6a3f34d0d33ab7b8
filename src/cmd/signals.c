/* SPDX-License-Identifier: ISC */
#include <sys/time.h>

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

#include "clock.h"
#include "signals.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Microseconds between ticks: ten a second. */
#define TICK 100000

/* timeout(1) and shells send one signal twice; seconds until it is another. */
#define AGAIN 0.5

/*
 * Signals that others may send to end the program.  Not faults, nor real-time
 * signals, which are only sent to programs that expect them.
 */
static const int held[] = {
#ifdef __linux__
	SIGIO, SIGPWR,		/* ignored by default on other systems */
#endif
#ifdef SIGSTKFLT
	SIGSTKFLT,		/* no fault: the kernel never sends it */
#endif
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR2, SIGXCPU, SIGVTALRM, SIGPROF
};

static atomic_int caught;	/* any thread may read it */
static atomic_bool asked, continued;

/* Actions from before signals_init or signals_hold. */
static struct sigaction pipe_before;
static struct sigaction held_before[COUNT(held)];
static struct sigaction alarm_before, continue_before;
static sigset_t mask_before;
static bool holding;
static atomic_bool ends_at_second;
static void (*_Atomic at_first)(void);
static double caught_at;	/* for the handler alone */

/* Exit with the status that a shell reports for death by sig. */
static void
exit_for(int sig)
{
	_exit(128 + sig);
}

/* Die of sig, which may be blocked. */
static void
die_of(int sig)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t set;

	sigemptyset(&action.sa_mask);
	sigaction(sig, &action, NULL);
	raise(sig);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	exit_for(sig);
}

static void
catch(int sig)
{
	void (*const answer)(void) = at_first;
	const int err = errno;

	/* The first one is what the program dies of. */
	if (caught == 0) {
		caught_at = clock_now();
		caught = sig;
		if (answer != NULL)
			answer();
		errno = err;
	} else if (ends_at_second && clock_now() >= caught_at + AGAIN) {
		die_of(sig);
	}
}

static void
request_progress(int sig)
{
	(void)sig;
	asked = true;
}

static void
resumed(int sig)
{
	(void)sig;
	continued = true;
}

/* Interrupt a call, and do nothing else. */
static void
tick(int sig)
{
	(void)sig;
}

/* Call handler on sig, unless it is ignored. */
static void
handle(int sig, void (*handler)(int), int flags, struct sigaction *before)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigaction(sig, NULL, before);
	if (before->sa_handler == SIG_IGN)
		return;
	sigfillset(&action.sa_mask);
	sigaction(sig, &action, NULL);
}

static void
ignore(int sig, struct sigaction *before)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	sigemptyset(&action.sa_mask);
	sigaction(sig, &action, before);
}

/* Has sig its default action, and is that to end, stop or continue? */
static bool
has_default(int sig)
{
	struct sigaction action;

	return sig != SIGCHLD && sig != SIGURG && sig != SIGWINCH &&
	    sigaction(sig, NULL, &action) == 0 &&
	    (action.sa_handler == SIG_DFL || action.sa_handler == exit_for);
}

/*
 * Act for process 1 of a container, which default actions do not end or stop.
 */
static void
stand_in_for_default(void)
{
	struct sigaction before;

	for (int sig = 1; sig < NSIG; sig++)
		if (has_default(sig) && sig != SIGCONT && sig != SIGTSTP &&
		    sig != SIGTTIN && sig != SIGTTOU)
			handle(sig, exit_for, 0, &before);
}

void
signals_default(sigset_t *set)
{
	sigemptyset(set);
	for (int sig = 1; sig < NSIG; sig++)
		if (has_default(sig))
			sigaddset(set, sig);
}

void
signals_init(void)
{
	struct sigaction before;

	if (getpid() == 1)
		stand_in_for_default();
	ignore(SIGPIPE, &pipe_before);
	ignore(SIGXFSZ, &before);
	handle(SIGUSR1, request_progress, SA_RESTART, &before);
#ifdef SIGINFO
	/* Control-T; other systems have only SIGUSR1. */
	handle(SIGINFO, request_progress, SA_RESTART, &before);
#endif
}

void
signals_hold(void)
{
	struct sigaction action = { .sa_handler = tick };
	struct sigaction resume = { .sa_handler = resumed };
	struct itimerval timer = { { 0, TICK }, { 0, TICK } };
	sigset_t set;

	if (holding)
		return;
	/* Without SA_RESTART, so that a blocked call returns. */
	for (size_t i = 0; i < COUNT(held); i++)
		handle(held[i], catch, 0, &held_before[i]);
	holding = true;

	/* These two are needed even if they were ignored or blocked. */
	sigfillset(&action.sa_mask);
	sigaction(SIGNALS_TICK, &action, &alarm_before);
	sigfillset(&resume.sa_mask);
	sigaction(SIGCONT, &resume, &continue_before);
	sigemptyset(&set);
	sigaddset(&set, SIGNALS_TICK);
	sigaddset(&set, SIGCONT);
	sigprocmask(SIG_UNBLOCK, &set, &mask_before);
	setitimer(ITIMER_REAL, &timer, NULL);
}

void
signals_end_at_second(void (*answer)(void))
{
	at_first = answer;
	ends_at_second = true;
}

int
signals_caught(void)
{
	return caught;
}

static bool
none_caught(void *context)
{
	(void)context;
	return caught == 0;
}

const struct io_wait signals_wait = { none_caught, NULL };

bool
signals_progress_asked(void)
{
	return atomic_exchange(&asked, false);
}

bool
signals_continued(void)
{
	return atomic_exchange(&continued, false);
}

void
signals_release(void)
{
	struct itimerval never = { { 0, 0 }, { 0, 0 } };
	sigset_t set;

	if (!holding)
		return;
	setitimer(ITIMER_REAL, &never, NULL);

	/* Block what comes from here to the end of this function. */
	sigemptyset(&set);
	for (size_t i = 0; i < COUNT(held); i++)
		sigaddset(&set, held[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (caught != 0)
		die_of(caught);

	for (size_t i = 0; i < COUNT(held); i++)
		sigaction(held[i], &held_before[i], NULL);
	sigaction(SIGNALS_TICK, &alarm_before, NULL);
	sigaction(SIGCONT, &continue_before, NULL);
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
	caught = 0;
	ends_at_second = false;
	at_first = NULL;
	holding = false;
}

void
signals_die_of_pipe(void)
{
	if (pipe_before.sa_handler != SIG_IGN)
		die_of(SIGPIPE);
}
