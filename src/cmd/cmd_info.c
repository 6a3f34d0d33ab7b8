/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <stdio.h>

#include <sodium.h>

#include "command.h"
#include "conversion.h"
#include "convert.h"
#include "mapping.h"
#include "msg.h"
#include "options.h"
#include "show.h"
#include "source.h"
#include "word.h"

static const char *const states[] = {
	[HEADER_WHOLE] = "whole",
	[HEADER_CONVERTING] = "converting",
	[HEADER_WRITING] = "writing",
	[HEADER_PARTS] = "parts"
};

static const char *const states_long[] = {
	[HEADER_WHOLE] = "whole",
	[HEADER_CONVERTING] = "being converted in place, but its journal is "
	    "missing",
	[HEADER_WRITING] = "open for writing in place, but its journal is "
	    "missing",
	[HEADER_PARTS] = "being written in parts"
};

static void
show_span(unsigned span)
{
	static const char *const units[] = { "MiB", "GiB", "TiB" };

	printf("keys        a new pair every %u %s\n", 1U << span % 10,
	    units[span / 10 - 2]);
}

/* Show how far a conversion is, or that none is under way. */
static void
show_state(const struct header *h, const struct conversion_shown *c)
{
	if (c->way != NULL)
		printf("state       being %s in place: %u %% done\n", c->way,
		    c->percent);
	else if (h->state == HEADER_PARTS)
		printf("state       %s, %u of them\n", states_long[h->state],
		    h->parts);
	else
		printf("state       %s\n", c->writing ?
		    "open for writing, or was not closed" :
		    states_long[h->state]);
}

/* A detached header alone does not give the name of its data. */
static const char *
data_word(const struct source *s)
{
	return source_has_data(s) ? word_of(s->in.name, "FILE") : "FILE";
}

/*
 * Print the export command: no key is on the disk, or on a command line, which
 * every user can see.
 */
static void
show_export(const struct source *s, const char *options, const char *data)
{
	printf("xtscrypt key export%s", options);
	if (s->in.name != s->header || !source_has_data(s))
		printf(" -H %s", word_of(s->header, "HEADER"));
	printf(" %s | ", data);
}

/*
 * Print the cryptsetup command: one pair of keys for a device; cryptsetup makes
 * the loop device.  With "-" for /dev/stdin it would hash the keys, or read
 * only some.
 */
static void
show_mapping(const struct source *s, const struct mapping *m)
{
	const char *data = data_word(s);

	if (m->spans == 1) {
		show_export(s, "", data);
		printf("cryptsetup open --type plain --cipher aes-xts-plain64 "
		    "--key-size %d --key-file /dev/stdin --offset %llu "
		    "--size %llu%s %s NAME", 8 * XTS_KEY_BYTES,
		    (unsigned long long)m->offset,
		    (unsigned long long)m->sectors,
		    m->unit == MAPPING_SECTOR ? "" :
		    " --sector-size 4096 --iv-large-sectors", data);
		return;
	}
	if (!S_ISBLK(s->in.st.st_mode)) {
		printf("d=$(losetup --find --show %s) && ", data);
		data = "$d";
	}
	show_export(s, " --dm-table --hex", data);
	printf("dmsetup create NAME");
}

/* Print how the file is mapped, or why it cannot be. */
static int
find_mapping(struct mapping *m, const struct source *s)
{
	return mapping_find(m, &s->file.hf.header, s->file.detached ||
	    !source_has_data(s));
}

/* Say why there is none, beside the line that has the state. */
static const char *
no_mapping(int err)
{
	switch (err) {
	case XC_E_CONVERTING:
		return "none until the conversion is done";
	case XC_E_WRITING:
		return "none until it is closed";
	case XC_E_PARTS:
		return "none until all parts are there";
	default:
		return "none: the length is 0, or no multiple of the data unit";
	}
}

static void
show_text_mapping(const struct source *s)
{
	struct mapping m;
	int err = find_mapping(&m, s);

	if (s->file.hf.header.layout.integrity == LAYOUT_TAGS)
		return;
	printf("mapping     ");
	if (err != XC_OK)
		printf("%s", no_mapping(err));
	else
		show_mapping(s, &m);
	printf("\n");
}

static void
show_json_mapping(const struct source *s)
{
	struct mapping m;
	bool can = find_mapping(&m, s) == XC_OK;

	printf("  \"mapping\": %s", can ? "\"" : "null");
	if (can)
		show_mapping(s, &m);
	printf("%s,\n", can ? "\"" : "");
}

static void
show_text(const struct source *s, const struct conversion_shown *c)
{
	const struct header *h = &s->file.hf.header;
	const struct layout *l = &h->layout;
	char id[2 * HEADER_ID_BYTES + 1];

	sodium_bin2hex(id, sizeof(id), h->id, sizeof(h->id));
	show_name(s->in.name);
	printf(": an xtscrypt file, version 1\n");
	printf("cipher      AES-256-XTS, in data units of %u bytes\n",
	    l->sector);
	if (l->integrity == LAYOUT_TAGS)
		printf("integrity   yes: a tag on every %u bytes, so changes "
		    "are detected\n", l->segment);
	else
		printf("integrity   NONE: changes cannot be detected\n");
	show_span(l->span_shift);
	if (h->length == LAYOUT_UNKNOWN)
		printf("length      not known when the header was written\n");
	else
		printf("length      %llu bytes\n",
		    (unsigned long long)h->length);
	show_state(h, c);
	printf("generation  %llu\n", (unsigned long long)h->generation);
	printf("file id     %s\n", id);
	show_text_mapping(s);
	show_slots(h);
}

static void
show_json_slot(const struct header_slot *s, unsigned i)
{
	static const char *const factors[] = {
		[HEADER_PASSPHRASE] = "\"passphrase\"",
		[HEADER_KEY_FILE] = "\"key-file\"",
		[HEADER_BOTH] = "\"passphrase\", \"key-file\""
	};

	printf("    { \"slot\": %u, \"kind\": %u", i, s->kind);
	if (s->kind == HEADER_ARGON2ID) {
		printf(", \"factors\": [%s], \"passes\": %u, \"memory\": %llu, "
		    "\"name\": \"", factors[s->factors], s->passes,
		    (unsigned long long)s->memory * 1024);
		/* A name is printable ASCII: only these two need escapes. */
		for (const char *c = s->name; *c != '\0'; c++)
			printf(*c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
		printf("\"");
	}
	printf(" }");
}

static void
show_json(const struct source *s, const struct conversion_shown *c)
{
	const struct header *h = &s->file.hf.header;
	char id[2 * HEADER_ID_BYTES + 1];
	const char *comma = "";

	sodium_bin2hex(id, sizeof(id), h->id, sizeof(h->id));
	printf("{\n  \"version\": 1,\n  \"cipher\": \"AES-256-XTS\",\n");
	printf("  \"integrity\": %s,\n",
	    h->layout.integrity == LAYOUT_TAGS ? "true" : "false");
	printf("  \"sector\": %u,\n", h->layout.sector);
	printf("  \"segment\": %u,\n", h->layout.segment);
	printf("  \"span\": %u,\n", h->layout.span_shift);
	printf("  \"state\": \"%s\",\n", states[h->state]);
	if (c->way != NULL)
		printf("  \"conversion\": { \"to\": \"%s\", \"percent\": %u "
		    "},\n", c->way, c->percent);
	if (h->state == HEADER_PARTS)
		printf("  \"parts\": %u,\n", h->parts);
	if (h->length == LAYOUT_UNKNOWN)
		printf("  \"length\": null,\n");
	else
		printf("  \"length\": %llu,\n", (unsigned long long)h->length);
	printf("  \"generation\": %llu,\n", (unsigned long long)h->generation);
	printf("  \"id\": \"%s\",\n", id);
	printf("  \"rescued\": %s,\n",
	    s->file.hf.rescued ? "true" : "false");
	show_json_mapping(s);
	printf("  \"slots\": [");
	for (unsigned i = 0; i < HEADER_SLOTS; i++) {
		if (h->slots[i].kind == HEADER_EMPTY)
			continue;
		printf("%s\n", comma);
		show_json_slot(&h->slots[i], i);
		comma = ",";
	}
	printf("\n  ]\n}\n");
}

static void
show_all(const struct options *o, const struct source *s,
    const struct conversion_shown *c)
{
	if (o->json)
		show_json(s, c);
	else
		show_text(s, c);
}

/* While FILE is converted, its header may be in the journal alone. */
static bool
show_converting(const struct options *o)
{
	const char *path = o->operand[0];
	struct source s = { .in.name = path, .in.path = path,
	    .header = o->header != NULL ? o->header : path };
	struct conversion_shown c;

	if (options_is_stdio(path) ||
	    !conversion_seen(&c, path, o->header))
		return false;
	s.file.hf.header = c.header;
	s.file.detached = o->header != NULL;
	show_all(o, &s, &c);
	return true;
}

/*
 * A journal that is missing, and parts that are, are shown with the state; with
 * a journal that is not the header's, no state is known.
 */
static int
match_journal(const struct source *s, const struct options *o)
{
	struct journal_seen seen;
	int err;

	if (s->in.path == NULL)
		return EXIT_DONE;
	err = convert_look(&seen, o->header != NULL ? o->header : s->in.path,
	    &s->file.hf.header).code;
	if (err == XC_E_JOURNAL_LEFT)
		msg_note("%s: its journal is left over; \"xtscrypt resume\" "
		    "removes it", s->header);
	return err == XC_E_JOURNAL_LOST || err == XC_E_PARTS ? EXIT_DONE :
	    source_whole(s, o);
}

int
cmd_info(const struct options *o)
{
	const struct conversion_shown none = { .way = NULL };
	struct source s;
	int code;

	if (show_converting(o))
		return EXIT_DONE;
	if ((code = source_open(&s, o)) != EXIT_DONE)
		return code;
	if ((code = source_distinct(&s, o, NULL, -1)) == EXIT_DONE &&
	    (code = source_alone(&s)) == EXIT_DONE &&
	    (code = match_journal(&s, o)) == EXIT_DONE)
		show_all(o, &s, &none);
	source_close(&s);
	return code;
}
