/* SPDX-License-Identifier: ISC */
/*
 * What "xtscrypt help" prints, and each command's -h.
 */
#ifndef HELP_H
#define HELP_H

#include <stdbool.h>

#include "options.h"

/* Print a command's help (CMD_HELP: the general).  Returns an exit code. */
int help_show(enum command command);

/* The command that name stands for in "xtscrypt help NAME"; false: none. */
bool help_named(enum command *command, const char *name);

/* And the other way round; of the general help it is empty. */
const char *help_name(enum command command);

#endif
