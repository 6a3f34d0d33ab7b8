/* SPDX-License-Identifier: ISC */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "headerfile.h"
#include "io.h"
#include "output.h"
#include "path.h"

char *
headerfile_side(const char *path)
{
	char *at = path_follow(path), *side;

	if (at == NULL)
		return NULL;
	side = realloc(at, strlen(at) + sizeof(HEADERFILE_SUFFIX));
	if (side == NULL)
		free(at);
	else
		strcat(side, HEADERFILE_SUFFIX);
	return side;
}

/* XC_E_MAGIC: too short for a header. */
static enum xc_err
read_header(uint8_t bytes[HEADER_BYTES], int fd)
{
	struct io io = io_at(fd);
	size_t got;
	enum xc_err err = io_read(&io, bytes, HEADER_BYTES, 0, &got);

	return err == XC_OK && got < HEADER_BYTES ? XC_E_MAGIC : err;
}

/* The result of a call that has a side file in hand. */
static enum xc_err
of_side(enum xc_err err)
{
	return err == XC_E_SYSTEM ? XC_E_SIDE : err;
}

/*
 * Read what has the name of a side file, up to HEADER_BYTES.  XC_E_MAGIC: there
 * is nothing; XC_E_SIDE, with EEXIST for what is larger or no regular file.
 */
static enum xc_err
side_load(uint8_t bytes[HEADER_BYTES], size_t *len, const char *side)
{
	struct stat st;
	struct io io;
	int fd;
	enum xc_err err;

	if (lstat(side, &st) != 0)
		return errno == ENOENT || errno == ENAMETOOLONG ? XC_E_MAGIC :
		    XC_E_SIDE;
	if (!S_ISREG(st.st_mode) || st.st_size > HEADER_BYTES) {
		errno = EEXIST;
		return XC_E_SIDE;
	}
	/* Whatever lies there by now: do not wait for it. */
	err = io_open(&fd, side, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	    NULL);
	if (err != XC_OK)
		return of_side(err);
	io = io_at(fd);
	err = io_read(&io, bytes, HEADER_BYTES, 0, len);
	io_close(fd);
	return of_side(err);
}

/*
 * Read and decode the header in a side file.  XC_E_SIDE: there may be a good
 * one, but it cannot be read; any other error: there is none.
 */
static enum xc_err
side_read(uint8_t bytes[HEADER_BYTES], struct header *header, const char *side)
{
	size_t len;
	enum xc_err err = side_load(bytes, &len, side);

	if (err == XC_OK && len == HEADER_BYTES)
		return header_decode(header, bytes);
	return err == XC_E_SIDE && errno != EEXIST ? err : XC_E_MAGIC;
}

enum xc_err
headerfile_rescue(struct headerfile *hf, const char *path)
{
	char *side = headerfile_side(path);
	enum xc_err err;
	int e;

	if (side == NULL)
		return XC_E_SYSTEM;
	err = side_read(hf->bytes, &hf->header, side);
	e = errno;
	free(side);
	errno = e;
	hf->rescued = err == XC_OK;
	return err;
}

enum xc_err
headerfile_decode(struct headerfile *hf, const uint8_t bytes[HEADER_BYTES],
    const char *path)
{
	enum xc_err err, found;

	memcpy(hf->bytes, bytes, HEADER_BYTES);
	hf->rescued = false;
	err = header_decode(&hf->header, hf->bytes);
	if (err != XC_E_CHECKSUM || path == NULL)
		return err;

	found = headerfile_rescue(hf, path);
	return found == XC_OK || found == XC_E_SIDE || found == XC_E_SYSTEM ?
	    found : err;
}

/* XC_E_REPLACED: path names another file by now, or none. */
static enum xc_err
same_file(int fd, const char *path)
{
	struct stat a, b;

	if (fstat(fd, &a) != 0)
		return XC_E_SYSTEM;
	if (stat(path, &b) != 0)
		return errno == ENOENT ? XC_E_REPLACED : XC_E_SYSTEM;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino ? XC_OK :
	    XC_E_REPLACED;
}

static enum xc_err
lock(int fd)
{
	while (flock(fd, LOCK_EX | LOCK_NB) != 0)
		if (errno != EINTR)
			return errno == EWOULDBLOCK ? XC_E_BUSY : XC_E_SYSTEM;
	return XC_OK;
}

/* What cannot seek, as a FIFO, has no header to replace. */
static enum xc_err
seekable(int fd)
{
	if (lseek(fd, 0, SEEK_CUR) >= 0)
		return XC_OK;
	return errno == ESPIPE ? XC_E_MAGIC : XC_E_SYSTEM;
}

enum xc_err
headerfile_lock(int *fd, const char *path)
{
	int f;
	enum xc_err err = io_open(&f, path, O_RDWR | O_NOCTTY | O_CLOEXEC,
	    NULL);

	if (err != XC_OK)
		return err;
	err = seekable(f);
	if (err == XC_OK)
		err = lock(f);
	if (err == XC_OK)
		err = same_file(f, path);
	if (err == XC_OK)
		*fd = f;
	else
		io_close(f);
	return err;
}

enum xc_err
headerfile_read(struct headerfile *hf, int fd, const char *path)
{
	uint8_t bytes[HEADER_BYTES];
	struct io io;
	size_t got;
	enum xc_err err = io_input(&io, fd, NULL);

	if (err == XC_OK)
		err = io_read(&io, bytes, sizeof(bytes), 0, &got);
	if (err != XC_OK)
		return err;
	if (got < sizeof(bytes))
		return XC_E_MAGIC;
	return headerfile_decode(hf, bytes, path);
}

static enum xc_err
write_header(int fd, const uint8_t bytes[HEADER_BYTES])
{
	struct io io = io_at(fd);
	enum xc_err err = io_write(&io, bytes, HEADER_BYTES, 0);

	return err == XC_OK ? io_sync(fd) : err;
}

/* A header in a file of its own: a new file over the old one. */
static enum xc_err
replace_file(int fd, const char *path, const struct stat *st,
    const uint8_t bytes[HEADER_BYTES])
{
	struct output o;
	enum xc_err err = output_open(&o, path,
	    OUTPUT_REPLACE | OUTPUT_PRIVATE, NULL);

	if (err != XC_OK)
		return err;
	/* The owner stays, where we may say so; the time is new. */
	(void)!fchown(o.io.fd, st->st_uid, (gid_t)-1);
	output_permit(o.io.fd, st);
	err = io_write(&o.io, bytes, HEADER_BYTES, 0);
	if (err == XC_OK)
		err = same_file(fd, path);
	if (err == XC_OK)
		return output_commit(&o, HEADER_BYTES, NULL);
	output_abort(&o);
	return err;
}

/* Make the side file, whole and durable, or not at all. */
static enum xc_err
side_make(const char *side, const uint8_t bytes[HEADER_BYTES])
{
	int fd;
	enum xc_err err = io_open(&fd, side,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, NULL);

	if (err != XC_OK)
		return of_side(err);
	err = write_header(fd, bytes);
	if (err == XC_OK)
		err = io_sync_directory(side);
	io_close(fd);
	if (err != XC_OK)
		output_remove(side);
	return of_side(err);
}

/*
 * Whether there is a side file, be it one that a crash left: the front of a
 * header, or no more than zeros.  XC_E_SIDE (EEXIST): what has its name is
 * anything else, and someone's.
 */
static enum xc_err
side_look(bool *there, const char *side)
{
	uint8_t bytes[HEADER_BYTES];
	size_t len, front;
	enum xc_err err = side_load(bytes, &len, side);

	*there = err == XC_OK;
	if (err != XC_OK)
		return err == XC_E_MAGIC ? XC_OK : err;
	front = len < HEADER_MAGIC_BYTES ? len : HEADER_MAGIC_BYTES;
	if (memcmp(bytes, HEADER_MAGIC, front) == 0 ||
	    sodium_is_zero(bytes, len))
		return XC_OK;
	errno = EEXIST;
	return XC_E_SIDE;
}

static enum xc_err
side_remove(const char *side)
{
	bool there;
	enum xc_err err = side_look(&there, side);

	if (err != XC_OK || !there)
		return err;
	if (unlink(side) != 0)
		return XC_E_SIDE;
	return of_side(io_sync_directory(side));
}

/*
 * Whether a good header in the side file is of the file that gets this one.
 * XC_E_SIDE (EEXIST): it is another file's, and may be its only one.
 */
static enum xc_err
side_own(const char *side, const uint8_t bytes[HEADER_BYTES])
{
	uint8_t found[HEADER_BYTES];
	struct header theirs, ours;
	enum xc_err err = side_read(found, &theirs, side);

	if (err != XC_OK)
		return err == XC_E_SIDE ? err : XC_OK;
	if ((err = header_decode(&ours, bytes)) != XC_OK)
		return err;
	if (memcmp(theirs.id, ours.id, sizeof(ours.id)) == 0)
		return XC_OK;
	errno = EEXIST;
	return XC_E_SIDE;
}

/* Where the side file has the one good header: what a crash left to do. */
static enum xc_err
finish(int fd, const char *side)
{
	uint8_t bytes[HEADER_BYTES];
	struct header header;
	enum xc_err err = read_header(bytes, fd);

	if (err == XC_OK)
		err = header_decode(&header, bytes);
	if (err == XC_OK || err == XC_E_SYSTEM)
		return err;
	err = side_read(bytes, &header, side);
	if (err == XC_E_SIDE)
		return err;
	return err == XC_OK ? write_header(fd, bytes) : XC_OK;
}

/*
 * At every moment one of the two is whole: first the file's own header, until
 * the side file is durable; then the side file, until the header is.
 */
static enum xc_err
replace_start(int fd, const char *side, const uint8_t bytes[HEADER_BYTES])
{
	enum xc_err err = finish(fd, side);

	if (err == XC_OK)
		err = side_remove(side);
	if (err == XC_OK)
		err = side_make(side, bytes);
	if (err == XC_OK)
		err = write_header(fd, bytes);
	if (err == XC_OK)
		err = side_remove(side);
	return err;
}

static enum xc_err
replace(int fd, const char *path, const char *side, const struct stat *st,
    const uint8_t bytes[HEADER_BYTES])
{
	bool there;
	enum xc_err err = side_own(side, bytes);

	if (err != XC_OK)
		return err;
	if (S_ISREG(st->st_mode) && st->st_size <= HEADER_BYTES) {
		err = side_look(&there, side);
		if (err == XC_OK)
			err = replace_file(fd, path, st, bytes);
		return err == XC_OK ? side_remove(side) : err;
	}
	err = same_file(fd, path);
	return err == XC_OK ? replace_start(fd, side, bytes) : err;
}

enum xc_err
headerfile_replace(int fd, const char *path,
    const uint8_t bytes[HEADER_BYTES])
{
	struct stat st;
	char *side;
	enum xc_err err;
	int e;

	if (fstat(fd, &st) != 0 || (side = headerfile_side(path)) == NULL)
		return XC_E_SYSTEM;
	err = replace(fd, path, side, &st, bytes);
	e = errno;
	free(side);
	errno = e;
	return err;
}

enum xc_err
headerfile_forget(const char *path)
{
	char *side = headerfile_side(path);
	enum xc_err err;

	if (side == NULL)
		return XC_E_SYSTEM;
	err = side_remove(side);
	free(side);
	return err;
}
