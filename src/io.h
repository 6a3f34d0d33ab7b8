/* SPDX-License-Identifier: ISC */
/*
 * One end of a job: a file that is read or written at any offset, or a stream
 * that is taken in order.  Reads and writes are whole, whatever the kernel cuts
 * them into.
 */
#ifndef IO_H
#define IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define IO_UNKNOWN UINT64_MAX
#define IO_PEEK_MAX 4096

/*
 * go_on is called when a signal has interrupted a call; false stops the work,
 * which then fails with XC_E_STOPPED.
 */
struct io_wait {
	bool (*go_on)(void *context);
	void *context;
};

struct io {
	int fd;
	bool seekable;
	bool device;		/* a block device */
	bool ours;		/* a new file, not seen until it is whole */
	bool sparse;		/* has holes (input); is given them (output) */
	uint64_t stood;		/* where a seekable input's descriptor did */
	uint64_t start;		/* of this end in a seekable file */
	uint64_t size;		/* from start to the end, or IO_UNKNOWN */
	const struct io_wait *wait;
	uint8_t *peeked;	/* read from a stream ahead of its turn, */
	size_t npeeked;		/* bytes of it, */
	size_t taken;		/* and how many of them were taken since */
};

/*
 * The ends of a job on an open descriptor, from where it stands.  A file whose
 * size the system gives as 0 is read as a stream; so is one opened with
 * O_APPEND written.  wait may be NULL.  An errno.
 */
int io_input(struct io *io, int fd, const struct io_wait *wait);
int io_output(struct io *io, int fd, const struct io_wait *wait);

/* Wipe and free what was read ahead; the descriptor stays open. */
void io_release(struct io *io);

/*
 * Read len bytes at offset, fewer only at the end; *got says how many.  A
 * stream takes its offsets in order.  The zeros of a hole are not read.
 * An errno; XC_E_STOPPED.
 */
int io_read(struct io *io, uint8_t *buf, size_t len,
    uint64_t offset, size_t *got);

/* The same, but it returns as soon as there are least bytes. */
int io_read_some(struct io *io, uint8_t *buf, size_t least, size_t len,
    uint64_t offset, size_t *got);

/*
 * Read up to len <= IO_PEEK_MAX bytes at the start, once and before any other;
 * reading finds them again.
 */
int io_peek(struct io *io, uint8_t *buf, size_t len, size_t *got);

/* Leave out the first len bytes; a stream must have peeked at them. */
void io_skip(struct io *io, size_t len);

/*
 * Write len bytes at offset, likewise.  With sparse, which is for files that
 * are ours, blocks of zeros are left out.
 */
int io_write(const struct io *io, const uint8_t *buf, size_t len,
    uint64_t offset);

/*
 * Leave a seekable descriptor len bytes after the start, as reading or writing
 * in order would; and end a file that is ours there, be it with a hole.
 */
int io_finish(const struct io *io, uint64_t len);

/* The end of a job on a file that is read and written from its start. */
struct io io_at(int fd);

/*
 * Open path; a FIFO waits for its other end.  What it creates is its owner's
 * alone.  Of a descriptor, as path_descriptor knows it, *fd is another number
 * (EBADF: it is not open for that).  An errno or XC_E_STOPPED, with -1 for
 * *fd.
 */
int io_open(int *fd, const char *path, int flags,
    const struct io_wait *wait);

/*
 * Lock fd until it is closed.  An errno; XC_E_BUSY: another program has it
 * locked; XC_E_NO_LOCKS.
 */
int io_lock(int fd);

/* Make what was written to fd durable. */
int io_sync(int fd);

/*
 * Open path's directory.  io_sync then makes its names durable, unless *syncs
 * is false: it may be written but not read.  An errno.
 */
int io_open_directory(int *fd, bool *syncs, const char *path);

#endif
