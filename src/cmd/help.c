/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "help.h"
#include "msg.h"
#include "poly1305.h"
#include "show.h"
#include "xts.h"

#define COLUMNS 79
#define LEFT 30		/* column of the help of options */
#define LIST 256	/* bytes for a list of names */

static const char introduction[] =
"Encrypts files and disk images with AES-256-XTS.\n"
"\n";

static const char conclusion[] =
"  xtscrypt --version                    show the version (-V)\n"
"\n"
"Without FILE: standard input to standard output.  -h after a command shows\n"
"its options; xtscrypt(1) explains them.\n";

/*
 * Print one entry: what stands on the left, then its help from column indent
 * on, wrapped.
 */
static void
show_entry(const char *left, const char *help, int indent)
{
	int at = printf("%s", left);
	int word;

	if (at > indent - 1) {
		printf("\n");
		at = 0;
	}
	at += printf("%*s", indent - at, "");
	for (; *help != '\0'; help += strspn(help, " ")) {
		word = (int)strcspn(help, " ");
		if (at > indent && at + 1 + word > COLUMNS)
			at = printf("\n%*s", indent, "") - 1;
		at += printf("%s%.*s", at > indent ? " " : "", word, help);
		help += word;
	}
	printf("\n");
}

/* Print a command with its operands, as one line of a list. */
static void
show_command(const struct command *c)
{
	char left[64];

	snprintf(left, sizeof(left), "  xtscrypt %s %s", c->name, c->operands);
	show_entry(left, c->help, 40);
}

int
help_all(void)
{
	fputs(introduction, stdout);
	for (size_t i = 0; i < COMMANDS; i++)
		show_command(&command_list[i]);
	fputs(conclusion, stdout);
	return show_end();
}

int
help_group(const char *name)
{
	const struct command *last = NULL;

	for (size_t i = 0; i < COMMANDS; i++) {
		if (command_sub(&command_list[i], name) == NULL)
			continue;
		last = &command_list[i];
		show_command(last);
	}
	if (last != NULL)
		printf("\n-h after one of them, or \"xtscrypt help %s\", "
		    "shows its options.\n", last->name);
	return show_end();
}

static void
show_option(const struct command_option *r)
{
	char left[64];
	char letter[] = "-x";
	bool named = *r->name != '\0';

	letter[1] = r->letter;
	snprintf(left, sizeof(left), "  %s%s%s%s%s%s",
	    r->letter == 0 ? "  " : letter, !named ? "" :
	    r->letter == 0 ? "  " : ", ", named ? "--" : "", r->name,
	    *r->argument == '\0' ? "" : " ", r->argument);
	show_entry(left, r->help, LEFT);
}

/* Format the usage line, without "usage: ". */
static void
usage(char line[128], const struct command *c)
{
	snprintf(line, 128, "xtscrypt %s [options]%s%s", c->name,
	    *c->operands == '\0' ? "" : " ", c->operands);
}

int
help_show(const struct command *command)
{
	char line[128];

	usage(line, command);
	printf("%s\n\n%s\n\n", line, command->help);
	for (size_t i = 0; i < COMMAND_OPTIONS; i++) {
		const struct command_option *r = &command_options[i];

		if ((r->commands & command->bit) != 0 && *r->help != '\0')
			show_option(r);
	}
	return show_end();
}

int
help_usage(const struct command *command)
{
	char line[128];

	usage(line, command);
	msg_answer("usage: %s", line);
	return EXIT_USAGE;
}

/* Add a name to a list: "a, b, c". */
static void
add_name(char list[LIST], const char *name, size_t len)
{
	size_t used = strlen(list);

	snprintf(list + used, LIST - used, "%s%.*s", used == 0 ? "" : ", ",
	    (int)len, name);
}

/* List the subcommands of name, or if that is NULL the commands. */
static void
list_names(char list[LIST], const char *name)
{
	const char *its, *last = "";
	size_t len;

	for (size_t i = 0; i < COMMANDS; i++) {
		its = name == NULL ? command_list[i].name :
		    command_sub(&command_list[i], name);
		if (its == NULL)
			continue;
		/* Subcommands are adjacent: count their first word once. */
		len = strcspn(its, " ");
		if (strncmp(last, its, len) != 0 || last[len] != ' ')
			add_name(list, its, len);
		last = its;
	}
}

int
help_no_command(const char *name, const char *sub)
{
	char list[LIST] = "";
	bool group = command_is_group(name);

	list_names(list, group ? name : NULL);
	if (group && sub == NULL)
		msg_error("%s needs a subcommand", name);
	else if (*name == '-')
		msg_error("the command comes first, before %s", name);
	else
		msg_error("unknown command \"%s%s%s\"", name,
		    sub == NULL ? "" : " ", sub == NULL ? "" : sub);
	msg_hint("the %s are: %s", group ? "subcommands" : "commands", list);
	return EXIT_USAGE;
}

int
help_no_option(const struct command *command, const char *option)
{
	return msg_usage("unknown option %s; \"xtscrypt help %s\" lists them",
	    option, command->name);
}

int
help_backends(void)
{
	char xts[LIST] = "", tags[LIST] = "";

	for (size_t i = 0; xts_backends[i] != NULL; i++)
		if (xts_backends[i]->usable())
			add_name(xts, xts_backends[i]->name,
			    strlen(xts_backends[i]->name));
	for (size_t i = 0; poly1305_backends[i] != NULL; i++)
		if (poly1305_backends[i]->usable())
			add_name(tags, poly1305_backends[i]->name,
			    strlen(poly1305_backends[i]->name));
	msg_hint("this machine can use, for AES-XTS: %s; for tags: %s", xts,
	    tags);
	return EXIT_SYSTEM;
}
