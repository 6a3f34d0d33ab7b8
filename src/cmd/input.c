/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "input.h"
#include "msg.h"
#include "options.h"
#include "path.h"
#include "permit.h"

#ifdef __APPLE__
#define MTIME st_mtimespec
#define CTIME st_ctimespec
#else
#define MTIME st_mtim
#define CTIME st_ctim
#endif

/* Open the input: a descriptor that path names is used itself. */
static int
open_input(struct input *in, const char *path, const struct io_wait *wait)
{
	int err;

	if (options_is_stdio(path)) {
		in->fd = STDIN_FILENO;
		return XC_OK;
	}
	err = io_open(&in->fd, path, O_RDONLY | O_NOCTTY | O_CLOEXEC, wait);
	in->opened = err == XC_OK;
	if (path_descriptor(path) < 0)
		in->path = path;
	return err;
}

int
input_missing(const struct options *o, const char *found)
{
	msg_error("no file given, and standard input is %s", found);
	/* In other programs -k means keep, and the file follows. */
	if (o->secret.key_file != NULL)
		msg_hint("-k names a key file; after it name the file itself, "
		    "or - for standard input");
	else
		msg_hint("name a file, or pipe data in; - reads standard input "
		    "in any case");
	return EXIT_USAGE;
}

int
input_open(struct input *in, const struct options *o, struct job_report *report)
{
	const char *path = o->operand[0];
	int err;
	int code;

	*in = (struct input){ .fd = -1,
	    .name = options_is_stdio(path) ? "standard input" : path };
	if (path == NULL && isatty(STDIN_FILENO))
		return input_missing(o, "a terminal");
	report->name = in->name;
	err = open_input(in, path, &report->wait);
	if (err == XC_OK && fstat(in->fd, &in->st) != 0)
		err = errno;
	if (err == XC_OK) {
		permit_without_list(&in->st, in->fd);
		err = io_input(&in->io, in->fd, &report->wait);
		report->terminal = isatty(in->fd) == 1;
	}
	if (err == XC_OK && S_ISDIR(in->st.st_mode))
		err = EISDIR;
	if (err == XC_OK)
		return EXIT_DONE;
	code = msg_fail(in->name, err);
	input_close(in);
	return code;
}

void
input_close(struct input *in)
{
	io_release(&in->io);
	if (in->opened)
		close(in->fd);
	in->opened = false;
	in->fd = -1;
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static int
compare_times(const struct input *in, bool names)
{
	const struct stat *then = &in->st;
	struct stat now;

	if (fstat(in->fd, &now) != 0)
		return errno;
	return now.st_size == then->st_size &&
	    same_time(&now.MTIME, &then->MTIME) &&
	    (!names || same_time(&now.CTIME, &then->CTIME)) ? XC_OK :
	    XC_E_CHANGED;
}

int
input_unchanged(const struct input *in)
{
	int err = XC_OK;

	/* The kernel's own files give other bytes each time. */
	if (S_ISREG(in->st.st_mode) && in->io.seekable)
		err = compare_times(in, false);
	/* One that is gone from its server has been read. */
	return err > 0 ? XC_OK : err;
}

int
input_untouched(const struct input *in)
{
	return compare_times(in, true);
}

const struct stat *
input_like(const struct input *in)
{
	return in->path != NULL && S_ISREG(in->st.st_mode) ? &in->st : NULL;
}
