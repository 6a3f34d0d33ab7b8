/* SPDX-License-Identifier: ISC */
/*
 * Not compiled: the preprocessor makes of each entry of the table a line of
 * text, with "@" between its fields.
 */
#define COMMAND(id, name, function, engine, operands, help) \
	command @ CMD_##id @ name @ operands @ help
#define SUFFIX(text, commands) \
	suffix @ text @ commands
#define OPTION(name, letter, argument, value, takes, where, commands, help) \
	option @ name @ letter @ argument @ value @ takes @ commands @ help
#include "command_table.h"
