/* SPDX-License-Identifier: ISC */
/*
 * A payload without tags at random places: its data units are read and written
 * where they lie.
 */
#ifndef UNITS_H
#define UNITS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stored.h"

#define UNITS_STRIPES 64

struct units {
	struct stored *stored;
	/* Held to use units of a piece: number index modulo UNITS_STRIPES. */
	pthread_mutex_t stripes[UNITS_STRIPES];
};

void units_begin(struct units *units, struct stored *stored);
void units_end(struct units *units);

/*
 * Read or write len bytes of one piece, from byte from of it on; buf NULL:
 * write zeros.  Errors: stored_read's; stored_take's; an errno.
 */
int units_read(struct units *units, uint8_t *buf, uint64_t index,
    size_t from, size_t len);
int units_write(struct units *units, const uint8_t *buf, uint64_t index,
    size_t from, size_t len);

#endif
