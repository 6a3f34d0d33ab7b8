/* SPDX-License-Identifier: ISC */
/*
 * A payload with tags at random places: segments are authenticated and
 * decrypted once, and kept in memory as long as there is room; what is written
 * stays there until it is committed.
 */
#ifndef SEGMENTS_H
#define SEGMENTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pagelog.h"
#include "stored.h"

/* A segment, as plaintext or encrypted; on one list at most. */
struct slot {
	uint64_t index;
	uint8_t *bytes;
	bool busy;		/* a thread uses it */
	bool valid;		/* it was authenticated, or written whole */
	bool encrypted;		/* it already is, and has its record */
	bool dirty;		/* it was written since it was committed: */
	size_t from, to;	/* the data units in these bytes of it, */
	bool gaps;		/* or not all of them */
	bool pinned;		/* it is being committed */
	struct slot *chain;	/* others of the same bucket */
	struct slot *before, *after;
};

struct segments {
	struct stored *stored;
	struct pagelog *log;
	size_t batch;		/* segments in a commit, at most */
	struct slot **chosen;	/* those of the current one */
	uint8_t *ciphertext;	/* of one of them */
	uint8_t *zeros;		/* a segment that is written so */

	pthread_mutex_t lock;	/* protects everything below */
	pthread_cond_t moved;	/* a slot was released */
	unsigned waiting;	/* threads that wait for that */
	pthread_cond_t room;	/* a commit is over, or more can be written */
	bool busy;		/* a commit is under way */
	int failed;		/* error of a commit; no other is made */
	size_t n;
	struct slot *slots;
	struct slot **buckets;	/* n, by index */
	uint8_t *bytes;
	struct slot idle;	/* heads of lists, oldest first: to reuse; */
	struct slot dirty;	/* to commit */
	size_t ndirty;		/* all that are dirty */
};

/*
 * Allocate a cache of this many bytes, or what is needed at least; segments_end
 * is due.  Commits go to the log.  Errors: ENOMEM.
 */
int segments_begin(struct segments *segments, struct stored *stored,
    struct pagelog *log, size_t cache);
void segments_end(struct segments *segments);

/*
 * Read or write len bytes of one segment, from byte from of it on; buf NULL:
 * write zeros.  The log was begun before anything is written.
 * Errors, after which the segment is as it was: XC_E_DAMAGED, unless all of it
 * is written; stored_read's; payload_crypt's; ENOMEM; and segments_commit's.
 */
int segments_read(struct segments *segments, uint8_t *buf, uint64_t index,
    size_t from, size_t len);
int segments_write(struct segments *segments, const uint8_t *buf,
    uint64_t index, size_t from, size_t len);

/*
 * Make durable all that was written before.  Errors: ENOMEM; pagelog_add's;
 * pagelog_commit's.
 */
int segments_commit(struct segments *segments);

#endif
