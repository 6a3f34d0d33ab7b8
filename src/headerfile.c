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
#include "side.h"

#define SECTOR 512	/* the least that a disk loses at once */

/* XC_E_MAGIC: too short for a header. */
static enum xc_err
read_header(uint8_t bytes[HEADER_BYTES], int fd)
{
	struct io io = io_at(fd);
	size_t got;
	enum xc_err err = io_read(&io, bytes, HEADER_BYTES, 0, &got);

	return err == XC_OK && got < HEADER_BYTES ? XC_E_MAGIC : err;
}

enum xc_err
headerfile_rescue(struct headerfile *hf, int fd, const char *path)
{
	struct side side;
	enum xc_err err = side_open(&side, path, fd);

	if (err == XC_OK)
		err = side_read(hf->bytes, &hf->header, &side);
	side_close(&side);
	hf->rescued = err == XC_OK;
	hf->shown = false;
	return err;
}

/* What was not found, or cannot be looked for: the file has its own error. */
static bool
no_rescue(enum xc_err err)
{
	return err != XC_OK && err != XC_E_SIDE && err != XC_E_SYSTEM &&
	    err != XC_E_NOMEM;
}

/*
 * Take the side file's header over what is left in the file: of this id, or
 * of no file, as the first sector is all zeros.
 */
static enum xc_err
rescue_damaged(struct headerfile *hf, int fd, const char *path)
{
	struct headerfile found;
	enum xc_err err = headerfile_rescue(&found, fd, path);

	if (err != XC_OK)
		return err;
	found.shown = memcmp(hf->bytes + HEADER_ID_AT, found.header.id,
	    HEADER_ID_BYTES) == 0;
	if (!found.shown && sodium_is_zero(hf->bytes, SECTOR) != 1)
		return XC_E_MAGIC;
	*hf = found;
	return XC_OK;
}

enum xc_err
headerfile_decode(struct headerfile *hf, const uint8_t bytes[HEADER_BYTES],
    int fd, const char *path)
{
	enum xc_err err, found;

	memcpy(hf->bytes, bytes, HEADER_BYTES);
	hf->rescued = hf->shown = false;
	err = header_decode(&hf->header, hf->bytes);
	/* Any other error is that of a header which is whole. */
	if ((err != XC_E_CHECKSUM && err != XC_E_MAGIC) || path == NULL)
		return err;

	found = rescue_damaged(hf, fd, path);
	/* What does not start as a header has no claim on a side file. */
	if (no_rescue(found) || (found == XC_E_SIDE && err == XC_E_MAGIC))
		return err;
	return found;
}

enum xc_err
headerfile_unread(struct headerfile *hf, enum xc_err err, int fd,
    const char *path)
{
	int e = errno;

	if (err == XC_E_SYSTEM && e == EIO && path != NULL &&
	    headerfile_rescue(hf, fd, path) == XC_OK)
		return XC_OK;
	errno = e;
	return err;
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
	enum xc_err err;

	if (path_descriptor(path) >= 0)
		return XC_E_DESCRIPTOR;
	err = io_open(&f, path, O_RDWR | O_NOCTTY | O_CLOEXEC, NULL);
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
		return headerfile_unread(hf, err, fd, path);
	if (got < sizeof(bytes))
		return XC_E_MAGIC;
	return headerfile_decode(hf, bytes, fd, path);
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

/* Where the side file has the one good header: what a crash left to do. */
static enum xc_err
finish(int fd, const struct side *side)
{
	uint8_t bytes[HEADER_BYTES];
	struct header header;
	enum xc_err err = read_header(bytes, fd);

	if (err == XC_OK)
		err = header_decode(&header, bytes);
	if (err == XC_OK || (err == XC_E_SYSTEM && errno != EIO))
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
replace_start(int fd, const struct side *side,
    const uint8_t bytes[HEADER_BYTES])
{
	const uint8_t *id = bytes + HEADER_ID_AT;
	enum xc_err err = finish(fd, side);

	if (err == XC_OK)
		err = side_remove(side, id);
	if (err == XC_OK)
		err = side_make(side, bytes);
	if (err == XC_OK)
		err = write_header(fd, bytes);
	if (err == XC_OK)
		err = side_remove(side, id);
	return err;
}

static enum xc_err
replace(int fd, const char *path, const struct side *side,
    const uint8_t bytes[HEADER_BYTES])
{
	const uint8_t *id = bytes + HEADER_ID_AT;
	struct stat st;
	bool there;
	enum xc_err err;

	if (fstat(fd, &st) != 0)
		return XC_E_SYSTEM;
	/* Another file's header may be the only one that it has. */
	if ((err = side_look(&there, side, id)) != XC_OK)
		return err;
	if (!S_ISREG(st.st_mode) || st.st_size > HEADER_BYTES)
		return replace_start(fd, side, bytes);
	output_own_group(&st, fd);
	err = replace_file(fd, path, &st, bytes);
	return err == XC_OK ? side_remove(side, id) : err;
}

enum xc_err
headerfile_replace(int fd, const char *path,
    const uint8_t bytes[HEADER_BYTES])
{
	struct side side;
	enum xc_err err = side_open(&side, path, fd);

	if (err == XC_OK)
		err = replace(fd, path, &side, bytes);
	side_close(&side);
	return err;
}

enum xc_err
headerfile_id(uint8_t id[HEADER_ID_BYTES], const struct side *side)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC;
	uint8_t bytes[HEADER_BYTES];
	struct header header;
	int fd = openat(side->folder, side->file, flags, 0);
	enum xc_err err;

	if (fd < 0)
		return XC_E_SYSTEM;
	err = read_header(bytes, fd);
	io_close(fd);
	if (err != XC_OK)
		return err;
	err = header_decode(&header, bytes);
	memcpy(id, bytes + HEADER_ID_AT, HEADER_ID_BYTES);
	return err == XC_E_CHECKSUM ? XC_OK : err;
}
