/* SPDX-License-Identifier: ISC */
/*
 * The payload of a volume in its file, piece by piece: a piece is a segment
 * with its record, or without tags some data units.  Calls may come from
 * several threads.
 */
#ifndef STORED_H
#define STORED_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io.h"
#include "layout.h"
#include "piece.h"

#define STORED_WINDOW 65536	/* a piece without tags */

/* The tools of a thread that encrypts or decrypts a piece. */
struct stored_tool {
	struct stored_tool *next;
	struct payload *xts;
	uint8_t *buf;		/* without tags: room for a piece; is wiped */
};

struct stored {
	struct io io;		/* from the payload on */
	struct layout layout;
	struct piece_rule rule;
	uint64_t data;		/* bytes of data: the length, or a block */
	uint64_t last;		/* index of the last piece */
	pthread_mutex_t lock;
	struct stored_tool *tools;	/* those that nobody uses */
};

/* Bytes that a piece may have, with its record. */
#define STORED_ROOM(rule) ((rule)->data + LAYOUT_TAIL + 1 + LAYOUT_RECORD)

/* Prepare it; stored_end is due then. */
void stored_begin(struct stored *stored, const struct io *io,
    const struct layout *layout, uint64_t length, const struct key *key);
void stored_end(struct stored *stored);

/* Return the index of the piece that has this byte; and that piece. */
uint64_t stored_index(const struct stored *stored, uint64_t at);
struct piece stored_piece(const struct stored *stored, uint64_t index);

/* Return the offset of a piece in the payload. */
uint64_t stored_at(const struct stored *stored, uint64_t index);

/* Whole data units of a piece. */
struct stored_units {
	uint64_t at;		/* their offset in the data */
	size_t from, to;	/* they are the bytes from..to-1 of the piece */
	bool last;		/* the data ends with them */
};

/* Return the units that have these bytes of a piece. */
struct stored_units stored_units(const struct stored *stored, uint64_t index,
    size_t from, size_t len);

/* Take a tool, and give it back.  Errors: ENOMEM. */
int stored_take(struct stored_tool **tool, struct stored *stored);
void stored_give(struct stored *stored, struct stored_tool *tool);

/*
 * Read len bytes of the payload.  Errors: an errno; XC_E_SHRANK: there are
 * fewer.
 */
int stored_read(const struct stored *stored, uint8_t *buf, size_t len,
    uint64_t at);

#endif
