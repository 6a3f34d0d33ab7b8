/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "err.h"
#include "ticker.h"

/* To wait for a pipe takes no clock that can be set. */
static void *
tick_on(void *context)
{
	const struct ticker *t = context;
	struct pollfd p = { .fd = t->ends[0], .events = POLLIN };

	while (poll(&p, 1, t->every) == 0)
		t->tick(t->context);
	return NULL;
}

static int
start_thread(struct ticker *t)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&t->thread, NULL, tick_on, t);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

int
ticker_start(struct ticker *t, int every, void (*tick)(void *context),
    void *context)
{
	int err;

	*t = (struct ticker){ .tick = tick, .context = context, .every = every };
	if (pipe(t->ends) != 0)
		return errno;
	(void)fcntl(t->ends[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(t->ends[1], F_SETFD, FD_CLOEXEC);
	err = start_thread(t);
	if (err != XC_OK) {
		close(t->ends[0]);
		close(t->ends[1]);
	}
	return err;
}

void
ticker_stop(struct ticker *t)
{
	/* Not just closed: a child may have inherited it. */
	(void)!write(t->ends[1], "", 1);
	pthread_join(t->thread, NULL);
	close(t->ends[0]);
	close(t->ends[1]);
}
