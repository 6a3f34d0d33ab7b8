/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "conversion.h"
#include "distinct.h"
#include "handout.h"
#include "foreign.h"
#include "headerfile.h"
#include "msg.h"
#include "opening.h"
#include "options.h"
#include "pair.h"
#include "source.h"
#include "show.h"
#include "signals.h"

/* A header to change: locked, read, and opened with its old secret. */
struct change {
	const struct options *o;
	const char *file;
	int fd;
	struct headerfile hf;
	struct key *key;
	unsigned opened;	/* the slot of the old secret */
	struct handout hand;
};

/*
 * Refuse if a header waits.  After a crash it may be the header of the data: a
 * secret that is removed here would remain in it.
 */
static int
check_waiting(const struct change *c, const struct stat *st)
{
	char waiting[sizeof(PAIR_WAITING)];
	int err;

	if (c->o->force || st->st_size != HEADER_BYTES)
		return EXIT_DONE;
	err = pair_waits(waiting, c->file, c->hf.header.id);
	if (err < 0)
		return EXIT_DONE;
	if (err != XC_OK)
		return msg_fail(waiting[0] == '\0' ? c->file : waiting, err);
	msg_refuse("%s: %s beside it may be the newer header of its data",
	    c->file, waiting);
	msg_hint("\"xtscrypt verify -H %s DATA\" says so if it is; if not, "
	    "remove it, or use -f", c->file);
	return EXIT_SYSTEM;
}

static int
start_change(struct change *c)
{
	const struct header *h = &c->hf.header;
	struct stat st;
	struct io in;
	int code;
	struct err err = {
		headerfile_lock(&c->fd, c->file, c->o->no_lock), ERR_HEADER
	};

	if (err.code == XC_OK && fstat(c->fd, &st) != 0)
		err.code = errno;
	if (err.code == XC_OK)
		err = headerfile_read(&c->hf, c->fd, c->file);
	if (err.code == XC_OK && h->generation == UINT64_MAX)
		err.code = XC_E_GENERATION;
	if ((code = conversion_check(c->file, NULL, err.code == XC_OK ? h :
	    NULL)) != EXIT_DONE)
		return code;
	if (err.code == XC_E_MAGIC && c->fd >= 0 &&
	    io_input(&in, c->fd, NULL) == XC_OK)
		return foreign_fail(c->file, &in);
	if (err.code != XC_OK)
		return source_fail(c->file, err);
	if (c->hf.rescued && !c->hf.shown) {
		msg_refuse("%s: its header is lost, and nothing shows whether "
		    "the one in its side file is its own", c->file);
		msg_hint("\"xtscrypt header restore\" with a copy of the side "
		    "file can check that");
		return EXIT_SYSTEM;
	}
	if (c->hf.rescued)
		opening_tell_rescued(c->file);
	/* A side file beside a device would not survive a power cut. */
	if (!S_ISREG(st.st_mode) && !c->o->force) {
		msg_refuse("%s: is a device: a power cut while its header is "
		    "replaced would lose it", c->file);
		msg_hint("copy it first with \"xtscrypt header save\", then "
		    "use -f");
		return EXIT_SYSTEM;
	}
	if ((code = check_waiting(c, &st)) != EXIT_DONE)
		return code;
	return distinct_files(c->o, c->fd, NULL, -1, c->file);
}

/* Open the header with any slot except one (OPTIONS_NO_SLOT: any). */
static int
open_header(struct change *c, unsigned except)
{
	unsigned slots = KEY_ALL_SLOTS;

	if (except != OPTIONS_NO_SLOT)
		slots &= ~(1U << except);
	return secret_open(&c->key, &c->opened, &(const struct opening){
		.file = c->file,
		.hf = &c->hf,
		.source = &c->o->secret,
		.slots = slots,
		.limit = c->o->limit,
		.adds = except == OPTIONS_NO_SLOT
	});
}

/* Find the slot of this name, or OPTIONS_NO_SLOT; *several: more than one. */
static unsigned
slot_named(const struct header *h, const char *name, bool *several)
{
	unsigned found = OPTIONS_NO_SLOT;

	*several = false;
	for (unsigned i = 0; i < HEADER_SLOTS; i++) {
		if (h->slots[i].kind != HEADER_ARGON2ID ||
		    strcmp(h->slots[i].name, name) != 0)
			continue;
		*several = found != OPTIONS_NO_SLOT;
		found = i;
	}
	return found;
}

/* Find the slot of --slot or --name, which must be in use. */
static int
choose_used(unsigned *slot, const struct change *c)
{
	const struct options *o = c->o;
	bool several = false;

	if (o->slot != OPTIONS_NO_SLOT && o->name != NULL)
		return msg_usage("--slot and --name contradict each other");
	*slot = o->slot;
	if (o->name != NULL)
		*slot = slot_named(&c->hf.header, o->name, &several);
	if (several)
		return msg_refuse("%s: several slots have that name: choose "
		    "one with --slot N", c->file);
	if (*slot == OPTIONS_NO_SLOT)
		return msg_refuse("%s: no slot is called \"%s\"", c->file,
		    o->name);
	if (c->hf.header.slots[*slot].kind == HEADER_EMPTY)
		return msg_refuse("%s: slot %u is empty", c->file, *slot);
	return EXIT_DONE;
}

/* Find an empty slot for key add: --slot's, or the first. */
static int
choose_empty(unsigned *slot, const struct change *c, const char *name)
{
	const struct header *h = &c->hf.header;
	bool several;

	if (*name != '\0' &&
	    slot_named(h, name, &several) != OPTIONS_NO_SLOT)
		return msg_refuse("%s: a slot is already called \"%s\"",
		    c->file, name);
	*slot = c->o->slot;
	for (unsigned i = 0; *slot == OPTIONS_NO_SLOT && i < HEADER_SLOTS; i++)
		if (h->slots[i].kind == HEADER_EMPTY)
			*slot = i;
	if (*slot == OPTIONS_NO_SLOT)
		return msg_refuse("%s: all slots are in use; remove or change "
		    "one", c->file);
	if (h->slots[*slot].kind != HEADER_EMPTY)
		return msg_refuse("%s: slot %u is in use", c->file, *slot);
	return EXIT_DONE;
}

/* Write the changed header; after a failure the old or the new one is there. */
static int
replace_header(struct change *c, const struct header *h,
    const uint8_t bytes[HEADER_BYTES])
{
	struct err err = { XC_OK, ERR_HEADER };
	struct job_report report;
	int code;

	job_report_init(&report);
	signals_hold();
	code = handout_prepare(&c->hand, &report);
	if (code == EXIT_DONE)
		err = headerfile_replace(c->fd, c->file, bytes);
	if (code == EXIT_DONE && err.code == XC_OK) {
		c->hf.header = *h;
		code = handout_give(&c->hand, c->file);
	}
	handout_end(&c->hand);
	job_report_release(err.code);
	return err.code == XC_OK ? code : source_fail(c->file, err);
}

static void
next_generation(struct header *h, const struct change *c)
{
	*h = c->hf.header;
	h->generation++;
}

/* Check that the new slot opens, before the header is written. */
static int
prove_slot(const uint8_t bytes[HEADER_BYTES], const struct key_secret *secret,
    unsigned slot)
{
	struct header h;
	struct key *key;
	int err = header_decode(&h, bytes);

	if (err != XC_OK)
		return err;
	err = key_open(&key, NULL, bytes, &h, secret, 1U << slot, UINT64_MAX);
	if (err == XC_OK)
		key_free(key);
	return err;
}

/*
 * Refuse a secret that another slot has: it would still open after one of them
 * is removed.  Slots that cost more than is allowed are not tried.
 */
static int
check_new(const struct change *c, unsigned slot, const struct key_secret *view)
{
	struct key *key;
	unsigned found = 0;
	int err = key_open(&key, &found, c->hf.bytes, &c->hf.header, view,
	    KEY_ALL_SLOTS & ~(1U << slot), c->o->limit);

	if (err == XC_OK) {
		key_free(key);
		return msg_refuse("%s: slot %u already has this secret",
		    c->file, found);
	}
	if (err != ENOMEM)
		return EXIT_DONE;
	msg_error("%s: slot %u: not enough memory to look whether it has this "
	    "secret", c->file, found);
	msg_hint("--kdf-max-memory SIZE leaves out slots that take more");
	return EXIT_SYSTEM;
}

/* Encode the header with a new secret in a slot. */
static int
fill_slot(uint8_t bytes[HEADER_BYTES], struct header *h,
    const struct change *c, unsigned slot, const struct secret *s,
    const char *name)
{
	const struct header_slot *old = &c->hf.header.slots[slot];
	const struct key_secret view = secret_view(s);
	const struct kdf_cost before = { old->passes, old->memory };
	const struct kdf_cost cost = options_cost(c->o, secret_cost(s,
	    old->kind == HEADER_ARGON2ID ? &before : NULL));
	int err, code;

	if ((code = options_allow(c->o, &cost)) != EXIT_DONE ||
	    (code = check_new(c, slot, &view)) != EXIT_DONE)
		return code;
	next_generation(h, c);
	err = key_slot(&h->slots[slot], h, c->key, &view, &cost, name);
	if (err == XC_OK) {
		key_mac_header(bytes, h, c->key);
		err = prove_slot(bytes, &view, slot);
	}
	return err == XC_OK ? EXIT_DONE :
	    secret_slot_fail(c->file, &cost, err);
}

/* Write a new secret to a slot. */
static int
put_secret(struct change *c, unsigned slot, const char *name)
{
	uint8_t bytes[HEADER_BYTES];
	struct header h;
	struct secret s = { 0 };
	int code = c->hand.wanted ? EXIT_DONE :
	    secret_new(&s, &c->o->new_secret, false, c->file);

	if (code != EXIT_DONE)
		return code;
	code = fill_slot(bytes, &h, c, slot, c->hand.wanted ? &c->hand.code :
	    &s, name);
	secret_free(&s);
	return code == EXIT_DONE ? replace_header(c, &h, bytes) : code;
}

static int
add_slot(struct change *c)
{
	unsigned slot = OPTIONS_NO_SLOT;
	const char *name = c->o->name == NULL ? "" : c->o->name;
	int code = handout_begin(&c->hand, c->o);

	if (c->hand.wanted)
		name = HANDOUT_SLOT;
	if (code != EXIT_DONE ||
	    (code = choose_empty(&slot, c, name)) != EXIT_DONE ||
	    (code = open_header(c, OPTIONS_NO_SLOT)) != EXIT_DONE)
		return code;
	code = put_secret(c, slot, name);
	if (code == EXIT_DONE)
		msg_note("%s: added slot %u", c->file, slot);
	return code;
}

static int
change_slot(struct change *c)
{
	const struct header_slot *slots = c->hf.header.slots;
	unsigned slot = OPTIONS_NO_SLOT;
	bool chosen = c->o->slot != OPTIONS_NO_SLOT || c->o->name != NULL;
	int code = EXIT_DONE;

	if (chosen)
		code = choose_used(&slot, c);
	if (code != EXIT_DONE ||
	    (code = open_header(c, OPTIONS_NO_SLOT)) != EXIT_DONE)
		return code;
	if (!chosen)
		slot = c->opened;
	code = put_secret(c, slot, slots[slot].name);
	if (code == EXIT_DONE)
		msg_note("%s: changed slot %u; older copies of the header "
		    "still open with its old secret", c->file, slot);
	return code;
}

static unsigned
known_slots(const struct header *h)
{
	unsigned n = 0;

	for (int i = 0; i < HEADER_SLOTS; i++)
		n += h->slots[i].kind == HEADER_ARGON2ID;
	return n;
}

static int
remove_slot(struct change *c)
{
	uint8_t bytes[HEADER_BYTES];
	struct header h;
	unsigned slot = OPTIONS_NO_SLOT;
	int code;

	if (c->o->slot == OPTIONS_NO_SLOT && c->o->name == NULL)
		return msg_usage("choose a slot with --slot N or --name NAME");
	if ((code = choose_used(&slot, c)) != EXIT_DONE)
		return code;
	if (c->hf.header.slots[slot].kind == HEADER_ARGON2ID &&
	    known_slots(&c->hf.header) == 1)
		return msg_refuse("%s: slot %u is the last that opens it, and "
		    "is not removed", c->file, slot);
	/*
	 * Removing a slot requires the secret of another, which shows that one
	 * remains.
	 */
	if ((code = open_header(c, slot)) != EXIT_DONE)
		return code;

	next_generation(&h, c);
	h.slots[slot] = (struct header_slot){ 0 };
	key_mac_header(bytes, &h, c->key);
	code = replace_header(c, &h, bytes);
	if (code == EXIT_DONE)
		msg_note("%s: removed slot %u; older copies of the header "
		    "still open with its secret", c->file, slot);
	return code;
}

static int
change_header(const struct options *o, int (*what)(struct change *))
{
	struct change c = { .o = o, .file = o->operand[0], .fd = -1 };
	int code = start_change(&c);

	if (code == EXIT_DONE)
		code = what(&c);
	handout_end(&c.hand);
	if (c.fd >= 0)
		close(c.fd);
	key_free(c.key);
	return code;
}

int
cmd_key_add(const struct options *o)
{
	return change_header(o, add_slot);
}

int
cmd_key_remove(const struct options *o)
{
	return change_header(o, remove_slot);
}

int
cmd_key_change(const struct options *o)
{
	return change_header(o, change_slot);
}

int
cmd_key_list(const struct options *o)
{
	struct source s;
	int code;

	if ((code = source_open(&s, o)) != EXIT_DONE)
		return code;
	code = source_whole(&s, o);
	if (code == EXIT_DONE && o->operands > 1) {
		show_name(s.in.name);
		printf(":\n");
	}
	if (code == EXIT_DONE)
		show_slots(&s.file.hf.header);
	source_close(&s);
	return code;
}
