/* SPDX-License-Identifier: ISC */
/*
 * Reads a command line by command_table.h, which has every option there is;
 * option_value.c reads the arguments.  Only defaults are written here, and
 * checks of what several options say together.
 */
#include <sys/stat.h>

#include <errno.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "handout.h"
#include "help.h"
#include "in_parts.h"
#include "msg.h"
#include "options.h"

#define LONG_BASE 256	/* long options are numbered above all letters */

/* Set getopt's two descriptions of the options that one command has. */
static void
describe(struct option longs[COMMAND_OPTIONS + 1],
    char letters[2 * COMMAND_OPTIONS + 2], const struct command *command)
{
	size_t n = 0;
	char *p = letters;

	*p++ = ':';	/* getopt then reports a missing argument as ':' */
	for (size_t i = 0; i < COMMAND_OPTIONS; i++) {
		const struct command_option *r = &command_options[i];
		bool flag = r->value == VALUE_NONE;

		if ((r->commands & command->bit) == 0)
			continue;
		if (*r->name != '\0')
			longs[n++] = (struct option){ r->name, flag ?
			    no_argument : required_argument, NULL,
			    LONG_BASE + (int)i };
		if (r->letter == 0)
			continue;
		*p++ = r->letter;
		if (!flag)
			*p++ = ':';
	}
	longs[n] = (struct option){ 0 };
	*p = '\0';
}

/* Find the option of this command that getopt means by c. */
static const struct command_option *
option_of(int c, const struct command *command)
{
	for (size_t i = 0; i < COMMAND_OPTIONS; i++) {
		const struct command_option *r = &command_options[i];

		if ((r->commands & command->bit) != 0 &&
		    (c == LONG_BASE + (int)i || (c != 0 && c == r->letter)))
			return r;
	}
	return NULL;
}

/*
 * Return the long option that getopt has just read, as the user wrote it,
 * without an argument: that could be a secret in the wrong place.
 */
static const char *
written(char buf[64], char **argv, const char *arg)
{
	const char *s = argv[optind - 1];
	size_t len;

	if (arg != NULL && arg == s)
		s = argv[optind - 2];
	len = strcspn(s, "=");
	if (len > 63)
		len = 63;
	memcpy(buf, s, len);
	buf[len] = '\0';
	return buf;
}

static int
refuse(int c, const struct command *command, char **argv)
{
	char buf[64];

	/* A letter may follow others: only getopt knows which it is. */
	if (optopt > 0 && optopt < LONG_BASE)
		snprintf(buf, sizeof(buf), "-%c", optopt);
	else
		written(buf, argv, NULL);
	if (c == ':')
		return msg_usage("%s needs an argument", buf);
	if (optopt >= LONG_BASE)
		return msg_usage("%s takes no argument", buf);
	return help_no_option(command, buf);
}

static int
apply(struct options *o, int c, const struct command *command, char **argv)
{
	const struct command_option *r = option_of(c, command);
	void *at = (char *)o + r->where.at;
	const char **text;
	char buf[64];

	/* An abbreviation could get another meaning in a later version. */
	if (c >= LONG_BASE && strcmp(written(buf, argv, optarg) + 2,
	    r->name) != 0)
		return msg_usage("%s: write --%s in full", buf, r->name);
	o->given[r - command_options] = true;
	switch (r->value) {
	case VALUE_NONE:
		*(bool *)at = true;
		return EXIT_DONE;
	case VALUE_FILE:
		text = at;
		if (*text != NULL)
			return msg_usage("--%s was given twice", r->name);
		*text = optarg;
		return EXIT_DONE;
	default:
		if (r->where.read(o, optarg))
			return EXIT_DONE;
		return msg_usage("--%s takes %s", r->name, r->takes);
	}
}

/* Count the operands that the command takes, from its list of them. */
static void
count_operands(const struct command *command, int *min, int *max)
{
	const char *s = command->operands;

	*min = *max = 0;
	while (*s != '\0') {
		if (strncmp(s, "...", 3) == 0) {
			*max = INT_MAX;
			break;
		}
		++*max;
		if (*s != '[')
			++*min;
		s += strcspn(s, " ");
		s += strspn(s, " ");
	}
}

static int
operands(struct options *o, const struct command *command, int argc,
    char **argv)
{
	int min, max, n = argc - optind;

	count_operands(command, &min, &max);
	if (n < min)
		msg_error("%s needs %s", command->name, command->operands);
	else if (n > max)	/* not shown: it could be a passphrase */
		msg_error("%s takes %s", command->name, max == 0 ?
		    "no operand" : max == 1 ? "one operand" : "two operands");
	if (n < min || n > max)
		return help_usage(command);
	o->operand = argv + optind;
	o->operands = (unsigned)n;
	return EXIT_DONE;
}

/* Set what several options together determine, in whatever order they came. */
static void
fill_defaults(struct options *o)
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

bool
options_given(const struct options *o, const char *name)
{
	for (size_t i = 0; i < COMMAND_OPTIONS; i++)
		if (o->given[i] && strcmp(command_options[i].name, name) == 0)
			return true;
	return false;
}

bool
options_is_stdio(const char *path)
{
	return path == NULL || strcmp(path, "-") == 0;
}

bool
options_in_part(const struct options *o)
{
	return o->offset != LAYOUT_UNKNOWN || o->length != LAYOUT_UNKNOWN;
}

struct kdf_cost
options_cost(const struct options *o, struct kdf_cost usual)
{
	return (struct kdf_cost){
		o->cost.passes == 0 ? usual.passes : o->cost.passes,
		o->cost.memory == 0 ? usual.memory : o->cost.memory
	};
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

/* Check, before a secret is asked for, the least that its slot will cost. */
static int
check_cost(const struct options *o, const struct command *command)
{
	const struct secret_source *s = command->bit == CMD_ENCRYPT ?
	    &o->secret : &o->new_secret;
	struct kdf_cost cost;

	if (command->bit == CMD_KEY_CHANGE || s->key_file != NULL)
		cost = options_cost(o, KDF_MINIMAL);
	else
		cost = options_cost(o, KDF_MODERATE);
	return options_allow(o, &cost);
}

static int
check_recovery(const struct options *o, const struct command *command)
{
	const struct secret_source *new = &o->new_secret;

	if (!o->recovery && o->recovery_file == NULL)
		return EXIT_DONE;
	if (o->recovery && o->recovery_file != NULL)
		return msg_usage("--recovery and --recovery-file contradict "
		    "each other");
	if (command->bit == CMD_KEY_ADD && (new->key_file != NULL ||
	    new->ask || new->file != NULL || new->fd >= 0))
		return msg_usage("a recovery code is a new secret: no other "
		    "can be given");
	if (o->name != NULL && (command->bit == CMD_KEY_ADD ||
	    strcmp(o->name, HANDOUT_SLOT) == 0))
		return msg_usage("the slot of a recovery code is called "
		    HANDOUT_SLOT);
	return EXIT_DONE;
}

/* Refuse, with several FILEs, what is for only one. */
static int
check_several(const struct options *o, const struct command *command)
{
	const unsigned copies = CMD_ENCRYPT | CMD_DECRYPT;
	struct stat st;

	if (o->operands < 2 || strstr(command->operands, "...") == NULL)
		return EXIT_DONE;
	if (o->output != NULL || o->to_stdout)
		return msg_usage("-o and -c are for one FILE");
	if (o->header != NULL)
		return msg_usage("-H is for one FILE");
	if (o->recovery_file != NULL || (command->bit == CMD_ENCRYPT &&
	    o->length != LAYOUT_UNKNOWN))
		return msg_usage("--recovery-file and --length are for one "
		    "FILE");
	for (unsigned i = 0; i < o->operands; i++) {
		if ((command->bit & copies) != 0 &&
		    options_is_stdio(o->operand[i]))
			return msg_usage("standard input is for one FILE");
		/* In other programs a passphrase follows -p: do not show it. */
		if (o->secret.ask && stat(o->operand[i], &st) != 0 &&
		    errno == ENOENT)
			return msg_usage("with -p, which takes no passphrase, "
			    "one of several FILEs does not exist");
	}
	return EXIT_DONE;
}

/* Refuse what would pass for the original, or lose it. */
static int
check_part(const struct options *o, const struct command *command)
{
	bool in_part = options_in_part(o);
	bool named = o->output != NULL || o->to_stdout ||
	    options_is_stdio(o->operand[0]);

	if (command->bit != CMD_DECRYPT || o->in_place)
		return EXIT_DONE;
	if (in_part && o->rm)
		return msg_usage("with --offset and --length, --rm would "
		    "remove what is not decrypted");
	if ((in_part || o->keep_going) && !named)
		return msg_usage("%s -o FILE or -c", in_part ?
		    "--offset and --length need" : "--keep-going needs");
	return EXIT_DONE;
}

static int
check_combination(const struct options *o, const struct command *command)
{
	const unsigned makes_slot = CMD_ENCRYPT | CMD_KEY_ADD | CMD_KEY_CHANGE;
	int code;

	if ((code = secret_sources(&o->secret)) != EXIT_DONE ||
	    (code = secret_sources(&o->new_secret)) != EXIT_DONE)
		return code;
	if (o->secret.fd >= 0 && o->secret.fd == o->new_secret.fd)
		return msg_usage("two passphrases cannot come from one file "
		    "descriptor");
	if ((command->bit & makes_slot) != 0 &&
	    (code = check_cost(o, command)) != EXIT_DONE)
		return code;
	if ((code = check_recovery(o, command)) != EXIT_DONE ||
	    (code = check_several(o, command)) != EXIT_DONE ||
	    (code = check_part(o, command)) != EXIT_DONE ||
	    (code = in_parts_check(o, command)) != EXIT_DONE)
		return code;
	if (o->trust_sectors && !o->in_place)
		return msg_usage("--trust-sectors is for --in-place");
	if (o->no_integrity && options_given(o, "segment-size"))
		return msg_usage("without integrity there are no segments");
	if (o->quiet && o->verbose)
		return msg_usage("-q and -v contradict each other");
	return EXIT_DONE;
}

static int
parse(struct options *o, const struct command *command, int argc, char **argv)
{
	struct option longs[COMMAND_OPTIONS + 1];
	char letters[2 * COMMAND_OPTIONS + 2];
	int c, code;

	describe(longs, letters, command);
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		code = c == '?' || c == ':' ? refuse(c, command, argv) :
		    apply(o, c, command, argv);
		if (code != EXIT_DONE || o->help)
			return code;
	}
	return EXIT_DONE;
}

bool
options_parse(struct options *o, int *code, const struct command *command,
    int argc, char **argv)
{
	*o = (struct options){
		.secret.fd = -1,
		.new_secret.fd = -1,
		.limit = KDF_MEMORY_LIMIT,
		.slot = OPTIONS_NO_SLOT,
		.layout = LAYOUT_DEFAULT,
		.offset = LAYOUT_UNKNOWN,
		.length = LAYOUT_UNKNOWN,
		.span_index = OPTIONS_NO_SPAN,
	};
	/* Allow options after the file, whatever the environment says. */
	unsetenv("POSIXLY_CORRECT");

	*code = parse(o, command, argc, argv);
	if (*code == EXIT_DONE && o->help) {
		*code = help_show(command);
		return false;
	}
	if (*code == EXIT_DONE)
		*code = operands(o, command, argc, argv);
	fill_defaults(o);
	if (*code == EXIT_DONE)
		*code = check_combination(o, command);
	msg_level(o->quiet ? MSG_QUIET : o->verbose ? MSG_VERBOSE : MSG_NORMAL);
	return *code == EXIT_DONE;
}
