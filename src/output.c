/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

#define TEMPORARY "/.xtscrypt-XXXXXX"
#define LINKS_MAX 40	/* symbolic links in a row, as the kernel counts them */

/* dirname of a string that stays as it is, then suffix; NULL: no memory. */
static char *
beside(const char *path, const char *suffix)
{
	char *copy = strdup(path), *result = NULL;
	const char *dir;
	size_t size;

	if (copy == NULL)
		return NULL;
	dir = dirname(copy);
	size = strlen(dir) + strlen(suffix) + 1;
	if ((result = malloc(size)) != NULL) {
		memcpy(result, dir, strlen(dir));
		memcpy(result + strlen(dir), suffix, strlen(suffix) + 1);
	}
	free(copy);
	return result;
}

/* Where the symbolic link at path leads; NULL with EINVAL: it is none. */
static char *
follow(const char *path)
{
	char to[PATH_MAX + 1];
	ssize_t n = readlink(path, to + 1, PATH_MAX - 1);

	if (n < 0)
		return NULL;
	to[0] = '/';
	to[n + 1] = '\0';
	return to[1] == '/' ? strdup(to + 1) : beside(path, to);
}

/* What no file can be called. */
static bool
names_folder(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[len - 1] == '/';
}

/* The name of a file that is not there yet, in its folder's one true name. */
static char *
resolve_new(const char *path)
{
	char *dir, *copy, *real = NULL, *name = NULL, *end;
	size_t size;

	if (names_folder(path)) {
		errno = EISDIR;
		return NULL;
	}
	dir = beside(path, "");
	copy = strdup(path);
	if (dir != NULL && copy != NULL)
		real = realpath(dir, NULL);
	if (real != NULL) {
		end = basename(copy);
		size = strlen(real) + strlen(end) + 2;
		if ((name = malloc(size)) != NULL)
			snprintf(name, size, "%s/%s", real, end);
	}
	free(dir);
	free(copy);
	free(real);
	return name;
}

char *
output_follow(const char *path)
{
	char *at = strdup(path), *next;
	int e = ELOOP;

	if (at == NULL)
		return NULL;
	for (int i = 0; i < LINKS_MAX; i++) {
		if ((next = follow(at)) == NULL) {
			if (errno == EINVAL || errno == ENOENT)
				return at;
			e = errno;
			break;
		}
		free(at);
		at = next;
	}
	free(at);
	errno = e;
	return NULL;
}

/* The file that path means, there already or not, behind symbolic links. */
static char *
resolve(const char *path)
{
	char *real = realpath(path, NULL), *at;

	if (real != NULL || errno != ENOENT)
		return real;
	if ((at = output_follow(path)) != NULL)
		real = resolve_new(at);
	free(at);
	return real;
}

/* output_check; *mode is of what is there, or 0 for nothing. */
static enum xc_err
look(mode_t *mode, const char *path, unsigned flags)
{
	bool replace = (flags & OUTPUT_REPLACE) != 0;
	struct stat st;

	*mode = 0;
	if (stat(path, &st) != 0) {
		if (errno != ENOENT || *path == '\0')
			return XC_E_SYSTEM;
		if (!names_folder(path))
			return XC_OK;
		st.st_mode = S_IFDIR;
	}
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return XC_E_SYSTEM;
	}
	if ((S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)) && !replace) {
		errno = EEXIST;
		return XC_E_SYSTEM;
	}
	*mode = st.st_mode;
	return XC_OK;
}

enum xc_err
output_check(const char *path, unsigned flags)
{
	mode_t mode;

	return look(&mode, path, flags);
}

enum xc_err
output_check_folder(const char *path)
{
	char *target = NULL, *folder = NULL;
	struct stat st;
	int r = -1, e;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return XC_OK;
	if ((target = resolve(path)) != NULL &&
	    (folder = beside(target, "")) != NULL)
		r = access(folder, W_OK | X_OK);
	e = errno;
	free(target);
	free(folder);
	errno = e;
	return r == 0 ? XC_OK : XC_E_SYSTEM;
}

static enum xc_err
open_direct(struct output *o, const char *path, mode_t mode,
    const struct io_wait *wait)
{
	int flags = O_WRONLY | O_NOCTTY | O_CLOEXEC;
	enum xc_err err;

#ifdef __linux__
	/* Linux: refuses a block device that is mounted or otherwise in use. */
	if (S_ISBLK(mode))
		flags |= O_EXCL;
#else
	(void)mode;
#endif
	err = io_open(&o->io.fd, path, flags, wait);
	o->opened = err == XC_OK;
	return err;
}

/* Create the temporary file.  It takes a new template for each try. */
static enum xc_err
create_temporary(struct output *o, const struct io_wait *wait)
{
	int fd;

	for (;;) {
		if ((o->temporary = beside(o->target, TEMPORARY)) == NULL)
			return XC_E_NOMEM;
		if ((fd = mkstemp(o->temporary)) >= 0)
			break;
		/* There is nothing to remove. */
		free(o->temporary);
		o->temporary = NULL;
		if (errno != EINTR)
			return XC_E_SYSTEM;
		if (wait != NULL && !wait->go_on(wait->context))
			return XC_E_STOPPED;
	}
	o->io.fd = fd;
	o->opened = true;
	return XC_OK;
}

static enum xc_err
open_temporary(struct output *o, const char *path, const struct io_wait *wait)
{
	enum xc_err err;

	if ((o->target = resolve(path)) == NULL)
		return XC_E_SYSTEM;
	/* Now, and not when only the rename is left to fail. */
	o->folder = -1;
	if ((err = io_open_directory(&o->folder, o->target)) != XC_OK)
		return err;
	if (access(o->target, F_OK) != 0) {
		if (errno != ENOENT)
			return XC_E_SYSTEM;
		o->flags &= ~OUTPUT_REPLACE;
	}
	return create_temporary(o, wait);
}

enum xc_err
output_open(struct output *o, const char *path, unsigned flags,
    const struct io_wait *wait)
{
	enum xc_err err = XC_OK;
	mode_t mode;

	*o = (struct output){ .flags = flags, .io.fd = STDOUT_FILENO };
	/* Only regular files are replaced; all else is written in place. */
	if (path != NULL && (err = look(&mode, path, flags)) == XC_OK)
		err = mode == 0 || S_ISREG(mode) ?
		    open_temporary(o, path, wait) :
		    open_direct(o, path, mode, wait);
	if (err == XC_OK)
		err = io_output(&o->io, o->io.fd, wait);
	o->io.ours = o->temporary != NULL;
	if (err != XC_OK)
		output_abort(o);
	return err;
}

bool
output_same(const char *a, const char *b)
{
	char *first = resolve(a), *second = resolve(b);
	bool same = first != NULL && second != NULL &&
	    strcmp(first, second) == 0;

	free(first);
	free(second);
	return same;
}

/* Hold the name with an empty file, and rename over that. */
static int
rename_held(const char *from, const char *to)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	close(fd);
	if (rename(from, to) == 0)
		return 0;
	output_remove(to);
	return -1;
}

/* Rename, but never over a file that has appeared since we looked. */
static int
rename_new(const char *from, const char *to)
{
#if defined(RENAME_NOREPLACE)
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
#elif defined(RENAME_EXCL)
	if (renamex_np(from, to, RENAME_EXCL) == 0)
		return 0;
	if (errno != ENOTSUP)
		return -1;
#endif
	/* Where the system or its file system cannot: a second name. */
	if (link(from, to) == 0) {
		if (unlink(from) == 0)
			return 0;
		output_remove(to);
		return -1;
	}
	/* And where that has no hard links either, as on many memory cards. */
	if (errno == EPERM || errno == ENOTSUP || errno == ENOSYS)
		return rename_held(from, to);
	return -1;
}

/* Give fd the group of like; false: it has another. */
static bool
take_group(int fd, const struct stat *like)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_gid == like->st_gid ||
	    fchown(fd, (uid_t)-1, like->st_gid) == 0);
}

void
output_permit(int fd, const struct stat *like)
{
	mode_t mode = like->st_mode & 0777;

	/* Some of that group are now others, and some of the others a group. */
	if (!take_group(fd, like))
		mode &= 0700 | (mode & 0070) >> 3 | (mode & 0007) << 3;
	(void)!fchmod(fd, mode);
}

/*
 * The group, permissions and times of like.  Not every file system can hold
 * them, and the data is safe without: no error.
 */
static void
take_after(int fd, const struct stat *like)
{
	mode_t mask;

	if (like == NULL) {
		mask = umask(0);
		umask(mask);
		(void)!fchmod(fd, 0666 & ~mask);
		return;
	}
	output_permit(fd, like);
#ifdef __APPLE__
	const struct timespec times[2] = {
		like->st_atimespec, like->st_mtimespec
	};
#else
	const struct timespec times[2] = { like->st_atim, like->st_mtim };
#endif
	(void)!futimens(fd, times);
}

static bool
stopped(const struct output *o)
{
	const struct io_wait *wait = o->io.wait;

	return wait != NULL && !wait->go_on(wait->context);
}

enum xc_err
output_settle(struct output *o, uint64_t length, const struct stat *like)
{
	enum xc_err err = stopped(o) ? XC_E_STOPPED :
	    io_finish(&o->io, length);

	if (err == XC_OK && o->opened)
		err = io_sync(o->io.fd);
	/* That can take long; and from here it is but a moment to the name. */
	if (err == XC_OK && stopped(o))
		err = XC_E_STOPPED;
	if (err != XC_OK || !o->opened)
		return err;
	if (o->temporary != NULL && (o->flags & OUTPUT_PRIVATE) == 0)
		take_after(o->io.fd, like);
	/* Some file systems tell only here that the disk was full. */
	o->opened = false;
	return close(o->io.fd) == 0 || errno == EINTR ? XC_OK : XC_E_SYSTEM;
}

/* Give the temporary file its name, durably. */
static enum xc_err
put_in_place(struct output *o)
{
	bool replace = (o->flags & OUTPUT_REPLACE) != 0;
	int r = replace ? rename(o->temporary, o->target) :
	    rename_new(o->temporary, o->target);
	enum xc_err err;

	if (r != 0)
		return XC_E_SYSTEM;
	free(o->temporary);
	o->temporary = NULL;
	err = o->folder >= 0 ? io_sync(o->folder) : XC_OK;
	/* What has replaced another file is better than nothing. */
	if (err != XC_OK && !replace)
		output_remove(o->target);
	return err;
}

enum xc_err
output_place(struct output *o)
{
	enum xc_err err = o->temporary != NULL ? put_in_place(o) : XC_OK;

	output_abort(o);
	return err;
}

enum xc_err
output_commit(struct output *o, uint64_t length, const struct stat *like)
{
	enum xc_err err = output_settle(o, length, like);

	if (err == XC_OK)
		return output_place(o);
	output_abort(o);
	return err;
}

void
output_remove(const char *path)
{
	int e = errno;

	unlink(path);
	errno = e;
}

void
output_abort(struct output *o)
{
	int e = errno;

	if (o->opened)
		close(o->io.fd);
	if (o->temporary != NULL)
		unlink(o->temporary);
	if (o->target != NULL && o->folder >= 0)
		close(o->folder);
	free(o->temporary);
	free(o->target);
	*o = (struct output){ 0 };
	errno = e;
}
