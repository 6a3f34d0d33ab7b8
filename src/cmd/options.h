/* SPDX-License-Identifier: ISC */
/*
 * What the subcommands share on the command line: one table of options.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "kdf.h"
#include "layout.h"
#include "progress.h"
#include "secret.h"

/* A bit for each subcommand: the table says which options it takes. */
enum command {
	CMD_ENCRYPT = 1 << 0,
	CMD_DECRYPT = 1 << 1,
	CMD_VERIFY = 1 << 2,
	CMD_INFO = 1 << 3,
	CMD_KEY_LIST = 1 << 4,
	CMD_KEY_ADD = 1 << 5,
	CMD_KEY_REMOVE = 1 << 6,
	CMD_KEY_CHANGE = 1 << 7,
	CMD_HEADER_SAVE = 1 << 8,
	CMD_HEADER_RESTORE = 1 << 9,
	CMD_KEYGEN = 1 << 10,
	CMD_BENCH = 1 << 11,
	CMD_HELP = 1 << 12,

	/* the subcommands of key, and of header */
	CMD_KEY_CHANGES = CMD_KEY_ADD | CMD_KEY_REMOVE | CMD_KEY_CHANGE,
	CMD_KEYS = CMD_KEY_LIST | CMD_KEY_CHANGES,
	CMD_HEADERS = CMD_HEADER_SAVE | CMD_HEADER_RESTORE
};

struct options {
	/* operands */
	const char *file;		/* NULL or "-": standard input */
	const char *backup;		/* the second, of header and help */

	/* files */
	const char *output;
	const char *header;
	bool to_stdout;
	bool force;

	/* secrets */
	struct secret_source secret;
	struct secret_source new_secret;
	struct kdf_cost level;		/* --kdf's */
	struct kdf_cost cost;		/* the same, but where it was given; */
					/* 0: what the changed slot has */
	uint64_t limit;			/* KiB that a derivation may take */
	const char *name;		/* of a slot */
	unsigned slot;			/* or OPTIONS_NO_SLOT */

	/* the payload */
	struct layout layout;
	bool no_integrity;
	bool segment_given;
	uint64_t length;		/* announced, or LAYOUT_UNKNOWN */
	bool keep_going;
	bool no_holes;			/* zeros are written too */
	unsigned threads;		/* 0: as the CPUs are */

	/* what is shown */
	bool json;
	bool quiet;
	bool verbose;
	bool help;
	enum progress_when progress;
};

#define OPTIONS_NO_SLOT UINT_MAX

/*
 * Parse the arguments of a subcommand (argv[0] is its name), which takes at
 * least min and at most max operands.  Returns false when there is nothing more
 * to do, with the exit code in *code: help was asked for and shown, or an error
 * was told.
 */
bool options_parse(struct options *o, int *code, enum command command,
    int argc, char **argv, int min, int max);

/*
 * Whether a slot of this cost may be made: --kdf-max-memory.  Returns an exit
 * code, and has told of a cost above the limit.
 */
int options_allow(const struct options *o, const struct kdf_cost *cost);

#endif
