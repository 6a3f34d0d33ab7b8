/* SPDX-License-Identifier: ISC */
/*
 * Help of "xtscrypt help" and of each command's -h, and its parts that usage
 * errors show.  Each function returns an exit code.
 */
#ifndef HELP_H
#define HELP_H

#include "command.h"

/* Print all commands; those with this first word; one, with its options. */
int help_all(void);
int help_group(const char *name);
int help_show(const struct command *command);

/* Show the usage line, after an error in the operands. */
int help_usage(const struct command *command);

/* Report that there is no such command (sub may be NULL), and list all. */
int help_no_command(const char *name, const char *sub);

/* Report that the command has no such option, and what lists those it has. */
int help_no_option(const struct command *command, const char *option);

/* Show the backends that can be used, after an error in the name of one. */
int help_backends(void);

#endif
