/* SPDX-License-Identifier: ISC */
/*
 * The files of the working directory as a disk may hold them when the power
 * goes: what was synced is there; of the rest, any part or none.
 */
#ifndef DISK_H
#define DISK_H

#include <stddef.h>
#include <stdint.h>

/* A file of the working directory, with just these bytes. */
void disk_put(const char *name, const uint8_t *bytes, size_t len);

/* No more files there; how many there are. */
void disk_clear(void);
unsigned disk_count(void);

/* What is there now was on disk before all that fault.c records next. */
void disk_begin(void);

/* The end of that: how many changes there were. */
size_t disk_end(void);

/* How many of the first n changes may still be lost. */
unsigned disk_loose(size_t n);

/*
 * Leave what may be found after the first n changes, with those of the loose
 * ones that have a bit in set, and of a loose write its first torn bytes.
 */
void disk_restore(size_t n, unsigned set, size_t torn);

#endif
