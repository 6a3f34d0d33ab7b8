/* SPDX-License-Identifier: ISC */
/*
 * A header to open, what may open it, and why it did not.
 */
#ifndef OPENING_H
#define OPENING_H

#include <stdbool.h>
#include <stdint.h>

#include "container.h"
#include "key.h"

struct secret_source;

struct opening {
	const char *file;	/* for messages */
	const struct headerfile *hf;
	const struct secret_source *source;
	unsigned slots;		/* bit mask of the slots to try: all, or all */
				/* but the one being removed */
	uint64_t limit;		/* KiB, see kdf_allowed */
	const char *allow;	/* what raises it, before a size; NULL: the */
				/* option of the command */
	bool adds;		/* a new secret is given, too */
};

/* Return what is wrong with a secret that opened no slot. */
const char *opening_wrong(const struct key_secret *given);

/*
 * Report why key_open opened no slot, with err and slot from there; return the
 * exit code.
 */
int opening_fail(const struct opening *opening,
    const struct key_secret *given, int err, unsigned slot);

/*
 * Say which header was used where that in the file called name was not: a
 * waiting one, or the side file's.
 */
void opening_tell_found(const struct container *file, const char *name);
void opening_tell_rescued(const char *name);

/* Give a hint if a secret resembles a recovery code, with a mistake. */
void opening_hint_mistake(const struct key_secret *given);

#endif
