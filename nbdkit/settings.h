/* SPDX-License-Identifier: ISC */
/*
 * The parameters on nbdkit's command line, and the secret that they give.
 * Functions that return an int: 0, or -1 after a report.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "headerfile.h"
#include "key.h"

#define SETTINGS_CACHE (32UL << 20)
#define SETTINGS_HELP \
    "file=<FILE>           (required) The encrypted file or device.\n" \
    "header=<FILE>         The file with its header, if that is detached.\n" \
    "key-file=<FILE>       A key file.\n" \
    "passphrase=<SECRET>   A passphrase: \"-\" asks for it, \"+FILE\" reads\n" \
    "                      it from a file, \"-FD\" from a descriptor.\n" \
    "cache=<SIZE>          Memory for authenticated data, 32M by default.\n" \
    "kdf-max-memory=<SIZE> Memory that a key derivation may use, 2G by\n" \
    "                      default."

struct settings {
	char *file, *header;	/* absolute: nbdkit leaves the directory */
	char *key_file;
	uint8_t *passphrase;	/* KEY_PASSPHRASE_MAX bytes, locked */
	size_t passphrase_len;
	size_t cache;
	uint64_t limit;		/* KiB, see kdf_allowed */
};

/* Take one "KEY=VALUE" of the command line. */
int settings_take(struct settings *settings, const char *key,
    const char *value);

/* Check that everything is there that is required. */
int settings_check(const struct settings *settings);

/* Open a header with the secret. */
int settings_open(struct key **key, const struct settings *settings,
    const struct headerfile *hf);

/* Wipe the secret; free all. */
void settings_forget(struct settings *settings);
void settings_free(struct settings *settings);

#endif
