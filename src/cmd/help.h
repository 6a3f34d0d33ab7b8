/* SPDX-License-Identifier: ISC */
/*
 * What "xtscrypt help" prints, each command's -h, and what a usage error shows
 * of them.  Each returns an exit code.
 */
#ifndef HELP_H
#define HELP_H

#include "command.h"

/* Print all commands; those with this first word; one, with its options. */
int help_all(void);
int help_group(const char *name);
int help_show(const struct command *command);

/* After an error in its operands: show the usage line. */
int help_usage(const struct command *command);

/* Report that there is no such command (sub may be NULL), and list them. */
int help_no_command(const char *name, const char *sub);

/* Report that the command has no such option, and where they are listed. */
int help_no_option(const struct command *command, const char *option);

/* After an error in the backend's name: show those that can be used. */
int help_backends(void);

#endif
