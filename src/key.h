/* SPDX-License-Identifier: ISC */
/*
 * The keys of a file, from a secret and back into a slot.
 * Source: xtscrypt(5), "Keys".
 */
#ifndef KEY_H
#define KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "header.h"
#include "kdf.h"
#include "keyfile.h"

#define KEY_BYTES 32
#define KEY_PASSPHRASE_MAX 4096
#define KEY_ALL_SLOTS 0xff

/* The keys of one file, in memory that is locked and wiped. */
struct key {
	uint8_t master[KEY_BYTES];
	uint8_t layout[KEY_BYTES];
	uint8_t header[KEY_BYTES];
	uint8_t segment[KEY_BYTES];
};

/*
 * A secret's slot key that was derived last, for all slots of its salt and
 * cost.  It needs locked_malloc memory.  Zeros: there is none yet.
 */
struct key_kept {
	struct kdf_cost cost;
	uint8_t salt[KDF_SALT_BYTES];
	bool ours;		/* key_slot generated the salt */
	uint8_t key[KDF_KEY_BYTES];
};

/* The secrets that a user gave; a factor that was not given is NULL. */
struct key_secret {
	const uint8_t *passphrase;
	size_t len;
	const uint8_t *key_file;	/* keyfile_read's hash */
	struct key_kept *kept;		/* of this secret alone; or NULL */
};

/* Return the factors that this secret has. */
enum header_factors key_factors(const struct key_secret *secret);

/*
 * Check that one of slots (a bit mask) requires exactly these factors.
 * Errors: XC_E_NEEDS_*: what one of them requires instead; XC_E_KIND: every
 * slot is of a kind that this version does not know.
 */
int key_asked(const struct header *header, unsigned slots,
    enum header_factors factors);

/*
 * Open the first of slots that this secret opens, deriving with at most limit
 * KiB (kdf_allowed).  header is what bytes decode to.  *slot is the one that
 * opened; on XC_E_LIMIT, the first that costs too much.  slot may be NULL.
 * Errors: XC_E_SECRET; XC_E_LIMIT; ENOMEM; key_asked's.
 */
int key_open(struct key **key, unsigned *slot,
    const uint8_t bytes[HEADER_BYTES], const struct header *header,
    const struct key_secret *secret, unsigned slots, uint64_t limit);

/* Generate the keys and the file id of a new file.  Errors: ENOMEM. */
int key_new(struct key **key, struct header *header);

/* Wipe and free.  Harmless on NULL. */
void key_free(struct key *key);

/*
 * Make a slot of header's file that this secret opens.  name is valid
 * (header_name_valid).  With secret->kept, slots of one cost get one salt, and
 * so one key derivation.  Errors: ENOMEM.
 */
int key_slot(struct header_slot *slot, const struct header *header,
    const struct key *key, const struct key_secret *secret,
    const struct kdf_cost *cost, const char *name);

/* Encode a header with its MAC, which is set in header too. */
void key_mac_header(uint8_t bytes[HEADER_BYTES], struct header *header,
    const struct key *key);

#endif
