/* SPDX-License-Identifier: ISC */
#include "exit.h"
#include "secret.h"
#include "slots.h"

/* Make a slot that the secret opens. */
static int
make_slot(struct header_slot *slot, const struct header *h,
    const struct key *key, const struct options *o, const struct secret *s,
    const char *slot_name, const char *name)
{
	const struct key_secret view = secret_view(s);
	const struct kdf_cost cost = options_cost(o, secret_cost(s, NULL));
	int err, code = options_allow(o, &cost);

	if (code != EXIT_DONE)
		return code;
	err = key_slot(slot, h, key, &view, &cost, slot_name);
	return err == XC_OK ? EXIT_DONE : secret_slot_fail(name, &cost, err);
}

int
slots_make(struct header *h, const struct key *key, const struct options *o,
    const struct handout *hand, const char *name)
{
	struct secret s;
	int code = secret_new(&s, &o->secret, true, name);

	if (code != EXIT_DONE)
		return code;
	code = make_slot(&h->slots[0], h, key, o, &s,
	    o->name == NULL ? "" : o->name, name);
	secret_free(&s);
	if (code == EXIT_DONE && hand->wanted)
		code = make_slot(&h->slots[1], h, key, o, &hand->code,
		    HANDOUT_SLOT, name);
	return code;
}
