/* SPDX-License-Identifier: ISC */
/*
 * Threads that leave signals to those who start them.
 */
#ifndef THREAD_H
#define THREAD_H

#include <pthread.h>

/*
 * Start a thread, which blocks all signals but interrupt (0: all).
 * Errors: an errno.
 */
int thread_start(pthread_t *thread, int interrupt, void *(*work)(void *),
    void *context);

#endif
