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

/*
 * The command that "xtscrypt help NAME SUB" means; sub may be NULL.  false:
 * there is none.
 */
bool help_named(enum command *command, const char *name, const char *sub);

/* Say that a command has no such option, and where they are listed. */
int help_unknown(enum command command, const char *option);

#endif
