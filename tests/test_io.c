/* SPDX-License-Identifier: ISC */
/*
 * Reading and writing, whatever the kernel cuts it into; and outputs that
 * appear whole or not at all.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "fault.h"
#include "io.h"
#include "lab.h"
#include "output.h"
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

/* A pipe with data in it and nobody at its other end. */
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

/* Signals go on until the caller has had enough; errors do not. */
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
	tap_ok(io_read(&io, got, 10, 0, &n) == XC_E_SYSTEM && errno == EIO,
	    "EIO on reading");
	fault_set((struct fault){ .at = 2, .error = ENOSPC, .chop = 5 });
	tap_ok(io_write(&io, data, 10, 0) == XC_E_SYSTEM && errno == ENOSPC,
	    "a full disk on the second half of a write");
	fault_set((struct fault){ .at = 1, .error = EIO });
	tap_ok(io_sync(fd) == XC_E_SYSTEM && errno == EIO, "EIO on syncing");
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
	tap_ok(io_input(&io, fd, NULL) == XC_E_SYSTEM && errno == EBADF &&
	    io_output(&io, fd, NULL) == XC_E_SYSTEM && errno == EBADF,
	    "a descriptor that is closed");
}

/* Whether name holds len bytes of data; with len 0, that it is not there. */
static bool
holds(const char *name, size_t len)
{
	int fd = open(name, O_RDONLY);
	bool good;

	if (fd < 0)
		return len == 0;
	if (len == 0) {
		close(fd);
		return false;
	}
	good = read(fd, got, sizeof(got)) == (ssize_t)len &&
	    memcmp(got, data, len) == 0;
	close(fd);
	return good;
}

static enum xc_err
make(const char *name, bool replace, size_t len, const struct stat *like)
{
	struct output o;
	enum xc_err err = output_open(&o, name, replace ? OUTPUT_REPLACE : 0,
	    NULL);

	if (err != XC_OK)
		return err;
	err = io_write(&o.io, data, len, 0);
	if (err == XC_OK)
		return output_commit(&o, len, like);
	output_abort(&o);
	return err;
}

static void
appear(void)
{
	disk_put("out", data, 11);
}

/* What a kernel or a file system may lack to give a file its name. */
static const struct { int renameat2, link; const char *what; } ways[] = {
	{ 0, 0, "as here" },
	{ EINVAL, 0, "renameat2: EINVAL" },
	{ ENOSYS, 0, "renameat2: ENOSYS" },
	{ ENOSYS, EPERM, "no renameat2, and link: EPERM" },
	{ EINVAL, ENOTSUP, "no renameat2, and link: ENOTSUP" },
	{ EINVAL, ENOSYS, "no renameat2, and link: ENOSYS" }
};

static void
test_output(void)
{
	struct output o;

	tap_ok(make("out", false, 500, NULL) == XC_OK && holds("out", 500),
	    "a new file");
	tap_ok(make("out", false, 600, NULL) == XC_E_SYSTEM &&
	    errno == EEXIST && holds("out", 500), "is not replaced unasked");
	lab_must(output_open(&o, "out", OUTPUT_REPLACE, NULL) == XC_OK &&
	    io_write(&o.io, data, 700, 0) == XC_OK, "no output");
	tap_ok(holds("out", 500), "while it is written the old one is there");
	output_abort(&o);
	output_abort(&o);
	tap_ok(holds("out", 500), "and stays when that is given up");
	tap_ok(make("out", true, 700, NULL) == XC_OK && holds("out", 700),
	    "it is replaced when asked");
	tap_ok(disk_count() == 1, "nothing else is left");

	for (size_t i = 0; i < LAB_COUNT(ways); i++) {
		unlink("out");
		fault_set((struct fault){ .no_renameat2 = ways[i].renameat2,
		    .no_link = ways[i].link, .before_name = appear });
		tap_ok(make("out", false, 500, NULL) == XC_E_SYSTEM &&
		    errno == EEXIST && holds("out", 11) && disk_count() == 1,
		    "a file that has appeared is kept; %s", ways[i].what);
		unlink("out");
		fault_set((struct fault){ .no_renameat2 = ways[i].renameat2,
		    .no_link = ways[i].link });
		tap_ok(make("out", false, 500, NULL) == XC_OK &&
		    holds("out", 500) && disk_count() == 1,
		    "a new file, the same way");
	}
	fault_set((struct fault){ 0 });
	unlink("out");
	tap_ok(make("no/out", true, 5, NULL) ==
	    XC_E_SYSTEM && errno == ENOENT && make(".", true, 5, NULL) ==
	    XC_E_SYSTEM && errno == EISDIR, "no directory, or only that");
	tap_ok(disk_count() == 0, "nothing is left of what failed");
}

/*
 * Each call fails: an error, and nothing is there, or the old file; the new one
 * only where it has replaced that.
 */
static void
test_output_failures(bool replace, size_t way)
{
	unsigned bad = 0, step = 0;
	struct fault did;
	enum xc_err err;

	do {
		disk_clear();
		if (replace)
			disk_put("out", data, 11);
		fault_set((struct fault){ .at = ++step, .error = EIO,
		    .no_renameat2 = ways[way].renameat2,
		    .no_link = ways[way].link });
		err = make("out", replace, 500, NULL);
		did = fault;
		fault_set((struct fault){ 0 });
		if (did.calls < step)
			break;
		bad += err == XC_OK ? !holds("out", 500) :
		    !holds("out", replace ? 11 : 0) &&
		    !(replace && holds("out", 500));
		/* Only where the temporary name itself cannot be removed. */
		bad += disk_count() > (did.hit == FAULT_UNLINK ? 2 : 1);
		bad += err == XC_OK && did.hit != FAULT_FCHMOD &&
		    did.hit != FAULT_CLOSE && did.hit != FAULT_UNLINK;
	} while (step < 50);
	disk_clear();
	tap_ok(bad == 0 && step > 6 && step < 50,
	    "%s: each of %u calls fails; %s", replace ? "replacing" : "making",
	    step - 1, ways[way].what);
}

static void
test_links(void)
{
	struct stat st;
	char to[64] = "";

	lab_must(mkdir("d", 0700) == 0 && symlink("d/real", "out") == 0 &&
	    symlink("../loop2", "d/loop1") == 0 &&
	    symlink("d/loop1", "loop2") == 0, "no links");
	tap_ok(make("out", false, 300, NULL) == XC_OK && holds("d/real", 300) &&
	    lstat("out", &st) == 0 && S_ISLNK(st.st_mode),
	    "a link that leads nowhere yet is followed");
	tap_ok(make("out", false, 400, NULL) == XC_E_SYSTEM &&
	    errno == EEXIST && make("out", true, 400, NULL) == XC_OK &&
	    holds("d/real", 400) && readlink("out", to, 63) == 6,
	    "so is one that leads to a file, when it may be replaced");
	tap_ok(make("loop2", true, 5, NULL) == XC_E_SYSTEM && errno == ELOOP,
	    "a circle of links");
	unlink("d/real");
	unlink("d/loop1");
	rmdir("d");
	disk_clear();
}

static void
test_modes(void)
{
	struct stat like, st;
	struct output o;
	mode_t mask = umask(027);

	tap_ok(make("out", false, 5, NULL) == XC_OK && stat("out", &st) == 0 &&
	    (st.st_mode & 07777) == 0640, "a new file's permissions");
	lab_must(chmod("out", 06751) == 0 && stat("out", &like) == 0, "chmod");
	like.st_mode |= 07000;
	like.st_mtim.tv_sec = 1000000007;
	tap_ok(make("new", false, 5, &like) == XC_OK && stat("new", &st) == 0 &&
	    (st.st_mode & 07777) == 0751 && st.st_mtim.tv_sec == 1000000007,
	    "another file's, and its times, but no set-id bits");
	lab_must(output_open(&o, "key", OUTPUT_PRIVATE, NULL) == XC_OK,
	    "no output");
	tap_ok(stat(o.temporary, &st) == 0 && (st.st_mode & 07777) == 0600,
	    "until it is done, nobody else's");
	tap_ok(output_commit(&o, 0, &like) == XC_OK && stat("key", &st) == 0 &&
	    (st.st_mode & 07777) == 0600, "a secret stays so");
	umask(mask);
	disk_clear();
}

static void
test_direct(void)
{
	struct output o;
	int fd;
	pid_t pid;

	lab_must(mkfifo("fifo", 0600) == 0, "no FIFO");
	fflush(stdout);
	if ((pid = fork()) == 0) {
		fd = open("fifo", O_RDONLY);
		while (read(fd, got, sizeof(got)) > 0)
			;
		_exit(0);
	}
	tap_ok(make("fifo", false, 400, NULL) == XC_OK, "a FIFO is written");
	waitpid(pid, NULL, 0);
	tap_ok(output_check("fifo", 0) == XC_OK &&
	    output_check("nothing", 0) == XC_OK &&
	    output_check("/dev/null", 0) == XC_OK &&
	    make("/dev/null", false, 400, NULL) == XC_OK &&
	    access("/dev/null", W_OK) == 0,
	    "a device is written, not replaced");
	lab_must(output_open(&o, NULL, 0, NULL) == XC_OK, "no output");
	tap_ok(o.io.fd == STDOUT_FILENO && !o.opened, "standard output");
	output_abort(&o);
	tap_ok(fcntl(STDOUT_FILENO, F_GETFD) >= 0, "which stays open");
	disk_clear();
}

int
main(void)
{
	char dir[] = "/tmp/test_io-XXXXXX";

	lab_start();
	lab_must(mkdtemp(dir) != NULL && chdir(dir) == 0, "no directory");
	lab_pattern(data, LEN);
	test_halves();
	test_stopped();
	test_slow();
	test_peek(false);
	test_peek(true);
	test_offsets();
	test_output();
	for (size_t i = 0; i < LAB_COUNT(ways); i++)
		test_output_failures(false, i);
	test_output_failures(true, 0);
	test_links();
	test_modes();
	test_direct();
	lab_must(chdir("/") == 0 && rmdir(dir) == 0, "something is left");
	return tap_done();
}
