/* SPDX-License-Identifier: ISC */
/*
 * Reading and writing, whatever the kernel cuts it into.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "io.h"
#include "lab.h"
#include "tap.h"

#define LEN 10000
#define START 37

static uint8_t data[LEN], got[LEN + 100];
static unsigned waits, wait_most;

static bool
go_on(void *context)
{
	(void)context;
	return ++waits < wait_most;
}

static const struct io_wait wait_for = { .go_on = go_on };

/* A pipe with data in it and no process at its other end. */
static int
full_pipe(void)
{
	int fds[2];

	lab_must(pipe(fds) == 0 && write(fds[1], data, LEN) == LEN, "no pipe");
	close(fds[1]);
	return fds[0];
}

/* All of data, from a file or a pipe, in calls that go as fault says. */
static bool
reads_all(bool stream, struct fault how)
{
	int fd = stream ? full_pipe() : lab_file(data, LEN);
	struct io io;
	size_t n = 0, m = 0;
	bool good;

	fault_set(how);
	waits = 0;
	wait_most = UINT32_MAX;
	memset(got, 0xa5, sizeof(got));
	good = io_input(&io, fd, &wait_for) == XC_OK &&
	    io.seekable == !stream &&
	    io.size == (stream ? IO_UNKNOWN : LEN) &&
	    io_read(&io, got, 4000, 0, &n) == XC_OK && n == 4000 &&
	    io_read(&io, got + n, 7000, n, &m) == XC_OK && n + m == LEN &&
	    memcmp(got, data, LEN) == 0 && got[LEN] == 0xa5 &&
	    io_read(&io, got, 1, LEN, &n) == XC_OK && n == 0;
	fault_set((struct fault){ 0 });
	io_release(&io);
	close(fd);
	return good;
}

static bool
writes_all(bool stream, struct fault how)
{
	int fds[2], fd;
	struct io io;
	bool good;

	if (stream) {
		lab_must(pipe(fds) == 0, "no pipe");
	} else {
		fds[0] = fds[1] = lab_file(NULL, 0);
	}
	fd = fds[1];
	fault_set(how);
	waits = 0;
	wait_most = UINT32_MAX;
	good = io_output(&io, fd, &wait_for) == XC_OK &&
	    io.seekable == !stream &&
	    io_write(&io, data, 3000, 0) == XC_OK &&
	    io_write(&io, data + 3000, LEN - 3000, 3000) == XC_OK &&
	    io_sync(fd) == XC_OK && io_finish(&io, LEN) == XC_OK;
	fault_set((struct fault){ 0 });
	if (!stream)
		good = lseek(fd, 0, SEEK_CUR) == LEN &&
		    lseek(fd, 0, SEEK_SET) == 0 && good;
	good = read(fds[0], got, LEN) == LEN && memcmp(got, data, LEN) == 0 &&
	    good;
	close(fd);
	if (stream)
		close(fds[0]);
	return good;
}

static void
test_halves(void)
{
	static const struct { const char *what; struct fault how; } cases[] = {
		{ "at once", { 0 } },
		{ "a byte at a time", { .chop = 1 } },
		{ "701 bytes at a time", { .chop = 701 } },
		{ "with EINTR every second time", { .chop = 99, .retry = 2,
		    .retry_error = EINTR } },
		{ "with EAGAIN every third time", { .chop = 99, .retry = 3,
		    .retry_error = EAGAIN } }
	};

	for (size_t i = 0; i < LAB_COUNT(cases); i++) {
		tap_ok(reads_all(false, cases[i].how) &&
		    reads_all(true, cases[i].how),
		    "reading a file and a pipe %s", cases[i].what);
		tap_ok(writes_all(false, cases[i].how) &&
		    writes_all(true, cases[i].how),
		    "writing a file and a pipe %s", cases[i].what);
	}
}

/* Retry after signals until the caller stops that; errors end it. */
static void
test_stopped(void)
{
	struct fault eintr = { .retry = 1, .retry_error = EINTR };
	struct io io;
	size_t n;
	int fd = lab_file(data, LEN);

	lab_must(io_input(&io, fd, &wait_for) == XC_OK, "no input");
	fault_set(eintr);
	waits = 0;
	wait_most = 3;
	tap_ok(io_read(&io, got, 10, 0, &n) == XC_E_STOPPED && waits == 3,
	    "reading is stopped at the third signal");
	waits = 0;
	tap_ok(io_write(&io, data, 10, 0) == XC_E_STOPPED && waits == 3,
	    "writing too");
	fault_set((struct fault){ .at = 1, .error = EIO });
	tap_ok(io_read(&io, got, 10, 0, &n) == EIO,
	    "EIO on reading");
	fault_set((struct fault){ .at = 2, .error = ENOSPC, .chop = 5 });
	tap_ok(io_write(&io, data, 10, 0) == ENOSPC,
	    "a full disk on the second half of a write");
	fault_set((struct fault){ .at = 1, .error = EIO });
	tap_ok(io_sync(fd) == EIO, "EIO on syncing");
	fault_set((struct fault){ .at = 1, .error = EINVAL });
	tap_ok(io_sync(fd) == XC_OK, "what cannot be synced is not an error");
	fault_set((struct fault){ 0 });
	close(fd);
}

/* A slow writer at the other end of a pipe that does not block. */
static void
test_slow(void)
{
	struct io io;
	int fds[2];
	size_t n = 0;
	pid_t pid;

	lab_must(pipe(fds) == 0 && fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0,
	    "no pipe");
	fflush(stdout);
	if ((pid = fork()) == 0) {
		for (size_t i = 0; i < LEN; i += 2500) {
			usleep(20000);
			lab_must(write(fds[1], data + i, 2500) == 2500, "pipe");
		}
		_exit(0);
	}
	close(fds[1]);
	lab_must(pid > 0 && io_input(&io, fds[0], NULL) == XC_OK, "no input");
	tap_ok(io_read(&io, got, LEN + 50, 0, &n) == XC_OK && n == LEN &&
	    memcmp(got, data, LEN) == 0, "a slow pipe that does not block");
	close(fds[0]);
	waitpid(pid, NULL, 0);
}

static void
test_peek(bool stream)
{
	const char *what = stream ? "pipe" : "file";
	int fd = stream ? full_pipe() : lab_file(data, LEN);
	struct io io;
	size_t n = 0, m = 0;

	lab_must(io_input(&io, fd, NULL) == XC_OK, "no input");
	tap_ok(io_peek(&io, got, IO_PEEK_MAX, &n) == XC_OK &&
	    n == IO_PEEK_MAX && memcmp(got, data, n) == 0, "%s: peeked", what);
	io_skip(&io, 4000);
	tap_ok(io_read(&io, got, 50, 0, &n) == XC_OK && n == 50 &&
	    io_read(&io, got + n, LEN, n, &m) == XC_OK && n + m == LEN - 4000 &&
	    memcmp(got, data + 4000, LEN - 4000) == 0,
	    "%s: skipped, then all the rest", what);
	tap_ok(stream || io.size == LEN - 4000, "%s: so much is left", what);
	io_release(&io);
	io_release(&io);
	close(fd);

	fd = lab_file(data, 9);
	lab_must(io_input(&io, fd, NULL) == XC_OK, "no input");
	io.seekable = !stream;
	tap_ok(io_peek(&io, got, IO_PEEK_MAX, &n) == XC_OK && n == 9 &&
	    io_read(&io, got, 100, 0, &n) == XC_OK && n == 9 &&
	    memcmp(got, data, 9) == 0, "%s: less than was asked for", what);
	io_release(&io);
	close(fd);
}

static void
test_offsets(void)
{
	int fd = lab_file(data, LEN);
	struct io io;
	size_t n = 0;

	lseek(fd, START, SEEK_SET);
	tap_ok(io_input(&io, fd, NULL) == XC_OK && io.size == LEN - START &&
	    io_read(&io, got, 100, 5, &n) == XC_OK && n == 100 &&
	    memcmp(got, data + START + 5, 100) == 0,
	    "reading counts from where the file stands");
	tap_ok(io_output(&io, fd, NULL) == XC_OK &&
	    io.size == IO_UNKNOWN && io_write(&io, data, 10, 3) == XC_OK &&
	    io_finish(&io, 13) == XC_OK &&
	    lseek(fd, 0, SEEK_CUR) == START + 13 &&
	    pread(fd, got, 20, START - 2) == 20 &&
	    memcmp(got, data + START - 2, 5) == 0 &&
	    memcmp(got + 5, data, 10) == 0 &&
	    memcmp(got + 15, data + START + 13, 5) == 0,
	    "so does writing, and leaves it at its end");
	lab_fill(fd, data, 100);
	fcntl(fd, F_SETFL, O_APPEND);
	tap_ok(io_output(&io, fd, NULL) == XC_OK && !io.seekable &&
	    io_write(&io, data, 10, 0) == XC_OK &&
	    lseek(fd, 0, SEEK_END) == 110, "O_APPEND is a stream");
	lab_fill(fd, NULL, 0);
	tap_ok(io_input(&io, fd, NULL) == XC_OK && !io.seekable &&
	    io_read(&io, got, 10, 0, &n) == XC_OK && n == 0,
	    "a file of no size is read as a stream");
	close(fd);
	tap_ok(io_input(&io, fd, NULL) == EBADF &&
	    io_output(&io, fd, NULL) == EBADF,
	    "a descriptor that is closed");
}

/*
 * The looks by which a file is found to be seekable: its kind, its offset, its
 * end, and back.  Of those in the middle a refusal means that it is not.
 */
static void
test_looks(int (*begin)(struct io *, int, const struct io_wait *),
    const char *what)
{
	static const int errors[] = { EIO, ESPIPE, EINVAL };
	int fd = lab_file((const uint8_t *)"abc", 3);
	unsigned bad = 0;
	struct io io;
	int err;

	for (unsigned look = 1; look <= 5; look++)
		for (size_t i = 0; i < LAB_COUNT(errors); i++) {
			const bool no = errors[i] != EIO && look > 1 &&
			    look < 4;

			lab_must(lseek(fd, 0, SEEK_SET) == 0, "no offset");
			fault_set((struct fault){
			    .look = look, .error = errors[i] });
			err = begin(&io, fd, NULL);
			fault_set((struct fault){ 0 });
			bad += err != (no || look == 5 ? XC_OK : errors[i]) ||
			    io.seekable != (look == 5);
		}
	close(fd);
	tap_ok(bad == 0, "%s: each look fails", what);
}

int
main(void)
{
	lab_start();
	lab_pattern(data, LEN);
	test_halves();
	test_stopped();
	test_slow();
	test_peek(false);
	test_peek(true);
	test_offsets();
	test_looks(io_input, "input");
	test_looks(io_output, "output");
	return tap_done();
}
