/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>
#include <sodium.h>

#include "cmd/msg.h"
#include "cmd/opening.h"
#include "keyfile.h"
#include "locked.h"
#include "recovery_code.h"
#include "settings.h"

static int
take_path(char **path, const char *key, const char *value)
{
	if (*path != NULL) {
		msg_error("%s= may be given only once", key);
		return -1;
	}
	*path = nbdkit_absolute_path(value);
	return *path == NULL ? -1 : 0;
}

/* Move a passphrase to memory of ours. */
static int
keep_passphrase(struct settings *s, char *read)
{
	const size_t len = strlen(read);
	bool fits = len <= KEY_PASSPHRASE_MAX;

	if (!fits)
		msg_error("passphrase: is longer than %d bytes",
		    KEY_PASSPHRASE_MAX);
	else if ((s->passphrase = locked_malloc(KEY_PASSPHRASE_MAX)) == NULL)
		msg_fail("passphrase", ENOMEM);
	else {
		memcpy(s->passphrase, read, len);
		s->passphrase_len = len;
		recovery_code_canonical(s->passphrase, &s->passphrase_len);
	}
	sodium_memzero(read, len);
	free(read);
	return s->passphrase == NULL ? -1 : 0;
}

static int
take_passphrase(struct settings *s, const char *value)
{
	char *read;

	if (s->passphrase != NULL) {
		msg_error("passphrase= may be given only once");
		return -1;
	}
	return nbdkit_read_password(value, &read) == 0 ?
	    keep_passphrase(s, read) : -1;
}

static int
take_size(uint64_t *bytes, const char *value)
{
	const int64_t size = nbdkit_parse_size(value);

	*bytes = size < 0 ? 0 : (uint64_t)size;
	return size < 0 ? -1 : 0;
}

static int
take_cache(struct settings *s, const char *value)
{
	uint64_t bytes;
	int result = take_size(&bytes, value);

	s->cache = (size_t)bytes;
	if (s->cache != bytes) {
		msg_error("cache=%s: more than can be addressed", value);
		result = -1;
	}
	return result;
}

/* The memory of a key derivation. */
static int
take_limit(struct settings *s, const char *value)
{
	uint64_t bytes;
	int result = take_size(&bytes, value);

	s->limit = bytes / 1024;
	return result;
}

int
settings_take(struct settings *s, const char *key, const char *value)
{
	if (strcmp(key, "file") == 0)
		return take_path(&s->file, key, value);
	if (strcmp(key, "header") == 0)
		return take_path(&s->header, key, value);
	if (strcmp(key, "key-file") == 0)
		return take_path(&s->key_file, key, value);
	if (strcmp(key, "passphrase") == 0)
		return take_passphrase(s, value);
	if (strcmp(key, "cache") == 0)
		return take_cache(s, value);
	if (strcmp(key, "kdf-max-memory") == 0)
		return take_limit(s, value);
	msg_error("no such parameter: %s=", key);
	msg_hint("\"nbdkit xtscrypt --help\" lists them");
	return -1;
}

int
settings_check(const struct settings *s)
{
	if (s->file == NULL) {
		msg_error("no file was given");
		msg_hint("give it with file=FILE");
		return -1;
	}
	if (s->passphrase == NULL && s->key_file == NULL) {
		msg_error("%s: needs a secret", s->file);
		msg_hint("passphrase=- asks for a passphrase; key-file=FILE "
		    "names a key file");
		return -1;
	}
	if (s->key_file == NULL && s->passphrase_len == 0) {
		msg_error("the passphrase must not be empty");
		return -1;
	}
	return 0;
}

/* Say how what a header needs is given here. */
static void
hint_needed(int err)
{
	if (err == XC_E_NEEDS_KEY_FILE)
		msg_hint("give key-file=FILE in place of passphrase=");
	if (err == XC_E_NEEDS_PASSPHRASE)
		msg_hint("give passphrase=- in place of key-file=");
	if (err == XC_E_NEEDS_BOTH)
		msg_hint("give both passphrase=- and key-file=FILE");
}

static int
open_with(struct key **key, const struct settings *s,
    const struct headerfile *hf, const uint8_t *key_file)
{
	const struct key_secret secret = {
		.passphrase = s->passphrase, .len = s->passphrase_len,
		.key_file = key_file
	};
	const struct opening opening = {
		.file = s->file, .hf = hf, .slots = KEY_ALL_SLOTS,
		.limit = s->limit, .allow = "kdf-max-memory="
	};
	unsigned slot = 0;
	int err = key_open(key, &slot, hf->bytes, &hf->header, &secret,
	    KEY_ALL_SLOTS, s->limit);

	if (err == XC_OK)
		return 0;
	opening_fail(&opening, &secret, err, slot);
	hint_needed(err);
	return -1;
}

int
settings_open(struct key **key, const struct settings *s,
    const struct headerfile *hf)
{
	uint8_t *hash = NULL;
	int result = -1, err = XC_OK;

	if (s->key_file != NULL) {
		hash = locked_malloc(KEYFILE_HASH_BYTES);
		err = hash == NULL ? ENOMEM :
		    keyfile_read(hash, NULL, s->key_file);
	}
	if (err == XC_OK)
		result = open_with(key, s, hf, hash);
	else
		msg_fail(s->key_file, err);
	sodium_free(hash);
	return result;
}

void
settings_forget(struct settings *s)
{
	sodium_free(s->passphrase);
	s->passphrase = NULL;
}

void
settings_free(struct settings *s)
{
	settings_forget(s);
	free(s->file);
	free(s->header);
	free(s->key_file);
}
