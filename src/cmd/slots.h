/* SPDX-License-Identifier: ISC */
/*
 * The key slots of a new file.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include "handout.h"
#include "header.h"
#include "key.h"
#include "options.h"

/*
 * Make a slot for a new secret, and another for the recovery code where one is
 * wanted; name is the file's.  Returns an exit code, after any message.
 */
int slots_make(struct header *header, const struct key *key,
    const struct options *o, const struct handout *hand, const char *name);

#endif
