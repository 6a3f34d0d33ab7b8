/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "cmd.h"
#include "help.h"
#include "msg.h"

int
cmd_help(int argc, char **argv)
{
	enum command command = CMD_HELP;
	struct options o;
	int code;

	if (!options_parse(&o, &code, CMD_HELP, argc, argv, 0, 2))
		return code;
	if (o.file != NULL && !help_named(&command, o.file, o.backup))
		return msg_usage("no such command as \"%s%s%s\"", o.file,
		    o.backup == NULL ? "" : " ",
		    o.backup == NULL ? "" : o.backup);
	return help_show(command);
}
