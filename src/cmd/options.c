/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "msg.h"
#include "options.h"
#include "option_value.h"

#define SECRETS (CMD_ENCRYPT | OPENS)
#define OPENS (CMD_DECRYPT | CMD_VERIFY | CMD_KEY_CHANGES | CMD_HEADER_RESTORE)
#define COPIES (CMD_ENCRYPT | CMD_DECRYPT)
#define MAKES (CMD_ENCRYPT | CMD_KEY_ADD | CMD_KEY_CHANGE)
#define NEW_SECRETS (CMD_KEY_ADD | CMD_KEY_CHANGE)
#define WORKS (CMD_ENCRYPT | CMD_DECRYPT | CMD_VERIFY)
#define ALL (~0U)

/* An option sets a flag, keeps its argument, or has it parsed. */
struct option_rule {
	const char *name;
	char letter;
	unsigned commands;
	enum { FLAG, TEXT, PARSED } kind;
	size_t field;			/* of a flag or a text */
	bool (*parse)(struct options *o, const char *text);
	const char *takes;		/* what the argument must be */
};

#define F(member) offsetof(struct options, member)
#define SIZE_RULE "a size like 65536, 64K or 1G"
#define FD_RULE "the number of an open file descriptor, once"

static const struct option_rule rules[] = {
	{ "output", 'o', COPIES, TEXT, F(output), NULL, NULL },
	{ "stdout", 'c', COPIES, FLAG, F(to_stdout), NULL, NULL },
	{ "force", 'f', COPIES | CMD_KEY_CHANGES | CMD_HEADERS, FLAG,
	    F(force), NULL, NULL },
	{ "header", 'H', WORKS, TEXT, F(header), NULL, NULL },

	{ "key-file", 'k', SECRETS, TEXT, F(secret.key_file), NULL, NULL },
	{ "ask-passphrase", 'p', SECRETS, FLAG, F(secret.ask), NULL, NULL },
	{ "passphrase-file", 0, SECRETS, TEXT, F(secret.file), NULL, NULL },
	{ "passphrase-fd", 0, SECRETS, PARSED, 0, option_value_passphrase_fd,
	    FD_RULE },
	{ "new-key-file", 0, NEW_SECRETS, TEXT, F(new_secret.key_file), NULL,
	    NULL },
	{ "new-ask-passphrase", 0, NEW_SECRETS, FLAG, F(new_secret.ask), NULL,
	    NULL },
	{ "new-passphrase-file", 0, NEW_SECRETS, TEXT, F(new_secret.file),
	    NULL, NULL },
	{ "new-passphrase-fd", 0, NEW_SECRETS, PARSED, 0,
	    option_value_new_passphrase_fd, FD_RULE },

	{ "kdf", 0, MAKES, PARSED, 0, option_value_kdf,
	    "interactive, moderate or sensitive" },
	{ "kdf-passes", 0, MAKES, PARSED, 0, option_value_passes,
	    "a number from 1 to 64" },
	{ "kdf-memory", 0, MAKES, PARSED, 0, option_value_memory,
	    "a size of whole KiB, at least 8M" },
	{ "kdf-max-memory", 0, SECRETS, PARSED, 0, option_value_max_memory,
	    "a size of at least 8M" },
	{ "slot", 0, CMD_KEY_CHANGES, PARSED, 0, option_value_slot,
	    "a number from 0 to 7" },
	{ "name", 0, CMD_ENCRYPT | CMD_KEY_CHANGES, PARSED, 0, option_value_name,
	    "1 to 24 characters of printable ASCII" },

	{ "sector-size", 's', CMD_ENCRYPT, PARSED, 0, option_value_sector,
	    "512 or 4096" },
	{ "segment-size", 0, CMD_ENCRYPT, PARSED, 0, option_value_segment,
	    "a power of two from 4K to 1M" },
	{ "span-shift", 0, CMD_ENCRYPT, PARSED, 0, option_value_span,
	    "a number from 20 to 40" },
	{ "no-integrity", 0, CMD_ENCRYPT, FLAG, F(no_integrity), NULL, NULL },
	{ "length", 0, CMD_ENCRYPT, PARSED, 0, option_value_length, SIZE_RULE },
	{ "threads", 'T', WORKS, PARSED, 0, option_value_threads,
	    "a number from 0 to 64" },
	{ "sparse", 0, CMD_DECRYPT, PARSED, 0, option_value_sparse, "auto or never" },
	{ "keep-going", 0, CMD_DECRYPT, FLAG, F(keep_going), NULL, NULL },

	{ "json", 0, CMD_INFO | CMD_BENCH, FLAG, F(json), NULL, NULL },
	{ "progress", 0, WORKS, PARSED, 0, option_value_progress,
	    "auto, always or never" },
	{ "quiet", 'q', ALL, FLAG, F(quiet), NULL, NULL },
	{ "verbose", 'v', ALL, FLAG, F(verbose), NULL, NULL },
	{ "help", 'h', ALL, FLAG, F(help), NULL, NULL },
};

#define RULES (sizeof(rules) / sizeof(rules[0]))
#define LONG_BASE 256	/* long options are numbered above all letters */

/* getopt's two descriptions of the options that one command takes. */
static void
describe(struct option longs[RULES + 1], char letters[2 * RULES + 2],
    enum command command)
{
	size_t n = 0;
	char *p = letters;

	*p++ = ':';	/* a missing argument is told from an unknown option */
	for (size_t i = 0; i < RULES; i++) {
		const struct option_rule *r = &rules[i];

		if ((r->commands & command) == 0)
			continue;
		longs[n++] = (struct option){ r->name,
		    r->kind == FLAG ? no_argument : required_argument, NULL,
		    LONG_BASE + (int)i };
		if (r->letter == 0)
			continue;
		*p++ = r->letter;
		if (r->kind != FLAG)
			*p++ = ':';
	}
	longs[n] = (struct option){ 0 };
	*p = '\0';
}

static const struct option_rule *
rule_of(int c)
{
	for (size_t i = 0; i < RULES; i++)
		if (c == LONG_BASE + (int)i ||
		    (c != 0 && c == rules[i].letter))
			return &rules[i];
	return NULL;
}

/*
 * The option that getopt has just read, as the user wrote it, without an
 * argument: that could be a secret in the wrong place.
 */
static const char *
written(char buf[64], char **argv, const char *arg)
{
	const char *s = argv[optind - 1];
	size_t len;

	if (arg != NULL && arg == s)
		s = argv[optind - 2];
	len = strcspn(s, "=");
	if (strncmp(s, "--", 2) != 0)
		len = len < 2 ? len : 2;
	if (len > 63)
		len = 63;
	memcpy(buf, s, len);
	buf[len] = '\0';
	return buf;
}

static int
refuse(int c, enum command command, char **argv)
{
	char buf[64];

	/* A letter may stand behind others: getopt alone knows which. */
	if (optopt > 0 && optopt < LONG_BASE)
		snprintf(buf, sizeof(buf), "-%c", optopt);
	else
		written(buf, argv, NULL);
	if (c == ':')
		return msg_usage("%s needs an argument", buf);
	if (optopt >= LONG_BASE)
		return msg_usage("%s takes no argument", buf);
	return help_unknown(command, buf);
}

static int
apply(struct options *o, int c, char **argv)
{
	const struct option_rule *r = rule_of(c);
	const char **text;
	char buf[64];

	/* An abbreviation may come to mean something else one day. */
	if (c >= LONG_BASE && strcmp(written(buf, argv, optarg) + 2,
	    r->name) != 0)
		return msg_usage("%s: write --%s in full", buf, r->name);
	switch (r->kind) {
	case FLAG:
		*(bool *)((char *)o + r->field) = true;
		return EXIT_DONE;
	case TEXT:
		text = (const char **)((char *)o + r->field);
		if (*text != NULL)
			return msg_usage("--%s was given twice", r->name);
		*text = optarg;
		return EXIT_DONE;
	default:
		if (r->parse(o, optarg))
			return EXIT_DONE;
		return msg_usage("--%s takes %s", r->name, r->takes);
	}
}

static int
operands(struct options *o, int argc, char **argv, int min, int max)
{
	int n = argc - optind;

	if (n > max)	/* not shown: it could be a passphrase */
		return msg_usage(max == 0 ? "%s takes no file" :
		    max == 1 ? "%s takes one file" : min == 2 ?
		    "%s takes two files" : "%s takes a command", argv[0]);
	if (n < min)
		return msg_usage(min == 1 ? "%s needs a file" :
		    "%s needs two files", argv[0]);
	if (n > 0)
		o->file = argv[optind];
	if (n > 1)
		o->backup = argv[optind + 1];
	return EXIT_DONE;
}

/* What follows from several options together, in whatever order they came. */
static void
settle(struct options *o)
{
	if (o->cost.passes == 0)
		o->cost.passes = o->level.passes;
	if (o->cost.memory == 0)
		o->cost.memory = o->level.memory;
	if (o->quiet && o->progress == PROGRESS_AUTO)
		o->progress = PROGRESS_NEVER;
	if (o->no_integrity) {
		o->layout.integrity = LAYOUT_NO_TAGS;
		o->layout.segment = 0;
	}
}

static int
secret_sources(const struct secret_source *s)
{
	if ((s->ask ? 1 : 0) + (s->file != NULL ? 1 : 0) +
	    (s->fd >= 0 ? 1 : 0) > 1)
		return msg_usage("the passphrase can come from one place only");
	return EXIT_DONE;
}

int
options_allow(const struct options *o, const struct kdf_cost *cost)
{
	if (kdf_allowed(cost, o->limit))
		return EXIT_DONE;
	return msg_usage("a key derivation of this cost needs "
	    "--kdf-max-memory %lluM",
	    (unsigned long long)(kdf_needs(cost) + 1023) / 1024);
}

static int
check(const struct options *o, enum command command)
{
	int code;

	if ((code = secret_sources(&o->secret)) != EXIT_DONE ||
	    (code = secret_sources(&o->new_secret)) != EXIT_DONE)
		return code;
	if (o->secret.fd >= 0 && o->secret.fd == o->new_secret.fd)
		return msg_usage("two passphrases cannot come from one file "
		    "descriptor");
	if ((command & MAKES) != 0 &&
	    (code = options_allow(o, &o->cost)) != EXIT_DONE)
		return code;
	if (o->no_integrity && o->segment_given)
		return msg_usage("without integrity there are no segments");
	if (o->quiet && o->verbose)
		return msg_usage("-q and -v contradict each other");
	return EXIT_DONE;
}

static int
parse(struct options *o, enum command command, int argc, char **argv)
{
	struct option longs[RULES + 1];
	char letters[2 * RULES + 2];
	int c, code;

	describe(longs, letters, command);
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		code = c == '?' || c == ':' ? refuse(c, command, argv) :
		    apply(o, c, argv);
		if (code != EXIT_DONE || o->help)
			return code;
	}
	return EXIT_DONE;
}

bool
options_parse(struct options *o, int *code, enum command command, int argc,
    char **argv, int min, int max)
{
	*o = (struct options){
		.secret.fd = -1,
		.new_secret.fd = -1,
		.level = command == CMD_KEY_CHANGE ?
		    (struct kdf_cost){ 0, 0 } : KDF_MODERATE,
		.limit = KDF_MEMORY_LIMIT,
		.slot = OPTIONS_NO_SLOT,
		.layout = LAYOUT_DEFAULT,
		.length = LAYOUT_UNKNOWN,
	};
	/* Options may stand behind the file, whatever the environment says. */
	unsetenv("POSIXLY_CORRECT");

	*code = parse(o, command, argc, argv);
	if (*code == EXIT_DONE && o->help) {
		*code = help_show(command);
		return false;
	}
	if (*code == EXIT_DONE)
		*code = operands(o, argc, argv, min, max);
	settle(o);
	if (*code == EXIT_DONE)
		*code = check(o, command);
	msg_level(o->quiet ? MSG_QUIET : o->verbose ? MSG_VERBOSE : MSG_NORMAL);
	return *code == EXIT_DONE;
}
