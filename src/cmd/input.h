/* SPDX-License-Identifier: ISC */
/*
 * The file that a command reads, or standard input.
 * Results other than 0 are exit codes, and have been told on standard error.
 */
#ifndef INPUT_H
#define INPUT_H

#include <sys/stat.h>

#include <stdbool.h>

#include "io.h"
#include "job_report.h"

struct input {
	const char *name;	/* for messages */
	const char *path;	/* NULL: standard input or a descriptor */
	int fd;
	bool opened;		/* fd is ours to close */
	struct stat st;
	struct io io;
};

/*
 * Open path.  NULL and "-" are standard input, which must not be a terminal
 * with NULL.
 */
int input_open(struct input *in, const char *path, struct job_report *report);
void input_close(struct input *in);

/* The file whose permissions and times the output takes over, or NULL. */
const struct stat *input_like(const struct input *in);

#endif
