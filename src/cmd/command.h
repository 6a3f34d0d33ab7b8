/* SPDX-License-Identifier: ISC */
/*
 * The commands and their options, from command_table.h.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct options;

enum command_index {
#define COMMAND(id, ...) COMMAND_##id,
#define OPTION(...)
#include "command_table.h"
	COMMANDS
};

/* A bit for each command. */
enum command_bit {
#define COMMAND(id, ...) CMD_##id = 1 << COMMAND_##id,
#define OPTION(...)
#include "command_table.h"
	CMD_ALL = (1 << COMMANDS) - 1
};

enum {
	COMMAND_OPTIONS = 0
#define COMMAND(...)
#define OPTION(...) + 1
#include "command_table.h"
};

/* Each returns an exit code, and has reported any failure. */
#define COMMAND(id, name, function, ...) int function(const struct options *o);
#define OPTION(...)
#include "command_table.h"

struct command {
	enum command_bit bit;
	const char *name;		/* with the subcommand: "key add" */
	int (*function)(const struct options *o);
	bool engine;
	const char *operands;
	const char *help;
};

struct command_option {
	const char *name;
	char letter;			/* or 0 */
	const char *argument;
	enum { VALUE_NONE, VALUE_FILE, VALUE_WORDS, VALUE_OTHER } value;
	const char *takes;
	struct {
		size_t at;
		bool (*read)(struct options *o, const char *text);
	} where;
	unsigned commands;
	const char *help;
};

extern const struct command command_list[COMMANDS];
extern const struct command_option command_options[COMMAND_OPTIONS];

/*
 * Find the command of this name; sub is NULL unless the command has
 * subcommands.  NULL: there is none.
 */
const struct command *command_find(const char *name, const char *sub);

/* Does name have subcommands? */
bool command_is_group(const char *name);

/* Return c's subcommand if its first word is name, or NULL. */
const char *command_sub(const struct command *c, const char *name);

/* Run the command that argv[0] names.  Returns an exit code. */
int command_run(int argc, char **argv);

#endif
