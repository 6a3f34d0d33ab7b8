/* SPDX-License-Identifier: ISC */
/*
 * A thread that does something from time to time.
 */
#ifndef TICKER_H
#define TICKER_H

#include <pthread.h>
#include <stdbool.h>

struct ticker {
	void (*tick)(void *context);
	void *context;
	unsigned seconds;	/* between two */
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool stop;
	pthread_t thread;
};

/* Call tick in a thread of its own until ticker_stop.  Errors: an errno. */
int ticker_start(struct ticker *ticker, unsigned seconds,
    void (*tick)(void *context), void *context);
void ticker_stop(struct ticker *ticker);

#endif
