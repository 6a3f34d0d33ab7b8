/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "io.h"
#include "path.h"
#include "side.h"

char *
side_path(const char *path)
{
	char *at = path_follow(path), *side;

	if (at == NULL)
		return NULL;
	side = realloc(at, strlen(at) + sizeof(SIDE_SUFFIX));
	if (side == NULL)
		free(at);
	else
		strcat(side, SIDE_SUFFIX);
	return side;
}

/* The result of a call on a side file. */
static enum xc_err
of_side(enum xc_err err)
{
	return err == XC_E_SYSTEM ? XC_E_SIDE : err;
}

static enum xc_err
set_names(struct side *s, const char *file)
{
	size_t len = strlen(file);

	s->file = strdup(file);
	s->name = malloc(len + sizeof(SIDE_SUFFIX));
	if (s->file == NULL || s->name == NULL)
		return XC_E_NOMEM;
	memcpy(s->name, file, len);
	memcpy(s->name + len, SIDE_SUFFIX, sizeof(SIDE_SUFFIX));
	return XC_OK;
}

/* XC_E_REPLACED: what has the name is not the file that is open as fd. */
static enum xc_err
find_owner(struct side *s, int fd)
{
	struct stat a, b;

	if (fstatat(s->folder, s->file, &a, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? XC_E_REPLACED : XC_E_SYSTEM;
	s->owner = a.st_uid;
	if (fd < 0)
		return XC_OK;
	if (fstat(fd, &b) != 0)
		return XC_E_SYSTEM;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino ? XC_OK :
	    XC_E_REPLACED;
}

static enum xc_err
open_beside(struct side *s, char *at, int fd)
{
	enum xc_err err = io_open_directory(&s->folder, &s->lasts, at);

	if (err == XC_OK)
		err = set_names(s, basename(at));
	return err == XC_OK ? find_owner(s, fd) : err;
}

enum xc_err
side_open(struct side *s, const char *path, int fd)
{
	char *at = path_follow(path);
	enum xc_err err;
	int e;

	*s = (struct side){ .folder = -1 };
	if (at == NULL)
		return XC_E_SYSTEM;
	err = open_beside(s, at, fd);
	e = errno;
	free(at);
	errno = e;
	return err;
}

enum xc_err
side_at(struct side *s, int folder, bool lasts, const char *name)
{
	enum xc_err err;

	*s = (struct side){ .folder = -1, .lasts = lasts };
	s->folder = fcntl(folder, F_DUPFD_CLOEXEC, 0);
	if (s->folder < 0)
		return XC_E_SYSTEM;
	err = set_names(s, name);
	return err == XC_OK ? find_owner(s, -1) : err;
}

void
side_close(struct side *s)
{
	int e = errno;

	if (s->folder >= 0)
		close(s->folder);
	free(s->name);
	free(s->file);
	*s = (struct side){ .folder = -1 };
	errno = e;
}

static bool
may_make(const struct stat *st, uid_t owner)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 &&
	    st->st_size <= HEADER_BYTES && (st->st_uid == geteuid() ||
	    st->st_uid == 0 || st->st_uid == owner);
}

static enum xc_err
check_file(const struct stat *st, uid_t owner)
{
	if (may_make(st, owner))
		return XC_OK;
	errno = EEXIST;
	return XC_E_SIDE;
}

enum xc_err
side_file(int *fd, int folder, const char *name, uid_t owner)
{
	struct stat st;
	enum xc_err err;

	*fd = -1;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT || errno == ENAMETOOLONG ? XC_E_MAGIC :
		    XC_E_SIDE;
	if ((err = check_file(&st, owner)) != XC_OK)
		return err;
	/* Whatever lies there by now: do not wait for it. */
	do
		*fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
		    O_NOCTTY | O_CLOEXEC, 0);
	while (*fd < 0 && errno == EINTR);
	if (*fd < 0)
		return XC_E_SIDE;
	err = fstat(*fd, &st) == 0 ? check_file(&st, owner) : XC_E_SIDE;
	if (err != XC_OK) {
		io_close(*fd);
		*fd = -1;
	}
	return err;
}

/* Read up to HEADER_BYTES; side_file's errors. */
static enum xc_err
load_side(uint8_t bytes[HEADER_BYTES], size_t *len, const struct side *s)
{
	struct io io;
	int fd;
	enum xc_err err = side_file(&fd, s->folder, s->name, s->owner);

	if (err != XC_OK)
		return err;
	io = io_at(fd);
	err = io_read(&io, bytes, HEADER_BYTES, 0, len);
	io_close(fd);
	return of_side(err);
}

enum xc_err
side_read(uint8_t bytes[HEADER_BYTES], struct header *header,
    const struct side *s)
{
	size_t len;
	enum xc_err err = load_side(bytes, &len, s);

	if (err == XC_OK && len == HEADER_BYTES)
		return header_decode(header, bytes);
	return err == XC_E_SIDE && errno != EEXIST ? err : XC_E_MAGIC;
}

/*
 * What a crash leaves of a side file: zeros, or the front of a header of this
 * version, with this id as far as it goes.
 */
static bool
is_part(const uint8_t *bytes, size_t len, const uint8_t id[HEADER_ID_BYTES])
{
	size_t front = len < HEADER_FRONT_BYTES ? len : HEADER_FRONT_BYTES;
	size_t n = len < HEADER_ID_END ? len : HEADER_ID_END;

	return sodium_is_zero(bytes, len) == 1 ||
	    (memcmp(bytes, HEADER_FRONT, front) == 0 && (n <= HEADER_ID_AT ||
	    memcmp(bytes + HEADER_ID_AT, id, n - HEADER_ID_AT) == 0));
}

enum xc_err
side_look(bool *there, const struct side *s, const uint8_t id[HEADER_ID_BYTES])
{
	uint8_t bytes[HEADER_BYTES];
	size_t len;
	enum xc_err err = load_side(bytes, &len, s);

	*there = err == XC_OK;
	if (err != XC_OK)
		return err == XC_E_MAGIC ? XC_OK : err;
	if (is_part(bytes, len, id))
		return XC_OK;
	*there = false;
	errno = EEXIST;
	return XC_E_SIDE;
}

/* Of the folder, and errno stays. */
static void
unmake(const struct side *s)
{
	int e = errno;

	unlinkat(s->folder, s->name, 0);
	errno = e;
}

static enum xc_err
sync_folder(const struct side *s)
{
	return s->lasts ? io_sync(s->folder) : XC_OK;
}

enum xc_err
side_make(const struct side *s, const uint8_t bytes[HEADER_BYTES])
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	struct io io;
	int fd;
	enum xc_err err;

	do
		fd = openat(s->folder, s->name, flags, 0600);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return XC_E_SIDE;
	io = io_at(fd);
	err = io_write(&io, bytes, HEADER_BYTES, 0);
	if (err == XC_OK)
		err = io_sync(fd);
	if (err == XC_OK)
		err = sync_folder(s);
	io_close(fd);
	if (err != XC_OK)
		unmake(s);
	return of_side(err);
}

enum xc_err
side_remove(const struct side *s, const uint8_t id[HEADER_ID_BYTES])
{
	bool there;
	enum xc_err err = side_look(&there, s, id);

	if (err != XC_OK || !there)
		return err;
	if (unlinkat(s->folder, s->name, 0) != 0)
		return XC_E_SIDE;
	return of_side(sync_folder(s));
}
