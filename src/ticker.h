/* SPDX-License-Identifier: ISC */
/*
 * A thread that does something from time to time.
 */
#ifndef TICKER_H
#define TICKER_H

#include <pthread.h>

struct ticker {
	void (*tick)(void *context);
	void *context;
	int every;		/* milliseconds */
	int ends[2];		/* a pipe: a byte in it ends the thread */
	pthread_t thread;
};

/* Call tick in a thread of its own until ticker_stop.  Errors: an errno. */
int ticker_start(struct ticker *ticker, int every, void (*tick)(void *context),
    void *context);
void ticker_stop(struct ticker *ticker);

#endif
