/* SPDX-License-Identifier: ISC */
/*
 * The one volume that all connections share.  Functions that return an int: 0,
 * or -1 after a report and with nbdkit's errno set.
 */
#ifndef DISK_H
#define DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings.h"

/* Try to open the file with the secret, which is wiped then. */
int disk_open(struct settings *settings);

/*
 * Open it for good, once nbdkit does not fork any more: a process that it
 * leaves behind would share our locks on files, and memory does not stay
 * locked.
 */
int disk_start(void);

/*
 * A connection begins, of somebody who may write or only read.  Until the first
 * who may write, the file is held as one that is read.
 */
int disk_join(bool writing);

bool disk_writable(void);

struct disk_shape {
	uint64_t length;
	size_t segment;		/* 0: without tags */
};
struct disk_shape disk_shape(void);

/* With through, as if disk_flush followed. */
int disk_read(void *buf, size_t len, uint64_t at);
int disk_write(const void *buf, size_t len, uint64_t at, bool through);
int disk_zero(uint64_t len, uint64_t at, bool through);
int disk_flush(void);

/* Flush, close and wipe.  Harmless when nothing is open. */
void disk_close(void);

#endif
