/* SPDX-License-Identifier: ISC */
/*
 * How far the work is: a status line on a terminal, once it has lasted a
 * second; a line whenever SIGUSR1 asks for one.  Time for which the program was
 * stopped does not count.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

#define PROGRESS_UNKNOWN UINT64_MAX
#define PROGRESS_SIZE 64

/* A number of bytes, as two or three digits and a unit, then after. */
void progress_size(char text[PROGRESS_SIZE], double bytes, const char *after);

/*
 * Begin: what ("encrypting disk.img"), and how many bytes it will be.  shared:
 * the data is on a terminal itself, where a status line would overwrite it.
 */
void progress_start(const char *what, uint64_t total, enum progress_when when,
    bool shared);

/* Call often: bytes done so far. */
void progress_update(uint64_t done);

/*
 * All bytes are done, and the system is asked to make them durable, which can
 * take minutes: say so until the end, without being called.
 */
void progress_flush(void);

/* Take the status line away. */
void progress_end(void);

#endif
