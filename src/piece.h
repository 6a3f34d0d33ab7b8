/* SPDX-License-Identifier: ISC */
/*
 * Pieces of a job's data, in memory only.  A piece is a segment with its
 * record, or without segments some data of a fixed length.
 */
#ifndef PIECE_H
#define PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "key.h"
#include "payload.h"

/* The shortest piece: reads look this far ahead for another one. */
#define PIECE_AHEAD LAYOUT_BLOCK

/* The properties that all pieces of a job share. */
struct piece_rule {
	const struct key *key;
	uint64_t length;	/* of the plaintext, or LAYOUT_UNKNOWN */
	size_t sector;
	size_t data;		/* of a whole piece */
	size_t record;		/* bytes of a record in the payload */
	bool tolerant;		/* after damage, use the rest */
	bool announced;		/* length is the header's, not an estimate */
	bool unread;		/* nobody reads the plaintext */
};

struct piece {
	uint64_t at;		/* its offset in the data */
	size_t size;		/* bytes of input */
	size_t have;		/* how many of them were read */
	bool last;		/* the data ends with it, */
	bool end;		/* or the part that the job reads */
};

/* Result of a piece. */
struct piece_done {
	size_t plain;		/* its plaintext */
	size_t payload;
	size_t good;		/* of the plaintext; the rest is zeros */
	int wrong;	/* error in it, or in the payload */
};

/*
 * Encrypt a complete piece, and append its record: out gets payload bytes.  in
 * has room for a block.  Errors: payload_crypt's.
 */
int piece_encrypt(struct piece_done *done, struct payload *xts,
    const struct piece_rule *rule, const struct piece *piece, uint8_t *out,
    uint8_t *in);

/* The same for a piece that has no less than a block. */
int piece_encrypt_blocks(struct piece_done *done, struct payload *xts,
    const struct piece_rule *rule, const struct piece *piece, uint8_t *out,
    const uint8_t *in);

/*
 * Check a piece, and decrypt what is authentic: out gets plain bytes, and has
 * room for a block.  done->wrong is XC_E_DAMAGED, XC_E_CUT or XC_E_SIZE; out
 * has only authentic plaintext and zeros.  Where the rule says that nobody
 * reads it, bytes of out may be left as they are.
 */
void piece_decrypt(struct piece_done *done, struct payload *xts,
    const struct piece_rule *rule, const struct piece *piece, uint8_t *out,
    const uint8_t *in);

#endif
