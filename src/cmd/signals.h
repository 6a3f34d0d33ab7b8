/* SPDX-License-Identifier: ISC */
/*
 * Signals are held as a flag while there is something to clean up, and raised
 * again after that.  What was ignored when the program started stays ignored.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#include "io.h"

/* Signal of the timer: while held, its only effect is to interrupt calls. */
#define SIGNALS_TICK SIGALRM

/*
 * Call this once, before anything else.  A closed pipe and a file size limit
 * become errors of the call that meets them; SIGUSR1 (and SIGINFO) request a
 * line of progress.  No default action ends process 1, as which containers run
 * a program: there, a signal that would have ended it makes it exit with status
 * 128 + N.
 */
void signals_init(void);

/*
 * Set the signals that have their default action, if that is to end, stop or
 * continue the program.
 */
void signals_default(sigset_t *set);

/*
 * Hold SIGINT, SIGTERM, SIGHUP, and the others that would end the program: they
 * only set a flag.  10 times a second a timer interrupts calls that block, so
 * that a signal which came just before one is handled too.
 */
void signals_hold(void);

/*
 * While held: from now on a second signal, half a second after the first or
 * later, ends the program at once.  For work that a crash does no harm.  The
 * first one calls answer, if that is not NULL, from its handler.
 */
void signals_end_at_second(void (*answer)(void));

/* Return the signal that came while held; 0: none. */
int signals_caught(void);

/* Continues interrupted calls until a signal was caught. */
extern const struct io_wait signals_wait;

/* Was a line of progress requested since the last call? */
bool signals_progress_asked(void);

/* Was the program stopped and continued, while held, since the last call? */
bool signals_continued(void);

/*
 * End signals_hold.  If a signal came, it is raised again with its default
 * effect, and this does not return.
 */
void signals_release(void);

/*
 * Die of SIGPIPE, after an EPIPE, as if it had never been caught.  Returns only
 * if SIGPIPE was ignored at the start.
 */
void signals_die_of_pipe(void);

#endif
