/* SPDX-License-Identifier: ISC */
/*
 * From the options to a secret, and from a secret to the keys of a file.
 * Results other than 0 are exit codes, and have been told on standard error.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stdint.h>

#include "headerfile.h"
#include "key.h"
#include "passphrase.h"

/* Where the user said that a secret comes from. */
struct secret_source {
	const char *key_file;	/* or NULL */
	bool ask;
	const char *file;	/* of the passphrase, or NULL */
	int fd;			/* likewise, or -1 */
};

struct secret {
	struct passphrase *passphrase;
	uint8_t *key_file;	/* its hash */
	bool random;		/* that looks random, and is all of it */
	bool asked;		/* the passphrase was typed just now */
	bool kept;		/* for other files: not to be freed */
};

/*
 * From here on, read a secret once, and use it for all files; false: wipe it.
 * Is there none to be had, so that no further file needs to be tried?
 */
void secret_keep(bool keep);
bool secret_missing(void);

/*
 * Take the passphrase out of the environment, first of all; and wipe it, as
 * soon as it was used or when it is not going to be.
 */
int secret_init(void);
void secret_forget(void);

/* With -v, say what the system did not let us lock in memory. */
void secret_tell_unlocked(void);

/* A secret for a new slot of file: a passphrase is typed twice. */
int secret_new(struct secret *secret, const struct secret_source *source,
    bool environment, const char *file);

/*
 * Say that no slot of this cost could be made for file (or proved to open);
 * returns the exit code.
 */
int secret_slot_fail(const char *file, const struct kdf_cost *cost,
    int err);

/*
 * The usual cost of a slot for this secret: the least, if it cannot be guessed;
 * else as before (NULL: a new slot), unless that was the least.
 */
struct kdf_cost secret_cost(const struct secret *secret,
    const struct kdf_cost *before);

/* The secret, as the library takes it. */
struct key_secret secret_view(const struct secret *secret);

/* Wipes; harmless on zeros. */
void secret_free(struct secret *secret);

/* A header to be opened, and what may open it. */
struct opening {
	const char *file;	/* for messages */
	const struct headerfile *hf;
	const struct secret_source *source;
	unsigned slots;		/* bit mask of the slots to try: all, or all */
				/* but the one being removed */
	uint64_t limit;		/* KiB, see kdf_allowed */
	bool adds;		/* a new secret is given, too */
};

/* Open a header: a passphrase that is typed may be wrong three times. */
int secret_open(struct key **key, unsigned *slot,
    const struct opening *opening);

#endif
