/* SPDX-License-Identifier: ISC */
#include <signal.h>

#include "thread.h"

int
thread_start(pthread_t *thread, int interrupt, void *(*work)(void *),
    void *context)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	if (interrupt != 0)
		sigdelset(&all, interrupt);
	/* It inherits what is blocked. */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(thread, NULL, work, context);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}
