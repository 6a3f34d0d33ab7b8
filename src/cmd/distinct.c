/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <stdbool.h>
#include <stdlib.h>

#include "distinct.h"
#include "holder.h"
#include "msg.h"
#include "path.h"
#include "place.h"
#include "side.h"

/* A file that a command uses. */
struct use {
	const char *what;
	const char *path;
	bool known;		/* it exists */
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

/* Terminals and sockets may be read and written at once, files may not. */
static bool
same_file(const struct use *a, const struct use *b)
{
	mode_t m = a->st.st_mode;

	if (!a->known || !b->known || (m & S_IFMT) != (b->st.st_mode & S_IFMT))
		return false;
	if (S_ISBLK(m))
		return holder_shares(&a->st, &b->st);
	return (S_ISREG(m) || S_ISFIFO(m)) && same_inode(a, b);
}

/* Find its place, unless its name can have none. */
static int
find_place(struct place *p, const struct use *u)
{
	const int err = place_find(p, u->path);

	return err == XC_OK || place_is_name(err) ? EXIT_DONE :
	    msg_fail(u->path, err);
}

/* Are they the same place, where neither is there yet? */
static int
compare_new(bool *same, const struct use *a, const struct use *b)
{
	struct place first, second = { .folder = -1 };
	int code = find_place(&first, a), err = XC_OK;

	if (code == EXIT_DONE)
		code = find_place(&second, b);
	if (first.folder >= 0 && second.folder >= 0)
		err = place_same(same, &first, &second);
	place_leave(&first);
	place_leave(&second);
	return err == XC_OK ? code : msg_fail(a->path, err);
}

/* Are two uses the same file? */
static int
compare_uses(bool *same, const struct use *a, const struct use *b)
{
	*same = same_file(a, b);
	return a->known || b->known || a->path == NULL || b->path == NULL ?
	    EXIT_DONE : compare_new(same, a, b);
}

/*
 * Check that no file is the side file of path, which a change of the header
 * removes.
 */
static int
check_side_use(const struct use *uses, size_t n, const char *path)
{
	struct use side = { .path = NULL };
	bool same = false;
	char *name;
	int err, code = EXIT_DONE;

	if (path == NULL)
		return EXIT_DONE;
	if ((err = side_path(&name, path)) != XC_OK)
		return msg_fail(path, err);
	side.path = name;
	side.known = lstat(name, &side.st) == 0;
	for (size_t i = 0; i < n && code == EXIT_DONE && !same; i++)
		code = compare_uses(&same, &uses[i], &side);
	if (same)
		code = msg_usage("%s: has the name of the side file of %s: "
		    "give it another", name, path);
	free(name);
	return code;
}

static int
fail_same(const struct use *a, const struct use *b)
{
	return S_ISBLK(a->st.st_mode) && S_ISBLK(b->st.st_mode) &&
	    a->st.st_rdev != b->st.st_rdev ?
	    msg_usage("%s and %s are on one disk, of which one is a partition",
	    a->what, b->what) : msg_usage("%s and %s are the same file",
	    a->what, b->what);
}

int
distinct_files(const struct options *o, int in, const char *output, int out,
    const char *headed)
{
	const struct secret_source *old = &o->secret, *new = &o->new_secret;
	const struct use uses[] = {
		use_fd("the input", in),
		output != NULL ? use_path("the output", output) :
		    use_fd("the output", out),
		use_path("the header", o->header),
		use_path("the recovery file", o->recovery_file),
		use_path("the key file", old->key_file),
		use_path("the passphrase file", old->file),
		use_fd("the passphrase", old->fd),
		use_path("the new key file", new->key_file),
		use_path("the new passphrase file", new->file),
		use_fd("the new passphrase", new->fd),
	};
	const size_t n = sizeof(uses) / sizeof(uses[0]);
	bool same;
	int code;

	/* Two secrets may share a source; data may not share with anything. */
	for (size_t i = 0; i < 3; i++)
		for (size_t j = i + 1; j < n; j++) {
			code = compare_uses(&same, &uses[i], &uses[j]);
			if (code != EXIT_DONE)
				return code;
			/* But nothing is read twice. */
			if (same || (i == 0 && j > 2 &&
			    same_inode(&uses[i], &uses[j])))
				return fail_same(&uses[i], &uses[j]);
		}
	code = check_side_use(uses, n, headed);
	return code == EXIT_DONE ? check_side_use(uses, n, o->header) : code;
}

int
distinct_later(const struct options *o, const char *output)
{
	const struct use made = use_path("the output", output);
	struct use later;

	if (o->operand[0] == NULL || !o->force)
		return EXIT_DONE;
	for (char *const *p = o->operand + 1; *p != NULL; p++) {
		later = use_path("a later FILE", *p);
		if (same_file(&made, &later))
			return msg_usage("%s: the output of %s would replace "
			    "it before it is read", *p, o->operand[0]);
	}
	return EXIT_DONE;
}
