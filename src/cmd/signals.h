/* SPDX-License-Identifier: ISC */
/*
 * Signals become a flag while there is something to clean up, and the signal
 * again when that is done.  What was ignored when the program started stays
 * ignored.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#include "io.h"

/* The timer's signal; all that it does, while held, is to interrupt calls. */
#define SIGNALS_TICK SIGALRM

/*
 * Once, first of all: a closed pipe and a file size limit become errors of the
 * call that meets them; SIGUSR1 (and SIGINFO) ask for a line of progress.  No
 * default action ends process 1, as which containers run a program: there a
 * signal that would have ended it does so with status 128 + N.
 */
void signals_init(void);

/*
 * The signals that have their default action, where that is to end, stop or
 * continue the program.
 */
void signals_default(sigset_t *set);

/*
 * From here SIGINT, SIGTERM, SIGHUP, and the others that would end the program,
 * only set the flag.  10 times a second a timer interrupts what blocks, so that
 * a signal which came just before it is seen too.
 */
void signals_hold(void);

/* The signal that came while held; 0: none. */
int signals_caught(void);

/* Calls that are interrupted go on until then. */
extern const struct io_wait signals_wait;

/* Whether a line of progress was asked for since the last call. */
bool signals_progress_asked(void);

/* Was the program stopped and continued, while held, since the last call? */
bool signals_continued(void);

/*
 * The end of what was held.  If a signal came, it is raised again with its
 * default effect, and this does not return.
 */
void signals_release(void);

/*
 * After an EPIPE: die of SIGPIPE as if it had never been caught.  Returns only
 * where SIGPIPE was ignored at the start.
 */
void signals_die_of_pipe(void);

#endif
