/* SPDX-License-Identifier: ISC */
/*
 * One end of a job: a file that is read or written at any offset, or a stream
 * that is read or written in order.  Reads and writes are whole, however the
 * kernel splits them.
 */
#ifndef IO_H
#define IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

struct stat;

#define IO_UNKNOWN UINT64_MAX
#define IO_PEEK_MAX 4096

/*
 * go_on is called when a signal has interrupted a call; if it returns false,
 * the call fails with XC_E_STOPPED.
 */
struct io_wait {
	bool (*go_on)(void *context);
	void *context;
};

struct io {
	int fd;
	bool seekable;
	bool device;		/* a block device */
	bool ours;		/* a new file, invisible until it is whole */
	bool sparse;		/* has holes (input); is given them (output) */
	uint64_t stood;		/* offset of a seekable input's descriptor */
	uint64_t start;		/* offset of this end in a seekable file */
	uint64_t size;		/* from start to the end, or IO_UNKNOWN */
	const struct io_wait *wait;
	uint8_t *peeked;	/* read ahead from a stream */
	size_t npeeked;		/* its bytes */
	size_t taken;		/* how many of them were taken since */
};

/*
 * Prepare an open descriptor, from its offset on.  A file whose size the system
 * gives as 0 is read as a stream; one opened with O_APPEND is written as a
 * stream.  wait may be NULL.  Errors: an errno.
 */
int io_input(struct io *io, int fd, const struct io_wait *wait);
int io_output(struct io *io, int fd, const struct io_wait *wait);

/* Wipe and free what was read ahead; leave the descriptor open. */
void io_release(struct io *io);

/*
 * Return by how many bytes a regular file is longer than its blocks: a sparse
 * one has holes for them, a compressed one may have none.  0 for other kinds.
 */
uint64_t io_holes(const struct stat *st);

/*
 * Read len bytes at offset: *got, fewer only at the end.  A stream requires its
 * offsets in order.  Holes give zeros without being read.
 * Errors: an errno; XC_E_STOPPED.
 */
int io_read(struct io *io, uint8_t *buf, size_t len,
    uint64_t offset, size_t *got);

/* Likewise, but return as soon as there are least bytes. */
int io_read_some(struct io *io, uint8_t *buf, size_t least, size_t len,
    uint64_t offset, size_t *got);

/*
 * Read len bytes of a file; cut is the error if it has fewer.
 * Errors: an errno; XC_E_STOPPED; cut.
 */
int io_read_all(const struct io *io, uint8_t *buf, size_t len,
    uint64_t offset, int cut);

/*
 * Read up to len <= IO_PEEK_MAX bytes at the start, once and before any other
 * read; the next read returns them again.
 */
int io_peek(struct io *io, uint8_t *buf, size_t len, size_t *got);

/* Skip the first len bytes; of a stream, they must have been peeked at. */
void io_skip(struct io *io, size_t len);

/*
 * Write len bytes at offset, likewise.  With sparse, which requires a new file
 * of ours, blocks of zeros are left out.
 */
int io_write(const struct io *io, const uint8_t *buf, size_t len,
    uint64_t offset);

/* Seek to start + len; set the length of a new file of ours to that. */
int io_finish(const struct io *io, uint64_t len);

/* An io for a file that is read and written from its start. */
struct io io_at(int fd);

/*
 * Open path; a FIFO waits for its other end.  A file that this creates has mode
 * 0600.  For the name of a descriptor (path_descriptor), *fd is a duplicate
 * (EBADF: not open for these flags).  Errors, with *fd = -1: an errno;
 * XC_E_STOPPED.
 */
int io_open(int *fd, const char *path, int flags,
    const struct io_wait *wait);

/*
 * Make what was written to fd durable, where the system can do that; or fail
 * with EINVAL or ENOTSUP where it cannot.  Errors: an errno, after which a
 * second try proves nothing.  io_sync_data does without the times of the file,
 * which saves the file system a commit of its own journal.
 */
int io_sync(int fd);
int io_sync_sure(int fd);
int io_sync_data(int fd);

/*
 * Make durable what a program wrote to the file of fd that has ended since, and
 * have what is read next of its first len bytes (0: all) come from the disk.
 * Errors: io_sync's.
 */
int io_settle(int fd, uint64_t len);

#endif
