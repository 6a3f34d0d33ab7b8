/* SPDX-License-Identifier: ISC */
/*
 * Secrets from the options, and the keys of a file from a secret.
 * Results other than 0 are exit codes; the failure was reported.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stdint.h>

#include "key.h"
#include "opening.h"
#include "passphrase.h"

/* Sources of a secret, as the user gave them. */
struct secret_source {
	const char *key_file;	/* or NULL */
	bool ask;
	const char *file;	/* of the passphrase, or NULL */
	int fd;			/* likewise, or -1 */
};

struct secret {
	struct passphrase *passphrase;
	uint8_t *key_file;	/* its hash */
	struct key_kept *key;	/* derived from both, for several files */
	bool random;		/* looks random, and is all of it */
	bool asked;		/* the passphrase was typed just now */
	bool kept;		/* kept for other files: do not free */
};

/* From now on read a secret once, and use it for all files; false: wipe it. */
void secret_keep(bool keep);

/* Could no secret be had, so that no further file needs to be tried? */
bool secret_missing(void);

/*
 * Take the passphrase from the environment before anything else; wipe it as
 * soon as it was used, or will not be.
 */
int secret_init(void);
void secret_forget(void);

/* Get a secret for a new slot of file: a passphrase is typed twice. */
int secret_new(struct secret *secret, const struct secret_source *source,
    bool environment, const char *file);

/*
 * Report that no slot of this cost could be created for file, or tried; return
 * the exit code.
 */
int secret_slot_fail(const char *file, const struct kdf_cost *cost,
    int err);

/*
 * Return the default cost of a slot for this secret: minimal, if it cannot be
 * guessed; else as before (NULL: a new slot), unless that was minimal.
 */
struct kdf_cost secret_cost(const struct secret *secret,
    const struct kdf_cost *before);

/* Return the secret in the library's form. */
struct key_secret secret_view(const struct secret *secret);

/* Wipe and free.  Harmless on zeros. */
void secret_free(struct secret *secret);

/*
 * Open a header: a typed passphrase may be wrong three times.  slot may be
 * NULL.
 */
int secret_open(struct key **key, unsigned *slot,
    const struct opening *opening);

#endif
