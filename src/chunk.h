/* SPDX-License-Identifier: ISC */
/*
 * How a file is cut for a conversion in place: chunks, which move one at a time
 * from where they lie as plaintext to where they lie as ciphertext, or back.
 * Positions and lengths are in bytes of the payload's file.
 * Source: xtscrypt(5), "In place".
 */
#ifndef CHUNK_H
#define CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "header.h"
#include "layout.h"
#include "xts.h"

/*
 * Plaintext in a chunk.  With 128 segments or more, it begins at a multiple of
 * 4096 in either layout, so no write shares a sector with another chunk.
 * Tests, whose disks have sectors of 64 bytes, set a smaller one.
 */
#ifndef CHUNK_BYTES
#define CHUNK_BYTES (8U << 20)
#endif
#define CHUNK_SEGMENT_MAX (CHUNK_BYTES < 65536 ? CHUNK_BYTES : 65536)
#define CHUNK_LENGTH_MIN LAYOUT_BLOCK	/* of a file that is converted */

/* The longest chunk: the last has a tail that is too short for one more. */
#define CHUNK_PLAIN_MAX (CHUNK_BYTES + LAYOUT_TAIL)
#define CHUNK_CIPHER_MAX (CHUNK_PLAIN_MAX + \
    CHUNK_BYTES / LAYOUT_SEGMENT_MIN * LAYOUT_RECORD)

struct chunks {
	enum xts_direction direction;
	struct layout layout;
	uint64_t length;	/* of the plaintext: CHUNK_LENGTH_MIN or more */
	bool attached;		/* the header takes the first 4096 bytes */
};

struct chunk_range {
	uint64_t at;
	size_t len;
};

/* Return their number. */
uint64_t chunk_count(const struct chunks *chunks);

/* Does any data change its place? */
bool chunk_moves(const struct chunks *chunks);

/*
 * Return the number of the chunk that step k converts, k from 1.  In this order
 * no data moves over data that is still to be read.
 */
uint64_t chunk_of_step(const struct chunks *chunks, uint64_t k);

/* Return the place of chunk i before the conversion, and after it. */
struct chunk_range chunk_old(const struct chunks *chunks, uint64_t i);
struct chunk_range chunk_new(const struct chunks *chunks, uint64_t i);

/* Return the size of the file before the conversion, and after it. */
uint64_t chunk_size_before(const struct chunks *chunks);
uint64_t chunk_size_after(const struct chunks *chunks);

#endif
