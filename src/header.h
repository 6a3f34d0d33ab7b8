/* SPDX-License-Identifier: ISC */
/*
 * The header of a file: 4096 bytes, and the same as a struct.  Nothing here
 * uses a key.  Source: xtscrypt(5).
 */
#ifndef HEADER_H
#define HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "layout.h"

#define HEADER_BYTES 4096
#define HEADER_MAGIC "XTSCRYPT"
#define HEADER_MAGIC_BYTES 8
/* Bytes 0 to 9 of a header of this version: the magic, then the version. */
#define HEADER_FRONT HEADER_MAGIC "\1"
#define HEADER_FRONT_BYTES 10
#define HEADER_ID_BYTES 16
#define HEADER_ID_AT 32
#define HEADER_ID_END (HEADER_ID_AT + HEADER_ID_BYTES)
#define HEADER_SLOTS_AT 64
#define HEADER_SLOTS 8
#define HEADER_SLOT_BYTES 128
#define HEADER_SLOT_BOUND 32	/* bytes of a slot that its box authenticates */
#define HEADER_SALT_BYTES 16
#define HEADER_NONCE_BYTES 24
#define HEADER_BOX_BYTES 48
#define HEADER_NAME_BYTES 24
#define HEADER_PASSES_MAX 64
#define HEADER_MEMORY_MIN 8192	/* KiB */
#define HEADER_MACED 4032	/* the MAC covers bytes 0 to 4031 */
#define HEADER_MAC_BYTES 32

enum header_state {
	HEADER_WHOLE, HEADER_CONVERTING, HEADER_WRITING, HEADER_PARTS
};

enum header_kind { HEADER_EMPTY, HEADER_ARGON2ID };	/* others are unknown */

enum header_factors {
	HEADER_PASSPHRASE = 1,
	HEADER_KEY_FILE = 2,
	HEADER_BOTH = 3
};

struct header_slot {
	uint8_t kind;
	uint8_t factors;
	uint32_t passes;
	uint32_t memory;			/* KiB */
	uint8_t salt[HEADER_SALT_BYTES];
	uint8_t nonce[HEADER_NONCE_BYTES];
	uint8_t box[HEADER_BOX_BYTES];
	char name[HEADER_NAME_BYTES + 1];
	uint8_t unknown[HEADER_SLOT_BYTES];	/* of an unknown kind */
};

struct header {
	struct layout layout;
	uint8_t state;
	uint16_t parts;				/* 0 unless HEADER_PARTS */
	uint64_t length;			/* or LAYOUT_UNKNOWN */
	uint8_t id[HEADER_ID_BYTES];
	uint64_t generation;
	struct header_slot slots[HEADER_SLOTS];
	uint8_t mac[HEADER_MAC_BYTES];
};

/*
 * Decode and check a header, all but its MAC, in the order of xtscrypt(5).
 * header is written only on XC_OK.  An accepted header encodes to the same
 * bytes.
 * Errors: XC_E_MAGIC, XC_E_VERSION, XC_E_CHECKSUM, XC_E_CIPHER, XC_E_FIELD.
 */
int header_decode(struct header *header,
    const uint8_t bytes[HEADER_BYTES]);

/* Encode a header with the MAC in its mac field, and add the checksum. */
void header_encode(uint8_t bytes[HEADER_BYTES], const struct header *header);

/* Encode one slot. */
void header_slot_encode(uint8_t bytes[HEADER_SLOT_BYTES],
    const struct header_slot *slot);

/* Is name valid for a slot: at most 24 characters of printable ASCII? */
bool header_name_valid(const char *name);

/* Encode the layout as in bytes 10 to 20 of the header. */
#define HEADER_LAYOUT_BYTES 11
void header_layout_encode(uint8_t bytes[HEADER_LAYOUT_BYTES],
    const struct layout *layout);

/*
 * Check that the payload is there, and can be read without a journal.
 * Errors: XC_E_CONVERTING, XC_E_WRITING, XC_E_PARTS.
 */
int header_whole(const struct header *header);

#endif
