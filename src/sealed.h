/* SPDX-License-Identifier: ISC */
/*
 * A file to be read: its header found and checked, then its keys.
 * Results other than 0 are exit codes, and have been told on standard error.
 */
#ifndef SEALED_H
#define SEALED_H

#include "files.h"
#include "headerfile.h"
#include "key.h"

struct sealed {
	struct input in;	/* io is the payload, behind any header */
	const char *header;	/* the file that has it, for messages */
	struct headerfile hf;
	struct key *key;
};

/* Open o->file and read the header, from o->header where it is detached. */
int sealed_open(struct sealed *sealed, const struct options *o,
    struct report *report);

/* files_distinct, for a command that reads it. */
int sealed_distinct(const struct sealed *sealed, const struct options *o,
    const char *output, int out);

/* Then get the keys; the payload must be whole. */
int sealed_unlock(struct sealed *sealed, const struct options *o);

void sealed_close(struct sealed *sealed);

/* The length of the plaintext, as far as header and size tell. */
uint64_t sealed_length(const struct sealed *sealed);

/* Say that a damaged header was made good by its side file. */
void sealed_tell_rescued(const char *name);

/* msg_fail, of a header and of its side file. */
int sealed_fail(const char *name, enum xc_err err);

#endif
