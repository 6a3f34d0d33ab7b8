/* SPDX-License-Identifier: ISC */
/*
 * The data of a job in pieces, in memory alone: a piece is a segment with its
 * record, or, where the layout has no segments, some data of a fixed length.
 */
#ifndef PIECE_H
#define PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "key.h"
#include "payload.h"

/* The least data that makes another piece, hence how far to look ahead. */
#define PIECE_AHEAD LAYOUT_BLOCK

/* What is the same for every piece of a job. */
struct piece_rule {
	const struct key *key;
	uint64_t length;	/* of the plaintext, or LAYOUT_UNKNOWN */
	size_t sector;
	size_t data;		/* of a whole piece */
	size_t record;		/* bytes of a record in the payload */
	bool tolerant;		/* after damage, the rest still counts */
	bool announced;		/* length is the header's, and no guess */
};

struct piece {
	uint64_t index;
	size_t size;		/* bytes of input */
	size_t have;		/* how many of them were there */
	bool last;
};

/* What became of a piece. */
struct piece_done {
	size_t plain;		/* its plaintext */
	size_t payload;
	size_t good;		/* of the plaintext; zeros for the rest */
	int wrong;	/* with it, or with the payload */
};

/*
 * Encrypt a piece that is all there, and append its record: out gets payload
 * bytes.  in has room for a block.  As payload_crypt.
 */
int piece_encrypt(struct piece_done *done, struct payload *xts,
    const struct piece_rule *rule, const struct piece *piece, uint8_t *out,
    uint8_t *in);

/*
 * Check a piece, and decrypt what is good of it: out gets plain bytes, and has
 * room for a block.  done->wrong is XC_E_DAMAGED, XC_E_CUT or XC_E_SIZE;
 * nothing but good plaintext and zeros is in out.
 */
void piece_decrypt(struct piece_done *done, struct payload *xts,
    const struct piece_rule *rule, const struct piece *piece, uint8_t *out,
    const uint8_t *in);

#endif
