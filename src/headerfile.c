/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "headerfile.h"
#include "io.h"
#include "lock.h"
#include "output.h"
#include "path.h"
#include "permit.h"
#include "side.h"

#define SECTOR 512	/* the least that a disk loses at once */

/* Errors: an errno; XC_E_MAGIC: too short for a header. */
static int
read_header(uint8_t bytes[HEADER_BYTES], int fd)
{
	const struct io io = io_at(fd);

	return io_read_all(&io, bytes, HEADER_BYTES, 0, XC_E_MAGIC);
}

struct err
headerfile_rescue(struct headerfile *hf, int fd, const char *path)
{
	struct side side;
	struct err err = { side_open(&side, path, fd), ERR_HEADER };

	if (err.code == XC_OK)
		err = (struct err){
			side_read(hf->bytes, &hf->header, &side), ERR_SIDE
		};
	side_close(&side);
	hf->rescued = err.code == XC_OK;
	hf->shown = false;
	return err;
}

/*
 * Take the side file's header if what is left in the file has the same id, or
 * none: its first sector is all zeros.
 */
static struct err
rescue_damaged(struct headerfile *hf, int fd, const char *path)
{
	struct headerfile found;
	struct err err = headerfile_rescue(&found, fd, path);

	if (err.code != XC_OK)
		return err;
	found.shown = memcmp(hf->bytes + HEADER_ID_AT, found.header.id,
	    HEADER_ID_BYTES) == 0;
	if (!found.shown && sodium_is_zero(hf->bytes, SECTOR) != 1)
		return (struct err){ XC_E_MAGIC, ERR_SIDE };
	*hf = found;
	return err;
}

struct err
headerfile_decode(struct headerfile *hf, const uint8_t bytes[HEADER_BYTES],
    int fd, const char *path)
{
	struct err err = { XC_OK, ERR_HEADER }, found;

	memcpy(hf->bytes, bytes, HEADER_BYTES);
	hf->rescued = hf->shown = false;
	err.code = header_decode(&hf->header, hf->bytes);
	/* Any other error is of an intact header. */
	if ((err.code != XC_E_CHECKSUM && err.code != XC_E_MAGIC) ||
	    path == NULL)
		return err;

	found = rescue_damaged(hf, fd, path);
	/* None was found; or the front is not that of a file which has one. */
	if (found.code < 0 || (found.code > 0 && found.file == ERR_SIDE &&
	    err.code == XC_E_MAGIC))
		return err;
	return found;
}

struct err
headerfile_unread(struct headerfile *hf, int err, int fd, const char *path)
{
	if (err == EIO && path != NULL &&
	    headerfile_rescue(hf, fd, path).code == XC_OK)
		err = XC_OK;
	return (struct err){ err, ERR_HEADER };
}

/* Check that there is a header to replace: a FIFO has none. */
static int
seekable(int fd)
{
	if (lseek(fd, 0, SEEK_CUR) >= 0)
		return XC_OK;
	return errno == ESPIPE ? XC_E_MAGIC : errno;
}

int
headerfile_lock(int *fd, const char *path, bool anyway)
{
	int err, f;

	if (path_descriptor(path) >= 0)
		return XC_E_DESCRIPTOR;
	err = io_open(&f, path, O_RDWR | O_NOCTTY | O_CLOEXEC, NULL);
	if (err != XC_OK)
		return err;
	err = seekable(f);
	if (err == XC_OK)
		err = lock_file(f);
	if (err == XC_E_NO_LOCKS && anyway)
		err = XC_OK;
	if (err == XC_OK)
		err = path_holds(path, f);
	if (err == XC_OK)
		*fd = f;
	else
		close(f);
	return err;
}

struct err
headerfile_read(struct headerfile *hf, int fd, const char *path)
{
	uint8_t bytes[HEADER_BYTES];
	struct io io;
	int err = io_input(&io, fd, NULL);

	if (err != XC_OK)
		return (struct err){ err, ERR_HEADER };
	err = io_read_all(&io, bytes, sizeof(bytes), 0, XC_E_MAGIC);
	if (err != XC_OK)
		return headerfile_unread(hf, err, fd, path);
	return headerfile_decode(hf, bytes, fd, path);
}

int
headerfile_unchanged(int fd, const uint8_t bytes[HEADER_BYTES])
{
	uint8_t now[HEADER_BYTES];
	int err = read_header(now, fd);

	return err == XC_OK && memcmp(now, bytes, sizeof(now)) != 0 ?
	    XC_E_REPLACED : err;
}

static int
write_at_start(int fd, const uint8_t bytes[HEADER_BYTES])
{
	struct io io = io_at(fd);
	int err = io_write(&io, bytes, HEADER_BYTES, 0);

	return err == XC_OK ? io_sync(fd) : err;
}

/* Replace a header in a file of its own: a new file over the old one. */
static int
replace_file(int fd, const char *path, const struct stat *st,
    const uint8_t bytes[HEADER_BYTES])
{
	struct output o;
	int err = output_open(&o, path,
	    OUTPUT_REPLACE | OUTPUT_PRIVATE, NULL);

	if (err != XC_OK)
		return err;
	/* Keep the owner, where that is permitted; the time is new. */
	(void)!fchown(o.io.fd, st->st_uid, (gid_t)-1);
	permit_like(o.io.fd, st);
	err = io_write(&o.io, bytes, HEADER_BYTES, 0);
	if (err == XC_OK)
		err = place_holds(&o.at, fd);
	if (err == XC_OK)
		return output_commit(&o, HEADER_BYTES, NULL);
	output_abort(&o);
	return err;
}

/* Write the side file's header if a crash has left it as the only valid one. */
static struct err
finish(int fd, const struct side *side)
{
	uint8_t bytes[HEADER_BYTES];
	struct header header;
	struct err err = { read_header(bytes, fd), ERR_HEADER };

	if (err.code == XC_OK)
		err.code = header_decode(&header, bytes);
	if (err.code == XC_OK || (err.code > 0 && err.code != EIO))
		return err;
	err = (struct err){ side_read(bytes, &header, side), ERR_SIDE };
	if (err.code == XC_OK)
		err = (struct err){ write_at_start(fd, bytes), ERR_HEADER };
	else if (err.code < 0)
		err.code = XC_OK;
	return err;
}

/*
 * Replace the header at the start.  One copy is intact at every moment: the
 * file's own until the side file is durable, then the side file until the
 * header is.
 */
static struct err
replace_start(int fd, const struct side *side,
    const uint8_t bytes[HEADER_BYTES])
{
	const uint8_t *id = bytes + HEADER_ID_AT;
	struct err err = finish(fd, side);

	if (err.code == XC_OK)
		err = (struct err){ side_remove(side, id), ERR_SIDE };
	if (err.code == XC_OK)
		err.code = side_make(side, bytes);
	if (err.code == XC_OK)
		err = (struct err){ write_at_start(fd, bytes), ERR_HEADER };
	if (err.code == XC_OK)
		err = (struct err){ side_remove(side, id), ERR_SIDE };
	return err;
}

static struct err
replace_beside(int fd, const char *path, const struct side *side,
    const uint8_t bytes[HEADER_BYTES])
{
	const uint8_t *id = bytes + HEADER_ID_AT;
	struct err err = { XC_OK, ERR_HEADER };
	struct stat st;
	bool there;

	if (fstat(fd, &st) != 0)
		return (struct err){ errno, ERR_HEADER };
	/* Another file's header may be the only copy of it. */
	err.code = side_look(&there, side, id);
	if (err.code != XC_OK)
		return (struct err){ err.code, ERR_SIDE };
	/* A program that was killed may have left the header in memory. */
	if (there)
		err.code = io_settle(fd, HEADER_BYTES);
	if (err.code != XC_OK)
		return err;
	if (!S_ISREG(st.st_mode) || st.st_size > HEADER_BYTES)
		return replace_start(fd, side, bytes);
	/*
	 * The old header may have its name in memory alone: on disk it could
	 * be left waiting for its payload.
	 */
	err.code = place_sync(&side->file);
	permit_without_list(&st, fd);
	if (err.code == XC_OK)
		err.code = replace_file(fd, path, &st, bytes);
	if (err.code == XC_OK)
		err = (struct err){ side_remove(side, id), ERR_SIDE };
	return err;
}

struct err
headerfile_replace(int fd, const char *path,
    const uint8_t bytes[HEADER_BYTES])
{
	struct side side;
	struct err err = { side_open(&side, path, fd), ERR_HEADER };

	if (err.code == XC_OK)
		err = replace_beside(fd, path, &side, bytes);
	side_close(&side);
	return err;
}

/*
 * Read the file id in the header of the file beside side, damaged or not.
 * Errors: an errno; any other: it has no header of this version.
 */
static int
read_id(uint8_t id[HEADER_ID_BYTES], const struct side *side)
{
	uint8_t bytes[HEADER_BYTES];
	struct header header;
	int fd, err = place_open(&fd, side->file.folder,
	    side->file.name, O_RDONLY);

	if (err != XC_OK)
		return err;
	err = read_header(bytes, fd);
	close(fd);
	if (err != XC_OK)
		return err;
	err = header_decode(&header, bytes);
	memcpy(id, bytes + HEADER_ID_AT, HEADER_ID_BYTES);
	return err == XC_E_CHECKSUM ? XC_OK : err;
}

bool
headerfile_left(uint8_t id[HEADER_ID_BYTES], const struct side *side)
{
	bool there;

	return read_id(id, side) == XC_OK &&
	    side_look(&there, side, id) == XC_OK && there;
}

int
headerfile_check_new(const char *path, bool detached)
{
	uint8_t id[HEADER_ID_BYTES];
	struct side side;
	struct stat st;
	bool old = stat(path, &st) == 0;
	int err;

	if (path_descriptor(path) >= 0 || (old && !S_ISREG(st.st_mode)))
		return XC_OK;
	/* The place is found even if the file does not exist yet. */
	err = side_open(&side, path, -1);
	if (side.name == NULL)
		return err;
	err = XC_OK;
	if (fstatat(side.file.folder, side.name, &st,
	    AT_SYMLINK_NOFOLLOW) == 0)
		err = old && headerfile_left(id, &side) ? XC_OK : XC_E_SIDE;
	else if (errno == ENAMETOOLONG && !detached)
		err = XC_E_NAME;
	side_close(&side);
	return err;
}
