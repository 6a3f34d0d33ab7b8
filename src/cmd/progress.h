/* SPDX-License-Identifier: ISC */
/*
 * How far the work is: a status line on a terminal, once it has lasted a
 * second; a line whenever SIGUSR1 asks for one.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>

enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

#define PROGRESS_UNKNOWN UINT64_MAX

/* Begin: what ("encrypting disk.img"), and how many bytes it will be. */
void progress_start(const char *what, uint64_t total, enum progress_when when);

/* Call often: bytes done so far. */
void progress_update(uint64_t done);

/* Take the status line away. */
void progress_end(void);

#endif
