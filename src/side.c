/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "io.h"
#include "path.h"
#include "side.h"

int
side_path(char **side, const char *path)
{
	return path_beside(side, path, SIDE_SUFFIX);
}

/*
 * Find the owner.  XC_E_REPLACED: the name is not that of the file open as fd.
 */
static int
find_owner(struct side *s, int fd)
{
	struct stat st;

	if (fstatat(s->file.folder, s->file.name, &st,
	    AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? XC_E_REPLACED : errno;
	s->owner = st.st_uid;
	return fd < 0 ? XC_OK : place_holds(&s->file, fd);
}

/* Set the side file's name, once the file's place is known. */
static int
find_side(struct side *s, int fd)
{
	int err = place_beside(&s->name, &s->file, SIDE_SUFFIX);

	return err == XC_OK ? find_owner(s, fd) : err;
}

int
side_open(struct side *s, const char *path, int fd)
{
	int err;

	*s = (struct side){ 0 };
	err = place_find(&s->file, path);
	return err == XC_OK ? find_side(s, fd) : err;
}

int
side_at(struct side *s, const struct place *file)
{
	int err;

	*s = (struct side){ 0 };
	err = place_copy(&s->file, file);
	return err == XC_OK ? find_side(s, -1) : err;
}

void
side_close(struct side *s)
{
	place_leave(&s->file);
	free(s->name);
	*s = (struct side){ 0 };
}

static bool
may_make(const struct stat *st, uid_t owner)
{
	return S_ISREG(st->st_mode) && st->st_nlink == 1 &&
	    st->st_size <= HEADER_BYTES && (st->st_uid == geteuid() ||
	    st->st_uid == 0 || st->st_uid == owner);
}

static int
check_file(const struct stat *st, uid_t owner)
{
	return may_make(st, owner) ? XC_OK : XC_E_SIDE;
}

int
side_file(int *fd, int folder, const char *name, uid_t owner)
{
	struct stat st;
	int err;

	*fd = -1;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT || errno == ENAMETOOLONG ? XC_E_MAGIC :
		    errno;
	if ((err = check_file(&st, owner)) != XC_OK)
		return err;
	if ((err = place_open(fd, folder, name, O_RDONLY)) != XC_OK)
		return err;
	err = fstat(*fd, &st) == 0 ? check_file(&st, owner) : errno;
	if (err != XC_OK) {
		close(*fd);
		*fd = -1;
	}
	return err;
}

/* Read up to HEADER_BYTES.  Errors: side_file's. */
static int
load_side(uint8_t bytes[HEADER_BYTES], size_t *len, const struct side *s)
{
	struct io io;
	int fd;
	int err = side_file(&fd, s->file.folder, s->name, s->owner);

	if (err != XC_OK)
		return err;
	io = io_at(fd);
	err = io_read(&io, bytes, HEADER_BYTES, 0, len);
	close(fd);
	return err;
}

int
side_read(uint8_t bytes[HEADER_BYTES], struct header *header,
    const struct side *s)
{
	size_t len;
	int err = load_side(bytes, &len, s);

	if (err == XC_OK && len == HEADER_BYTES)
		return header_decode(header, bytes);
	return err > 0 ? err : XC_E_MAGIC;
}

/*
 * Could a crash have left these bytes of a side file?  They are zeros, or the
 * start of a header of this version, with this id as far as they go.
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

int
side_look(bool *there, const struct side *s, const uint8_t id[HEADER_ID_BYTES])
{
	uint8_t bytes[HEADER_BYTES];
	size_t len;
	int err = load_side(bytes, &len, s);

	*there = err == XC_OK;
	if (err != XC_OK)
		return err == XC_E_MAGIC ? XC_OK : err;
	if (is_part(bytes, len, id))
		return XC_OK;
	*there = false;
	return XC_E_SIDE;
}

int
side_make(const struct side *s, const uint8_t bytes[HEADER_BYTES])
{
	struct io io;
	int fd, err = place_open(&fd, s->file.folder, s->name,
	    O_WRONLY | O_CREAT | O_EXCL);

	if (err != XC_OK)
		return err == ENAMETOOLONG ? XC_E_NAME : err;
	io = io_at(fd);
	err = io_write(&io, bytes, HEADER_BYTES, 0);
	if (err == XC_OK)
		err = io_sync(fd);
	if (err == XC_OK)
		err = place_sync(&s->file);
	close(fd);
	if (err != XC_OK)
		unlinkat(s->file.folder, s->name, 0);
	return err;
}

int
side_remove(const struct side *s, const uint8_t id[HEADER_ID_BYTES])
{
	bool there;
	int err = side_look(&there, s, id);

	if (err != XC_OK || !there)
		return err;
	if (unlinkat(s->file.folder, s->name, 0) != 0)
		return errno;
	return place_sync(&s->file);
}
