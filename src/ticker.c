/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <time.h>

#include "err.h"
#include "thread.h"
#include "ticker.h"

/* A clock that nobody sets, where a condition can wait by one. */
#ifdef __APPLE__
#define CLOCK CLOCK_REALTIME
#else
#define CLOCK CLOCK_MONOTONIC
#endif

static void
make_condition(pthread_cond_t *over)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
#ifndef __APPLE__
	pthread_condattr_setclock(&attributes, CLOCK);
#endif
	pthread_cond_init(over, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* Wait; false: no longer.  lock is held. */
static bool
wait_tick(struct ticker *t)
{
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK, &until);
	until.tv_sec += (time_t)t->seconds;
	while (!t->stop && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&t->over, &t->lock, &until);
	return !t->stop;
}

static void *
tick_on(void *context)
{
	struct ticker *t = context;

	pthread_mutex_lock(&t->lock);
	while (wait_tick(t)) {
		pthread_mutex_unlock(&t->lock);
		t->tick(t->context);
		pthread_mutex_lock(&t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

static void
free_ticker(struct ticker *t)
{
	pthread_cond_destroy(&t->over);
	pthread_mutex_destroy(&t->lock);
}

int
ticker_start(struct ticker *t, unsigned seconds, void (*tick)(void *context),
    void *context)
{
	int err;

	*t = (struct ticker){
		.tick = tick, .context = context, .seconds = seconds
	};
	pthread_mutex_init(&t->lock, NULL);
	make_condition(&t->over);
	err = thread_start(&t->thread, 0, tick_on, t);
	if (err != XC_OK)
		free_ticker(t);
	return err;
}

void
ticker_stop(struct ticker *t)
{
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_signal(&t->over);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	free_ticker(t);
}
