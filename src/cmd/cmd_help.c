/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "command.h"
#include "help.h"
#include "options.h"

int
cmd_help(const struct options *o)
{
	const struct command *c;

	if (o->file == NULL || (o->backup == NULL &&
	    command_find(o->file, NULL) == &command_list[COMMAND_HELP]))
		return help_all();
	if (o->backup == NULL && command_is_group(o->file))
		return help_group(o->file);
	c = command_find(o->file, o->backup);
	return c == NULL ? help_no_command(o->file, o->backup) : help_show(c);
}
