/* SPDX-License-Identifier: ISC */
/*
 * A file in the working directory that tests use as a volume, under known keys,
 * and what its plaintext must be.
 */
#ifndef VOLUMES_H
#define VOLUMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "header.h"
#include "volume.h"

#define VOLUMES_DATA "data"
#define VOLUMES_HEADER "header"

struct volumes_now {
	bool detached;
	struct layout layout;
	struct header header;
	struct key *key;
	uint8_t *plain;
	size_t length;
	uint8_t *file;		/* as it was made, with its header */
	size_t len;
	size_t cache;		/* for volumes_start */
	struct volume *v;
	unsigned damaged;	/* reports of damage since; and the last */
	uint64_t bad_from, bad_to;
};
extern struct volumes_now volumes_now;

/* Make the file; layout is as lab_layout takes it.  And remove all. */
void volumes_make(const char *layout, size_t length, bool detached);
void volumes_unmake(void);

/* Put it there again as it was. */
void volumes_put(void);

/* A copy of its keys, which volume_start takes and frees. */
struct key *volumes_key(void);

/* Open it and start, or close it.  An error of the library's. */
int volumes_start(bool writable);
int volumes_stop(void);

/* Does it read as the plaintext? */
bool volumes_same(size_t at, size_t len);

/* The journal's name. */
const char *volumes_journal(void);

#endif
