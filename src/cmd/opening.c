/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "kdf.h"
#include "msg.h"
#include "opening.h"
#include "recovery_code.h"
#include "side.h"

void
opening_tell_rescued(const char *name)
{
	char *side;

	(void)side_path(&side, name);
	msg_note("%s: the header is damaged; used the one in %s", name,
	    side == NULL ? "its side file" : side);
	free(side);
}

void
opening_tell_found(const struct container *file, const char *name)
{
	if (file->waiting[0] != '\0')
		msg_note("%s: is the header of older data; used %s beside it",
		    name, file->waiting);
	if (file->hf.rescued)
		opening_tell_rescued(name);
}

/* Only slots were tried that take just what was given. */
const char *
opening_wrong(const struct key_secret *s)
{
	if (s->key_file == NULL)
		return "wrong passphrase";
	return s->passphrase == NULL ? "wrong key file" :
	    err_text(XC_E_SECRET);
}

/* Report why no slot opens; name one that could not be tried. */
static int
explain(const struct opening *o, const struct key_secret *given, int err,
    unsigned slot)
{
	const struct header_slot *s = &o->hf->header.slots[slot];
	const struct kdf_cost cost = { s->passes, s->memory };

	if (err == ENOMEM)
		return msg_refuse("%s: slot %u: not enough memory for its key "
		    "derivation (%u MiB)", o->file, slot, s->memory / 1024);
	if (err == XC_E_SECRET && o->slots != KEY_ALL_SLOTS) {
		msg_error("%s: the secret opens none of the other slots",
		    o->file);
		msg_hint("give the secret of another slot, to show that one "
		    "remains");
		return EXIT_SECRET;
	}
	if (err == XC_E_SECRET) {
		msg_error("%s: %s", o->file, opening_wrong(given));
		return EXIT_SECRET;
	}
	if (err != XC_E_LIMIT)
		return msg_fail(o->file, err);
	msg_error("%s: slot %u needs %u passes over %u MiB, more than is "
	    "allowed", o->file, slot, s->passes, s->memory / 1024);
	msg_hint("if you trust the file, allow it with %s%lluM",
	    o->allow == NULL ? "--kdf-max-memory " : o->allow,
	    (unsigned long long)(kdf_needs(&cost) + 1023) / 1024);
	return EXIT_SECRET;
}

void
opening_hint_mistake(const struct key_secret *s)
{
	unsigned group = s->passphrase == NULL ? 0 :
	    recovery_code_mistake(s->passphrase, s->len);

	if (group != 0)
		msg_hint("if it is a recovery code, there is a mistake in "
		    "group %u", group);
}

int
opening_fail(const struct opening *o, const struct key_secret *given,
    int err, unsigned slot)
{
	int code = explain(o, given, err, slot);

	opening_hint_mistake(given);
	return code;
}
