/* SPDX-License-Identifier: ISC */
/*
 * A payload with tags at random places: segments are authenticated and decrypted
 * once, and kept in memory as long as there is room.
 */
#ifndef SEGMENTS_H
#define SEGMENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stored.h"

/* A segment's plaintext; on one list at most. */
struct slot {
	uint64_t index;
	uint8_t *bytes;
	bool busy;		/* a thread uses it */
	bool valid;		/* it was authenticated, or is new */
	struct slot *chain;	/* others of the same bucket */
	struct slot *before, *after;	/* on the list of those to reuse */
};

struct segments {
	struct stored *stored;
	pthread_mutex_t lock;	/* protects everything below */
	pthread_cond_t moved;	/* a slot was released */
	unsigned waiting;	/* threads that wait for that */
	size_t n;
	struct slot *slots;
	struct slot **buckets;	/* n, by index */
	uint8_t *bytes;
	struct slot idle;	/* head of the list: the oldest is after it */
};

/* Allocate n slots or more; segments_end is due.  Errors: ENOMEM. */
int segments_begin(struct segments *segments, struct stored *stored,
    size_t cache);
void segments_end(struct segments *segments);

/*
 * Read len bytes of one segment, from byte from of it on.
 * Errors: XC_E_DAMAGED; stored_read's; ENOMEM.
 */
int segments_read(struct segments *segments, uint8_t *buf, uint64_t index,
    size_t from, size_t len);

#endif
