/* SPDX-License-Identifier: ISC */
/*
 * The files of a command: which is read, which is written, and under what name.
 * Results other than 0 are exit codes, and have been told on standard error.
 */
#ifndef FILES_H
#define FILES_H

#include <sys/stat.h>

#include <stdbool.h>

#include "io.h"
#include "options.h"
#include "output.h"
#include "job_report.h"

/* What FILE.xts is named after. */
#define FILES_SUFFIX ".xts"

/* The file that a command reads. */
struct input {
	const char *name;	/* for messages */
	const char *path;	/* NULL: standard input or a descriptor */
	int fd;
	bool opened;		/* fd is ours to close */
	struct stat st;
	struct io io;
};

/* Whether path means standard input or output: NULL and "-". */
bool files_is_stdio(const char *path);

/*
 * Open path.  NULL and "-" are standard input, which must not be a terminal
 * with NULL.
 */
int files_input(struct input *in, const char *path, struct job_report *report);
void files_input_close(struct input *in);

/* The file whose permissions and times the output takes over, or NULL. */
const struct stat *files_like(const struct input *in);

/*
 * The name of the output: -o, or the input's with the suffix put on (encrypt)
 * or taken off.  *name is NULL for standard output, else to be freed.
 */
int files_output_name(char **name, const struct options *o, bool encrypt);

/*
 * Whether the output (NULL: standard output) may be written, as far as can be
 * seen before any work is done.
 */
int files_output_check(const struct options *o, const char *name);

/*
 * The file in hand, what is written (the path output, or where that is NULL the
 * descriptor out; -1: none), the header and every secret's source must differ;
 * and none be the side file of headed (or NULL) or of the header.
 */
int files_distinct(const struct options *o, int in, const char *output,
    int out, const char *headed);

/* Say that an output could not be opened or put in place. */
int files_output_fail(const char *name, int err);

/* The flags for output_open that the options ask for. */
unsigned files_flags(const struct options *o);

/* Whether an output is a terminal that must not get just anything. */
bool files_guards_terminal(const struct options *o, int out);

/* Whether an output, open as name, takes need bytes. */
int files_room(const struct options *o, const struct output *out,
    const char *name, uint64_t need);

/* What messages call an output. */
const char *files_name(const char *output);

#endif
