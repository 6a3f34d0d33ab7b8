/* SPDX-License-Identifier: ISC */
/*
 * Progress of a job: a status line on a terminal, once the job has lasted a
 * second, and a line whenever SIGUSR1 asks for one.  Time for which the program
 * was stopped does not count.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

#define PROGRESS_UNKNOWN UINT64_MAX
#define PROGRESS_SIZE 64

/* Format a number of bytes: two or three digits and a unit, then after. */
void progress_size(char text[PROGRESS_SIZE], double bytes, const char *after);

/*
 * Start: what ("encrypting disk.img"), and how many bytes in all.  shared: the
 * data itself is on a terminal, where a status line would overwrite it.
 */
void progress_start(const char *what, uint64_t total, enum progress_when when,
    bool shared);

/* These were done before, at another time: the rate is that of the rest. */
void progress_continue(uint64_t done);

/* Report the bytes done so far: call it often. */
void progress_update(uint64_t done);

/*
 * Report that all bytes are written, but not yet durable, which can take
 * minutes: shown until the end, without further calls.
 */
void progress_flush(void);

/* Erase the status line. */
void progress_end(void);

#endif
