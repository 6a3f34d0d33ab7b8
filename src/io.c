/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "io.h"
#include "locked.h"
#include "path.h"

/* The largest count that every system accepts in one read or write. */
#define CALL_MAX ((size_t)1 << 30)

/* Capacity for a pipe: the most that Linux allows a user who is not root. */
#define PIPE_BYTES (1 << 20)

/* Size of the blocks of zeros left out, whatever the file system's own. */
#define HOLE ((size_t)4096)

/*
 * Find out whether fd can seek, its offset, and how much lies behind that.
 * Errors: an errno: it can seek, but failed; its offset may have changed.
 */
static int
find_extent(int fd, bool *can, uint64_t *start, uint64_t *size)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	/* A device's size is the offset of its end. */
	off_t end = at < 0 ? -1 : lseek(fd, 0, SEEK_END);

	*can = at >= 0 && end >= 0 && lseek(fd, at, SEEK_SET) >= 0;
	if (!*can) {
		/* Some kernel files have no end. */
		return end < 0 && (errno == ESPIPE || errno == EINVAL) ? XC_OK :
		    errno;
	}
	*start = (uint64_t)at;
	*size = end > at ? (uint64_t)(end - at) : 0;
	return XC_OK;
}

/* Let both ends of a pipe wait less often.  A refusal is no error. */
static void
pipe_widen(int fd)
{
#ifdef F_SETPIPE_SZ
	int bytes = fcntl(fd, F_GETPIPE_SZ);

	if (bytes >= 0 && bytes < PIPE_BYTES)
		(void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
#else
	(void)fd;
#endif
}

uint64_t
io_holes(const struct stat *st)
{
	const uint64_t has = (uint64_t)st->st_blocks * 512;
	const uint64_t size = (uint64_t)st->st_size;

	return S_ISREG(st->st_mode) && has < size ? size - has : 0;
}

static int
start_io(struct io *io, int fd, const struct io_wait *wait, struct stat *st)
{
	*io = (struct io){ .fd = fd, .size = IO_UNKNOWN, .wait = wait };
	if (fstat(fd, st) != 0)
		return errno;
	io->device = S_ISBLK(st->st_mode);
	if (S_ISFIFO(st->st_mode))
		pipe_widen(fd);
	return XC_OK;
}

int
io_input(struct io *io, int fd, const struct io_wait *wait)
{
	uint64_t start, size;
	struct stat st;
	bool can;
	int err = start_io(io, fd, wait, &st);

	if (err != XC_OK || (!S_ISREG(st.st_mode) && !io->device))
		return err;
	err = find_extent(fd, &can, &start, &size);
	/* Kernel files such as those in /proc report size 0, but have bytes. */
	if (err != XC_OK || !can || size == 0)
		return err;
	io->seekable = true;
	io->sparse = io_holes(&st) > 0;
	io->stood = io->start = start;
	io->size = size;
	return XC_OK;
}

int
io_output(struct io *io, int fd, const struct io_wait *wait)
{
	uint64_t start, size;
	struct stat st;
	bool can;
	int err = start_io(io, fd, wait, &st);
	int flags = fcntl(fd, F_GETFL);

	if (err != XC_OK)
		return err;
	if ((!S_ISREG(st.st_mode) && !io->device) || (flags & O_APPEND) != 0)
		return XC_OK;
	if ((err = find_extent(fd, &can, &start, &size)) != XC_OK || !can)
		return err;
	io->seekable = true;
	io->start = start;
	if (io->device && size > 0)	/* unknown on some systems */
		io->size = size;
	return XC_OK;
}

struct io
io_at(int fd)
{
	return (struct io){ .fd = fd, .seekable = true, .size = IO_UNKNOWN };
}

/*
 * Duplicate a descriptor that the program was started with: unlike those that
 * it opens itself, these are not closed on exec.
 */
static int
duplicate(int *fd, int from, int flags)
{
	int inherited = fcntl(from, F_GETFD), can = fcntl(from, F_GETFL);

	*fd = -1;
	if (inherited < 0 || can < 0)
		return errno;
	can &= O_ACCMODE;
	if ((inherited & FD_CLOEXEC) != 0 ||
	    (can != O_RDWR && can != (flags & O_ACCMODE)))
		return EBADF;
	*fd = fcntl(from, F_DUPFD_CLOEXEC, 0);
	return *fd < 0 ? errno : XC_OK;
}

int
io_open(int *fd, const char *path, int flags, const struct io_wait *wait)
{
	int descriptor = (flags & O_NOFOLLOW) != 0 ? -1 :
	    path_descriptor(path);

	if (descriptor >= 0)
		return duplicate(fd, descriptor, flags);
	while ((*fd = open(path, flags, 0600)) < 0) {
		if (errno != EINTR)
			return errno;
		if (wait != NULL && !wait->go_on(wait->context))
			return XC_E_STOPPED;
	}
	return XC_OK;
}

void
io_release(struct io *io)
{
	sodium_free(io->peeked);
	io->peeked = NULL;
}

/* After a failed call: wait, if it can be tried again, or return the error. */
static int
again(const struct io *io, short events)
{
	struct pollfd p = { .fd = io->fd, .events = events };

	if (errno == EAGAIN || errno == EWOULDBLOCK) {
		/* We were given the descriptor in this mode. */
		if (poll(&p, 1, -1) >= 0)
			return XC_OK;
	}
	if (errno != EINTR)
		return errno;
	if (io->wait != NULL && !io->wait->go_on(io->wait->context))
		return XC_E_STOPPED;
	return XC_OK;
}

/* Take bytes that were peeked at, and return how many. */
static size_t
take_peeked(struct io *io, uint8_t *buf, size_t len)
{
	size_t n = io->npeeked - io->taken;

	if (n > len)
		n = len;
	if (n == 0)	/* write nothing: threads share the io of a file */
		return 0;
	memcpy(buf, io->peeked + io->taken, n);
	io->taken += n;
	return n;
}

/*
 * Give zeros for the hole at offset, and return how many: 0 if it is data.  The
 * last hole ends at the current end of the file.
 */
static size_t
read_hole(const struct io *io, uint8_t *buf, size_t len, uint64_t offset)
{
#ifdef SEEK_DATA
	off_t at = (off_t)(io->start + offset);
	off_t data = lseek(io->fd, at, SEEK_DATA);

	if (data < 0 && errno == ENXIO)
		data = lseek(io->fd, 0, SEEK_END);
	/* After a failure the caller may read again from this descriptor. */
	lseek(io->fd, (off_t)io->stood, SEEK_SET);
	if (data <= at)
		return 0;
	if ((uint64_t)(data - at) < len)
		len = (size_t)(data - at);
	memset(buf, 0, len);
	return len;
#else
	(void)io, (void)buf, (void)len, (void)offset;
	return 0;
#endif
}

int
io_read_some(struct io *io, uint8_t *buf, size_t least, size_t len,
    uint64_t offset, size_t *got)
{
	size_t done = take_peeked(io, buf, len), want;
	int err;
	ssize_t n;

	if (io->sparse)
		done = read_hole(io, buf, len, offset);
	while (done < least) {
		want = len - done < CALL_MAX ? len - done : CALL_MAX;
		if (io->seekable)
			n = pread(io->fd, buf + done, want,
			    (off_t)(io->start + offset + done));
		else
			n = read(io->fd, buf + done, want);
		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
		else if ((err = again(io, POLLIN)) != XC_OK)
			return err;
	}
	*got = done;
	return XC_OK;
}

int
io_read(struct io *io, uint8_t *buf, size_t len, uint64_t offset, size_t *got)
{
	return io_read_some(io, buf, len, len, offset, got);
}

int
io_read_all(const struct io *io, uint8_t *buf, size_t len, uint64_t offset,
    int cut)
{
	struct io file = *io;
	size_t got;
	int err = io_read(&file, buf, len, offset, &got);

	return err == XC_OK && got < len ? cut : err;
}

int
io_peek(struct io *io, uint8_t *buf, size_t len, size_t *got)
{
	int err;

	if (io->seekable)
		return io_read(io, buf, len, 0, got);

	/* It may be plaintext: use memory that is wiped. */
	if ((io->peeked = locked_malloc(IO_PEEK_MAX)) == NULL)
		return ENOMEM;
	err = io_read(io, buf, len, 0, got);
	if (err != XC_OK)
		return err;
	memcpy(io->peeked, buf, *got);
	io->npeeked = *got;
	io->taken = 0;
	return XC_OK;
}

void
io_skip(struct io *io, size_t len)
{
	if (io->seekable) {
		io->start += len;
		io->size -= io->size < len ? io->size : len;
	} else {
		io->taken += len;
	}
}

static int
write_whole(const struct io *io, const uint8_t *buf, size_t len,
    uint64_t offset)
{
	size_t done = 0, want;
	int err;
	ssize_t n;

	while (done < len) {
		want = len - done < CALL_MAX ? len - done : CALL_MAX;
		if (io->seekable)
			n = pwrite(io->fd, buf + done, want,
			    (off_t)(io->start + offset + done));
		else
			n = write(io->fd, buf + done, want);
		if (n == 0)
			return EIO;
		if (n > 0)
			done += (size_t)n;
		else if ((err = again(io, POLLOUT)) != XC_OK)
			return err;
	}
	return XC_OK;
}

/*
 * Count the bytes, from a place in the file on, that are blocks of zeros, or
 * that are not.
 */
static size_t
stretch(const uint8_t *buf, size_t len, uint64_t at, bool zeros)
{
	size_t n = 0, step;
	bool hole;

	for (; n < len; n += step) {
		step = HOLE - (size_t)((at + n) % HOLE);
		if (step > len - n)
			step = len - n;
		/* At both ends it may be a part of a block. */
		hole = buf[n] == 0 &&
		    memcmp(buf + n, buf + n + 1, step - 1) == 0;
		if (hole != zeros)
			return n;
	}
	return n;
}

int
io_write(const struct io *io, const uint8_t *buf, size_t len, uint64_t offset)
{
	int err = XC_OK;
	size_t done = 0, n = len;

	while (done < len && err == XC_OK) {
		if (io->sparse)
			n = stretch(buf + done, len - done,
			    io->start + offset + done, false);
		err = write_whole(io, buf + done, n, offset + done);
		done += n;
		if (io->sparse)
			done += stretch(buf + done, len - done,
			    io->start + offset + done, true);
	}
	return err;
}

int
io_finish(const struct io *io, uint64_t len)
{
	if (io->ours) {
		while (ftruncate(io->fd, (off_t)(io->start + len)) != 0)
			if (errno != EINTR)
				return errno;
		return XC_OK;
	}
	if (io->seekable &&
	    lseek(io->fd, (off_t)(io->start + len), SEEK_SET) < 0)
		return errno;
	return XC_OK;
}

int
io_sync_sure(int fd)
{
#ifdef F_FULLFSYNC
	/* macOS: fsync alone does not flush the drive's cache. */
	if (fcntl(fd, F_FULLFSYNC) == 0)
		return XC_OK;
#endif
	while (fsync(fd) != 0)
		if (errno != EINTR)
			return errno;
	return XC_OK;
}

int
io_sync_data(int fd)
{
#ifdef F_FULLFSYNC
	return io_sync_sure(fd);
#else
	while (fdatasync(fd) != 0)
		if (errno != EINTR)
			return errno;
	return XC_OK;
#endif
}

int
io_settle(int fd, uint64_t len)
{
	int err = io_sync(fd);

#ifdef POSIX_FADV_DONTNEED
	/* Linux keeps what it could not write, and says that only once. */
	if (err == XC_OK)
		(void)posix_fadvise(fd, 0, (off_t)len, POSIX_FADV_DONTNEED);
#endif
	return err;
}

int
io_sync(int fd)
{
	int err = io_sync_sure(fd);

	/* Pipes and some devices have nothing to make durable. */
	return err == EINVAL || err == ENOTSUP ? XC_OK : err;
}
