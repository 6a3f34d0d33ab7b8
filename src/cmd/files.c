/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "msg.h"
#include "path.h"
#include "place.h"
#include "side.h"

bool
files_is_stdio(const char *path)
{
	return path == NULL || strcmp(path, "-") == 0;
}

/* Standard input, or any other descriptor that path names, is used as it is. */
static int
open_input(struct input *in, const char *path, const struct io_wait *wait)
{
	int err;

	if (files_is_stdio(path)) {
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
files_input(struct input *in, const char *path, struct job_report *report)
{
	int err;
	int code;

	*in = (struct input){ .fd = -1,
	    .name = files_is_stdio(path) ? "standard input" : path };
	if (path == NULL && isatty(STDIN_FILENO)) {
		msg_error("no file given, and standard input is a terminal");
		msg_hint("name a file, or pipe data in; \"xtscrypt help\" "
		    "shows how");
		return EXIT_USAGE;
	}
	report->name = in->name;
	err = open_input(in, path, &report->wait);
	if (err == XC_OK && fstat(in->fd, &in->st) != 0)
		err = errno;
	if (err == XC_OK) {
		output_own_group(&in->st, in->fd);
		err = io_input(&in->io, in->fd, &report->wait);
	}
	if (err == XC_OK && S_ISDIR(in->st.st_mode))
		err = EISDIR;
	if (err == XC_OK)
		return EXIT_DONE;
	code = msg_fail(in->name, err);
	files_input_close(in);
	return code;
}

void
files_input_close(struct input *in)
{
	io_release(&in->io);
	if (in->opened)
		close(in->fd);
	in->opened = false;
	in->fd = -1;
}

const struct stat *
files_like(const struct input *in)
{
	return in->path != NULL && S_ISREG(in->st.st_mode) ? &in->st : NULL;
}

static bool
has_suffix(const char *path)
{
	const char *base = strrchr(path, '/');
	size_t len;

	base = base == NULL ? path : base + 1;
	len = strlen(base);
	return len > strlen(FILES_SUFFIX) &&
	    strcmp(base + len - strlen(FILES_SUFFIX), FILES_SUFFIX) == 0;
}

/* A pipe has no place for a file beside it; beside a device is memory. */
static bool
lends_name(const char *path)
{
	struct stat st;

	return path_descriptor(path) < 0 && (stat(path, &st) != 0 ||
	    S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* The input's name with the suffix put on, or taken off. */
static int
derive_name(char **name, const struct options *o, bool encrypt)
{
	size_t len = strlen(o->operand[0]);

	if (!lends_name(o->operand[0])) {
		msg_error("%s: is not a regular file, after which the output "
		    "could be named", o->operand[0]);
		msg_hint("name the output with -o FILE, or write to standard "
		    "output with -c");
		return EXIT_USAGE;
	}
	if (encrypt && has_suffix(o->operand[0]) && !o->force) {
		msg_error("%s: has a name that ends in %s already",
		    o->operand[0], FILES_SUFFIX);
		msg_hint("encrypt it once more with -f, or name the output "
		    "with -o");
		return EXIT_USAGE;
	}
	if (!encrypt && !has_suffix(o->operand[0])) {
		msg_error("%s: has a name that does not end in %s",
		    o->operand[0], FILES_SUFFIX);
		msg_hint("name the output with -o FILE");
		return EXIT_USAGE;
	}
	*name = malloc(len + sizeof(FILES_SUFFIX));
	if (*name == NULL)
		return msg_fail(o->operand[0], ENOMEM);
	memcpy(*name, o->operand[0], len + 1);
	if (encrypt)
		memcpy(*name + len, FILES_SUFFIX, sizeof(FILES_SUFFIX));
	else
		(*name)[len - strlen(FILES_SUFFIX)] = '\0';
	return EXIT_DONE;
}

int
files_output_fail(const char *name, int err)
{
	if (err == EEXIST) {
		msg_error("%s: exists already", name);
		msg_hint("-f overwrites it");
		return EXIT_SYSTEM;
	}
	if (err == EBUSY) {
		msg_error("%s: is mounted or otherwise in use", name);
		return EXIT_SYSTEM;
	}
	return msg_fail(name, err);
}

int
files_output_name(char **name, const struct options *o, bool encrypt)
{
	int code = EXIT_DONE;

	*name = NULL;
	if (o->to_stdout && o->output != NULL)
		return msg_usage("-c and -o contradict each other");
	if (o->output != NULL && *o->output == '\0')
		return msg_usage("the name of the output is empty");
	if (o->output != NULL && !files_is_stdio(o->output)) {
		if ((*name = strdup(o->output)) == NULL)
			return msg_fail(o->output, ENOMEM);
	} else if (o->output == NULL && !o->to_stdout &&
	    !files_is_stdio(o->operand[0])) {
		code = derive_name(name, o, encrypt);
	}
	return code;
}

int
files_output_check(const struct options *o, const char *name)
{
	int err;

	if (name == NULL)
		return EXIT_DONE;
	if ((err = output_check(name, files_flags(o))) != XC_OK)
		return files_output_fail(name, err);
	if ((err = output_check_folder(name)) == XC_OK)
		return EXIT_DONE;
	/* These are the folder's, and read as if the input were meant. */
	if (err == ENOENT || err == EACCES || err == EROFS)
		return msg_refuse("%s: cannot be made in its folder: %s", name,
		    err_text(err));
	return msg_fail(name, err);
}

unsigned
files_flags(const struct options *o)
{
	return o->force ? OUTPUT_REPLACE : 0;
}

bool
files_guards_terminal(const struct options *o, int out)
{
	return !o->force && isatty(out) == 1 &&
	    (o->output == NULL || strcmp(o->output, "-") != 0);
}

int
files_room(const struct options *o, const struct output *out, const char *name,
    uint64_t need)
{
	/* output_check has seen a path to a device, but no descriptor. */
	if (out->io.device && !o->force) {
		msg_error("%s: is a block device", files_name(name));
		msg_hint("-f overwrites it");
		return EXIT_SYSTEM;
	}
	if (out->io.size == IO_UNKNOWN || need <= out->io.size)
		return EXIT_DONE;
	return msg_refuse("%s: has room for %llu bytes, but %llu are needed",
	    files_name(name), (unsigned long long)out->io.size,
	    (unsigned long long)need);
}

const char *
files_name(const char *output)
{
	return output == NULL ? "standard output" : output;
}

/* A file that a command has a use for. */
struct use {
	const char *what;
	const char *path;
	bool known;		/* it is there */
	struct stat st;
};

static struct use
use_fd(const char *what, int fd)
{
	struct use u = { .what = what };

	u.known = fd >= 0 && fstat(fd, &u.st) == 0;
	return u;
}

static struct use
use_path(const char *what, const char *path)
{
	struct use u = { .what = what, .path = path };
	int fd = path == NULL ? -1 : path_descriptor(path);

	if (fd >= 0)
		return use_fd(what, fd);
	u.known = path != NULL && stat(path, &u.st) == 0;
	return u;
}

static bool
same_inode(const struct use *a, const struct use *b)
{
	return a->known && b->known && a->st.st_dev == b->st.st_dev &&
	    a->st.st_ino == b->st.st_ino;
}

/* Terminals and sockets can be written while they are read; not files. */
static bool
same(const struct use *a, const struct use *b)
{
	mode_t m = a->st.st_mode;

	if (!a->known && !b->known)
		return a->path != NULL && b->path != NULL &&
		    place_same(a->path, b->path);
	if (!a->known || !b->known || (m & S_IFMT) != (b->st.st_mode & S_IFMT))
		return false;
	if (S_ISBLK(m))
		return a->st.st_rdev == b->st.st_rdev;
	return (S_ISREG(m) || S_ISFIFO(m)) && same_inode(a, b);
}

/* What changes the header of path takes its side file away. */
static int
check_side_use(const struct use *uses, size_t n, const char *path)
{
	struct use side = { .path = NULL };
	char *name;
	int err, code = EXIT_DONE;

	if (path == NULL)
		return EXIT_DONE;
	if ((err = side_path(&name, path)) != XC_OK)
		return msg_fail(path, err);
	side.path = name;
	side.known = lstat(name, &side.st) == 0;
	for (size_t i = 0; i < n && code == EXIT_DONE; i++)
		if (same(&uses[i], &side))
			code = msg_usage("%s: has the name of the side file of "
			    "%s: give it another", name, path);
	free(name);
	return code;
}

int
files_distinct(const struct options *o, int in, const char *output, int out,
    const char *headed)
{
	const struct secret_source *old = &o->secret, *new = &o->new_secret;
	const struct use uses[] = {
		use_fd("the input", in),
		output != NULL ? use_path("the output", output) :
		    use_fd("the output", out),
		use_path("the header", o->header),
		use_path("the key file", old->key_file),
		use_path("the passphrase file", old->file),
		use_fd("the passphrase", old->fd),
		use_path("the new key file", new->key_file),
		use_path("the new passphrase file", new->file),
		use_fd("the new passphrase", new->fd),
	};
	const size_t n = sizeof(uses) / sizeof(uses[0]);
	int code;

	/* Two secrets may share a source; files of data share with nothing. */
	for (size_t i = 0; i < 3; i++)
		for (size_t j = i + 1; j < n; j++)
			/* But nothing is read twice over. */
			if (same(&uses[i], &uses[j]) || (i == 0 && j > 2 &&
			    same_inode(&uses[i], &uses[j])))
				return msg_usage("%s and %s are the same file",
				    uses[i].what, uses[j].what);
	code = check_side_use(uses, n, headed);
	return code == EXIT_DONE ? check_side_use(uses, n, o->header) : code;
}
