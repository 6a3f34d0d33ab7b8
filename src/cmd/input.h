/* SPDX-License-Identifier: ISC */
/*
 * The file that a command reads, or standard input.
 * Results other than 0 are exit codes; the failure was reported.
 */
#ifndef INPUT_H
#define INPUT_H

#include <sys/stat.h>

#include <stdbool.h>

#include "io.h"
#include "job_report.h"
#include "options.h"

struct input {
	const char *name;	/* for messages */
	const char *path;	/* NULL: standard input or a descriptor */
	int fd;
	bool opened;		/* fd is ours to close */
	struct stat st;
	struct io io;
};

/*
 * Open the first operand.  NULL and "-" are standard input, which for NULL must
 * not be a terminal.
 */
int input_open(struct input *in, const struct options *o,
    struct job_report *report);
void input_close(struct input *in);

/*
 * Report that no file was named, and what standard input is.  Returns
 * EXIT_USAGE.
 */
int input_missing(const struct options *o, const char *found);

/*
 * Check that nobody has written to it since it was opened, as far as the time
 * and the size of a regular file show that.  Errors: XC_E_CHANGED.
 */
int input_unchanged(const struct input *in);

/*
 * Likewise, nor changed its names or its permissions.  Errors: an errno;
 * XC_E_CHANGED.
 */
int input_untouched(const struct input *in);

/* Return the file whose permissions and times the output gets, or NULL. */
const struct stat *input_like(const struct input *in);

#endif
