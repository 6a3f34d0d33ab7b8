/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "command.h"
#include "help.h"
#include "options.h"

int
cmd_help(const struct options *o)
{
	const char *name = o->operand[0];
	const char *sub = name == NULL ? NULL : o->operand[1];
	const struct command *c;

	if (name == NULL)
		return help_all();
	if (sub == NULL && command_is_group(name))
		return help_group(name);
	c = command_find(name, sub);
	if (c == NULL)
		return help_no_command(name, sub);
	return c->bit == CMD_HELP ? help_all() : help_show(c);
}
