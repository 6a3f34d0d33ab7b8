/* SPDX-License-Identifier: ISC */
#include "factors.h"
#include "msg.h"

/* A set of factors that slots require: a bit mask. */
#define SET(factors) (1U << (factors))
#define PASSPHRASE SET(HEADER_PASSPHRASE)
#define KEY_FILE SET(HEADER_KEY_FILE)
#define BOTH SET(HEADER_BOTH)

enum header_factors
factors_given(const struct secret_source *source)
{
	if (source->key_file == NULL)
		return HEADER_PASSPHRASE;
	if (source->ask || source->file != NULL || source->fd >= 0)
		return HEADER_BOTH;
	return HEADER_KEY_FILE;
}

static unsigned
factors_needed(const struct opening *o)
{
	unsigned set = 0;

	for (unsigned i = 0; i < HEADER_SLOTS; i++) {
		const struct header_slot *s = &o->hf->header.slots[i];

		if ((o->slots >> i & 1) != 0 && s->kind == HEADER_ARGON2ID)
			set |= SET(s->factors);
	}
	return set;
}

static const char *
needed_text(unsigned set)
{
	switch (set) {
	case PASSPHRASE:
		return "a passphrase and no key file";
	case KEY_FILE:
		return "a key file and no passphrase";
	case BOTH:
		return "a passphrase and a key file together";
	case PASSPHRASE | KEY_FILE:
		return "a passphrase or a key file, not both";
	case PASSPHRASE | BOTH:
		return "a passphrase, with or without a key file";
	default:
		return "a key file, with or without a passphrase";
	}
}

/* Say how to change the options from what was given to what is required. */
static const char *
needed_options(unsigned set, const struct secret_source *source)
{
	const bool typed = source->file == NULL && source->fd < 0;

	switch (factors_given(source)) {
	case HEADER_PASSPHRASE:
		if (typed)
			return (set & KEY_FILE) != 0 ? "use -k FILE" :
			    "use -k FILE, and -p to be asked for the "
			    "passphrase";
		return (set & BOTH) != 0 ? "use -k FILE, too" :
		    "use -k FILE instead of the passphrase";
	case HEADER_KEY_FILE:
		return (set & BOTH) != 0 ? "use -p to be asked for the "
		    "passphrase, too" : "leave out -k";
	default:
		return set == PASSPHRASE ? "leave out -k" : set == KEY_FILE ?
		    "leave out the passphrase" :
		    "leave out -k or the passphrase";
	}
}

/* Return the one slot that is not tried. */
static unsigned
slot_left_out(unsigned slots)
{
	unsigned slot = 0;

	while ((slots >> slot & 1) != 0)
		slot++;
	return slot;
}

int
factors_refuse(const struct opening *o)
{
	const unsigned set = factors_needed(o);
	const struct secret_source *source = o->source;
	const bool chosen = source->key_file != NULL || source->file != NULL ||
	    source->fd >= 0;

	if (o->slots == KEY_ALL_SLOTS)
		msg_error("%s: needs %s", o->file, needed_text(set));
	else
		msg_error("%s: removing slot %u needs the secret of another: "
		    "%s", o->file, slot_left_out(o->slots), needed_text(set));
	msg_hint("%s%s", needed_options(set, source), o->adds && chosen ?
	    "; the new secret is given with --new-passphrase-file or "
	    "--new-key-file" : "");
	return EXIT_SECRET;
}
