/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "key.h"
#include "locked.h"

/*
 * Enough for the stack frames of libsodium's hashes and ciphers, which it does
 * not wipe itself.
 */
#define STACK 8192

#define BOX_AD_BYTES (HEADER_ID_BYTES + HEADER_SLOT_BOUND)
#define LAYOUT_LABEL "xtc-layout"
#define LAYOUT_LABEL_BYTES (sizeof(LAYOUT_LABEL) - 1)

enum header_factors
key_factors(const struct key_secret *secret)
{
	if (secret->key_file == NULL)
		return HEADER_PASSPHRASE;
	return secret->passphrase == NULL ? HEADER_KEY_FILE : HEADER_BOTH;
}

int
key_asked(const struct header *header, unsigned slots,
    enum header_factors factors)
{
	int err = XC_E_KIND;

	for (unsigned i = 0; i < HEADER_SLOTS; i++) {
		const struct header_slot *s = &header->slots[i];

		if ((slots >> i & 1) == 0 || s->kind != HEADER_ARGON2ID)
			continue;
		if (s->factors == factors)
			return XC_OK;
		if (err != XC_E_KIND)
			continue;
		if (s->factors == HEADER_BOTH)
			err = XC_E_NEEDS_BOTH;
		else if (s->factors == HEADER_KEY_FILE)
			err = XC_E_NEEDS_KEY_FILE;
		else
			err = XC_E_NEEDS_PASSPHRASE;
	}
	return err;
}

static bool
same_cost(const struct kdf_cost *a, const struct kdf_cost *b)
{
	return a->passes == b->passes && a->memory == b->memory;
}

/* Derive the slot key: Argon2id of the passphrase, hashed with any key file. */
static int
derive_slot_key(uint8_t key[KDF_KEY_BYTES], const struct header_slot *slot,
    const struct key_secret *secret)
{
	struct kdf_cost cost = { slot->passes, slot->memory };
	uint8_t mixed[KEYFILE_HASH_BYTES];
	int err;

	if (secret->key_file == NULL)
		return kdf_derive(key, &cost, slot->salt, secret->passphrase,
		    secret->len);
	crypto_generichash(mixed, sizeof(mixed), secret->passphrase,
	    secret->len, secret->key_file, KEYFILE_HASH_BYTES);
	err = kdf_derive(key, &cost, slot->salt, mixed, sizeof(mixed));
	sodium_memzero(mixed, sizeof(mixed));
	return err;
}

/* Take the slot key that is kept, or derive it, and keep it if wanted. */
static int
slot_key(uint8_t key[KDF_KEY_BYTES], const struct header_slot *slot,
    const struct key_secret *secret)
{
	const struct kdf_cost cost = { slot->passes, slot->memory };
	struct key_kept *kept = secret->kept;
	int err;

	if (kept != NULL && same_cost(&kept->cost, &cost) &&
	    memcmp(kept->salt, slot->salt, sizeof(kept->salt)) == 0) {
		memcpy(key, kept->key, KDF_KEY_BYTES);
		return XC_OK;
	}
	err = derive_slot_key(key, slot, secret);
	if (err == XC_OK && kept != NULL) {
		*kept = (struct key_kept){ .cost = cost };
		memcpy(kept->salt, slot->salt, sizeof(kept->salt));
		memcpy(kept->key, key, KDF_KEY_BYTES);
	}
	return err;
}

/*
 * Set the data that a slot's box authenticates: the file id, then the slot up
 * to its nonce.
 */
static void
box_ad(uint8_t ad[BOX_AD_BYTES], const struct header *header,
    const struct header_slot *slot)
{
	uint8_t bytes[HEADER_SLOT_BYTES];

	header_slot_encode(bytes, slot);
	memcpy(ad, header->id, HEADER_ID_BYTES);
	memcpy(ad + HEADER_ID_BYTES, bytes, HEADER_SLOT_BOUND);
}

/* Derive the layout key: it ties the keys of the data to the layout. */
static void
derive_layout(struct key *key, const struct header *header)
{
	uint8_t m[LAYOUT_LABEL_BYTES + HEADER_LAYOUT_BYTES + HEADER_ID_BYTES];

	memcpy(m, LAYOUT_LABEL, LAYOUT_LABEL_BYTES);
	header_layout_encode(m + LAYOUT_LABEL_BYTES, &header->layout);
	memcpy(m + LAYOUT_LABEL_BYTES + HEADER_LAYOUT_BYTES, header->id,
	    HEADER_ID_BYTES);
	crypto_generichash(key->layout, sizeof(key->layout), m, sizeof(m),
	    key->master, sizeof(key->master));
}

/* Derive all other keys from the master key. */
static void
derive(struct key *key, const struct header *header)
{
	derive_layout(key, header);
	crypto_kdf_derive_from_key(key->header, sizeof(key->header), 0,
	    "xtc-head", key->master);
	crypto_kdf_derive_from_key(key->segment, sizeof(key->segment), 0,
	    "xtc-segm", key->layout);
}

static void
mac(uint8_t out[HEADER_MAC_BYTES], const uint8_t bytes[HEADER_BYTES],
    const struct key *key)
{
	crypto_generichash(out, HEADER_MAC_BYTES, bytes, HEADER_MACED,
	    key->header, sizeof(key->header));
}

/* Open one slot.  Errors: ENOMEM; XC_E_SECRET: the box or the MAC is wrong. */
static int
slot_open(struct key *key, const uint8_t bytes[HEADER_BYTES],
    const struct header *header, const struct header_slot *slot,
    const struct key_secret *secret)
{
	uint8_t ad[BOX_AD_BYTES], sum[HEADER_MAC_BYTES];
	uint8_t *wrap = locked_malloc(KDF_KEY_BYTES);
	int err;

	if (wrap == NULL)
		return ENOMEM;
	err = slot_key(wrap, slot, secret);
	if (err != XC_OK)
		goto out;

	box_ad(ad, header, slot);
	err = XC_E_SECRET;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(key->master, NULL, NULL,
	    slot->box, sizeof(slot->box), ad, sizeof(ad), slot->nonce,
	    wrap) != 0)
		goto out;

	/* A box does not commit to its key; the MAC does. */
	derive(key, header);
	mac(sum, bytes, key);
	if (sodium_memcmp(sum, header->mac, sizeof(sum)) == 0)
		err = XC_OK;
out:
	sodium_free(wrap);
	return err;
}

/*
 * Try the slots in order.  Skip a slot that cannot be tried, for its cost or
 * for want of memory; if no other opens, report it: the secret may not be
 * wrong.
 */
static int
open_first(struct key *key, unsigned *slot, const uint8_t bytes[HEADER_BYTES],
    const struct header *header, const struct key_secret *secret,
    unsigned slots, uint64_t limit)
{
	int err, result = XC_E_SECRET;

	for (unsigned i = 0; i < HEADER_SLOTS; i++) {
		const struct header_slot *s = &header->slots[i];
		struct kdf_cost cost = { s->passes, s->memory };

		if ((slots >> i & 1) == 0 || s->kind != HEADER_ARGON2ID ||
		    s->factors != key_factors(secret))
			continue;
		err = XC_E_LIMIT;
		if (kdf_allowed(&cost, limit))
			err = slot_open(key, bytes, header, s, secret);
		if (err == XC_OK) {
			*slot = i;
			return XC_OK;
		}
		if (err != XC_E_SECRET && result == XC_E_SECRET) {
			*slot = i;
			result = err;
		}
	}
	return result;
}

int
key_open(struct key **key, unsigned *slot, const uint8_t bytes[HEADER_BYTES],
    const struct header *header, const struct key_secret *secret,
    unsigned slots, uint64_t limit)
{
	unsigned found = 0;
	struct key *k;
	int err;

	err = key_asked(header, slots, key_factors(secret));
	if (err != XC_OK)
		return err;
	if ((k = locked_malloc(sizeof(*k))) == NULL)
		return ENOMEM;
	err = open_first(k, &found, bytes, header, secret, slots, limit);
	sodium_stackzero(STACK);
	if (slot != NULL)
		*slot = found;
	if (err != XC_OK) {
		key_free(k);
		return err;
	}
	*key = k;
	return XC_OK;
}

int
key_new(struct key **key, struct header *header)
{
	struct key *k = locked_malloc(sizeof(*k));

	if (k == NULL)
		return ENOMEM;
	randombytes_buf(header->id, sizeof(header->id));
	randombytes_buf(k->master, sizeof(k->master));
	derive(k, header);
	sodium_stackzero(STACK);
	*key = k;
	return XC_OK;
}

void
key_free(struct key *key)
{
	sodium_free(key);
}

/*
 * Choose the salt of a new slot.  That of a slot which was opened is never
 * used: someone else may have chosen it.
 */
static void
choose_salt(uint8_t salt[KDF_SALT_BYTES], const struct kdf_cost *cost,
    const struct key_kept *kept)
{
	if (kept != NULL && kept->ours && same_cost(&kept->cost, cost))
		memcpy(salt, kept->salt, KDF_SALT_BYTES);
	else
		randombytes_buf(salt, KDF_SALT_BYTES);
}

int
key_slot(struct header_slot *slot, const struct header *header,
    const struct key *key, const struct key_secret *secret,
    const struct kdf_cost *cost, const char *name)
{
	struct header_slot s = {
		.kind = HEADER_ARGON2ID,
		.factors = (uint8_t)key_factors(secret),
		.passes = cost->passes,
		.memory = cost->memory
	};
	uint8_t ad[BOX_AD_BYTES];
	uint8_t *wrap = locked_malloc(KDF_KEY_BYTES);
	int err;

	if (wrap == NULL)
		return ENOMEM;
	memcpy(s.name, name, strlen(name));
	choose_salt(s.salt, cost, secret->kept);
	randombytes_buf(s.nonce, sizeof(s.nonce));
	err = slot_key(wrap, &s, secret);
	if (err != XC_OK)
		goto out;
	if (secret->kept != NULL)
		secret->kept->ours = true;

	box_ad(ad, header, &s);
	crypto_aead_xchacha20poly1305_ietf_encrypt(s.box, NULL, key->master,
	    sizeof(key->master), ad, sizeof(ad), NULL, s.nonce, wrap);
	*slot = s;
out:
	sodium_free(wrap);
	sodium_stackzero(STACK);
	return err;
}

void
key_mac_header(uint8_t bytes[HEADER_BYTES], struct header *header,
    const struct key *key)
{
	/* The MAC covers neither itself nor the checksum. */
	header_encode(bytes, header);
	mac(header->mac, bytes, key);
	header_encode(bytes, header);
	sodium_stackzero(STACK);
}
