/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include <sodium.h>

#include "command.h"
#include "msg.h"
#include "options.h"
#include "source.h"
#include "show.h"

static const char *const states[] = {
	[HEADER_WHOLE] = "whole",
	[HEADER_CONVERTING] = "converting",
	[HEADER_WRITING] = "writing"
};

static const char *const states_long[] = {
	[HEADER_WHOLE] = "whole",
	[HEADER_CONVERTING] = "being converted in place: not readable now",
	[HEADER_WRITING] = "open for writing in place: not readable now"
};

static void
show_span(unsigned span)
{
	static const char *const units[] = { "MiB", "GiB", "TiB" };

	printf("keys        a new pair every %u %s\n", 1U << span % 10,
	    units[span / 10 - 2]);
}

static void
show_text(const struct header *h, const char *name)
{
	const struct layout *l = &h->layout;
	char id[2 * HEADER_ID_BYTES + 1];

	sodium_bin2hex(id, sizeof(id), h->id, sizeof(h->id));
	show_name(name);
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
	printf("state       %s\n", states_long[h->state]);
	printf("generation  %llu\n", (unsigned long long)h->generation);
	printf("file id     %s\n", id);
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
show_json(const struct header *h, bool rescued)
{
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
	if (h->length == LAYOUT_UNKNOWN)
		printf("  \"length\": null,\n");
	else
		printf("  \"length\": %llu,\n", (unsigned long long)h->length);
	printf("  \"generation\": %llu,\n", (unsigned long long)h->generation);
	printf("  \"id\": \"%s\",\n", id);
	printf("  \"rescued\": %s,\n", rescued ? "true" : "false");
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

int
cmd_info(const struct options *o)
{
	struct source s;
	int code;

	if ((code = source_open(&s, o)) != EXIT_DONE)
		return code;
	if ((code = source_distinct(&s, o, NULL, -1)) == EXIT_DONE &&
	    (code = source_alone(&s)) == EXIT_DONE) {
		if (o->json)
			show_json(&s.file.hf.header, s.file.hf.rescued);
		else
			show_text(&s.file.hf.header, s.in.name);
	}
	source_close(&s);
	return code;
}
