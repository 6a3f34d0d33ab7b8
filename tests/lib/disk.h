/* SPDX-License-Identifier: ISC */
/*
 * The files of the working directory as a disk may hold them when the power
 * goes: what was synced is there; of the rest, any part or none.
 */
#ifndef DISK_H
#define DISK_H

#include <stddef.h>
#include <stdint.h>

#include "fault.h"

/* Smaller than any: a file of a few of them has all that matters. */
#define DISK_SECTOR 64

/* A file of the working directory, with just these bytes. */
void disk_put(const char *name, const uint8_t *bytes, size_t len);

/* Remove all files there; return how many there are. */
void disk_clear(void);
unsigned disk_count(void);

/* The sectors of the file of this name, up to this offset, are never torn. */
void disk_trust(const char *name, size_t to);

/* Take the files as they are for those on disk before fault.c's next record. */
void disk_begin(void);

/* End that; return how many changes there were. */
size_t disk_end(void);

/* Return how many of the first n changes may still be lost. */
unsigned disk_loose(size_t n);

/*
 * Leave what may be found after the first n changes, with those of the loose
 * ones that have a bit in set, and of a loose write its first torn bytes.
 */
void disk_restore(size_t n, unsigned set, size_t torn);

/*
 * The same with a choice for each: choose(2) is 1 for a name or a size that
 * lasts; choose(3), for each sector that was written, is 0 for what was there
 * before, 1 for what was written, 2 for neither.
 */
void disk_crash(size_t n, unsigned (*choose)(unsigned n));

/* The record of change i; leave that out; or have it happen as change to. */
const struct fault_record *disk_change(size_t i);
void disk_drop(size_t i);
void disk_move(size_t i, size_t to);

/* Keep the record, and begin another upon it; and go back to the first. */
void disk_push(void);
void disk_pop(void);

#endif
