/* SPDX-License-Identifier: ISC */
/*
 * The parsed command line of a command.  An option has its entry in
 * command_table.h, which names the member that it sets.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "kdf.h"
#include "layout.h"
#include "progress.h"
#include "secret.h"

struct options {
	char *const *operand;		/* all of them, then NULL; NULL or */
					/* "-" is standard input */
	unsigned operands;
	bool given[COMMAND_OPTIONS];	/* by their places in the table */

	/* files */
	const char *output;
	const char *header;
	bool to_stdout;
	bool rm;			/* the source */
	bool force;
	bool in_place;			/* the file is converted itself, */
	bool trust_sectors;		/* with witnesses */
	bool undo;			/* or is left as it was */
	uint32_t parts;			/* that it is to be written in, or 0 */
	uint32_t part, of;		/* one of them, or 0 */
	bool parts_done;		/* are all of them there? */
	bool no_lock;			/* change a header without a lock */

	/* secrets */
	struct secret_source secret;
	struct secret_source new_secret;
	struct kdf_cost level;		/* --kdf's */
	struct kdf_cost cost;		/* the same, if given by numbers; */
					/* 0: secret_cost's */
	uint64_t limit;			/* KiB that a derivation may use */
	const char *name;		/* of a slot */
	bool recovery;			/* a code is shown, */
	const char *recovery_file;	/* or written here */
	unsigned slot;			/* or OPTIONS_NO_SLOT */

	/* the payload */
	struct layout layout;
	bool no_integrity;
	uint64_t offset;		/* of a part, or LAYOUT_UNKNOWN */
	uint64_t length;		/* announced, or of a part; the same */
	bool keep_going;
	bool no_holes;			/* read and write zeros, too */
	bool dm_table;			/* for dmsetup, */
	bool hex;			/* with its keys */
	uint64_t span_index;		/* or OPTIONS_NO_SPAN */
	unsigned threads;		/* 0: by the number of CPUs */

	/* what is shown */
	bool json;
	bool quiet;
	bool verbose;
	bool help;
	bool redundant;			/* -d or -e: no effect */
	enum progress_when progress;
};

#define OPTIONS_NO_SLOT UINT_MAX
#define OPTIONS_NO_SPAN UINT64_MAX

/*
 * Parse the arguments of a command; argv[0] is its last word.  Returns false if
 * there is nothing more to do, with the exit code in *code: help was shown, or
 * an error was reported.
 */
bool options_parse(struct options *o, int *code, const struct command *command,
    int argc, char **argv);

/* Was the option of this long name given, even with its default? */
bool options_given(const struct options *o, const char *name);

/* Does path mean standard input or output, as NULL and "-" do? */
bool options_is_stdio(const char *path);

/* Do the options of a command that reads ask for a part of the plaintext? */
bool options_in_part(const struct options *o);

/* Return the cost that the options set, usual by default. */
struct kdf_cost options_cost(const struct options *o, struct kdf_cost usual);

/*
 * Check that a slot of this cost may be created, under --kdf-max-memory.
 * Returns an exit code, and has reported a cost above the limit.
 */
int options_allow(const struct options *o, const struct kdf_cost *cost);

#endif
