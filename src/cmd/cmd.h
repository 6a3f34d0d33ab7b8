/* SPDX-License-Identifier: ISC */
/*
 * The subcommands.  argv[0] is the subcommand's name; each returns an exit code
 * and has told of any failure.
 */
#ifndef CMD_H
#define CMD_H

int cmd_encrypt(int argc, char **argv);
int cmd_decrypt(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_key(int argc, char **argv);
int cmd_header(int argc, char **argv);
int cmd_keygen(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_help(int argc, char **argv);

#endif
