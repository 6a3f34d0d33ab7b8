/* SPDX-License-Identifier: ISC */
/*
 * From a secret to the keys of a file, and back into a slot.
 * Source: xtscrypt(5), "Keys".
 */
#ifndef KEY_H
#define KEY_H

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

/* What a user gave; a factor that was not given is NULL. */
struct key_secret {
	const uint8_t *passphrase;
	size_t len;
	const uint8_t *key_file;	/* keyfile_read's hash */
};

/* The factors that a slot needs for this secret to open it. */
enum header_factors key_factors(const struct key_secret *secret);

/*
 * Whether any of the slots (a bit each) asks for just these factors.
 * XC_E_NEEDS_*: what one of them asks for instead; XC_E_KIND: every slot is of
 * a kind that this version does not know.
 */
int key_asked(const struct header *header, unsigned slots,
    enum header_factors factors);

/*
 * Open the first of the slots that this secret opens, deriving with at most
 * limit KiB (kdf_allowed).  header is what bytes decode to.  On XC_OK *slot is
 * the one that opened; on XC_E_LIMIT, the first that costs too much.
 * XC_E_SECRET; XC_E_LIMIT; ENOMEM, likewise; and as key_asked.
 */
int key_open(struct key **key, unsigned *slot,
    const uint8_t bytes[HEADER_BYTES], const struct header *header,
    const struct key_secret *secret, unsigned slots, uint64_t limit);

/* Fresh keys and a fresh file id for a new file.  ENOMEM. */
int key_new(struct key **key, struct header *header);

/* Wipe and free.  Harmless on NULL. */
void key_free(struct key *key);

/*
 * Make a slot of header's file which this secret opens.  name is valid
 * (header_name_valid).  ENOMEM.
 */
int key_slot(struct header_slot *slot, const struct header *header,
    const struct key *key, const struct key_secret *secret,
    const struct kdf_cost *cost, const char *name);

/* Write a header with its MAC, which is set in header too. */
void key_mac_header(uint8_t bytes[HEADER_BYTES], struct header *header,
    const struct key *key);

#endif
