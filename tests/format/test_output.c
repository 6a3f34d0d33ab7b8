/* SPDX-License-Identifier: ISC */
/*
 * Outputs, which appear whole or not at all.
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
#include "lab.h"
#include "output.h"
#include "room.h"
#include "tap.h"

static uint8_t data[1000], got[sizeof(data) + 1];

/* Does name hold len bytes of data; with len 0, is it not there? */
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

static int
make(const char *name, bool replace, size_t len, const struct stat *like)
{
	struct output o;
	int err = output_open(&o, name, replace ? OUTPUT_REPLACE : 0,
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
	tap_ok(make("out", false, 600, NULL) == XC_E_EXISTS &&
	    holds("out", 500), "is not replaced unasked");
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
		tap_ok(make("out", false, 500, NULL) == XC_E_EXISTS &&
		    holds("out", 11) && disk_count() == 1,
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
	    ENOENT && make(".", true, 5, NULL) == EISDIR,
	    "no directory, or only that");
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
	int err;

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
	tap_ok(make("out", false, 400, NULL) == XC_E_EXISTS &&
	    make("out", true, 400, NULL) == XC_OK &&
	    holds("d/real", 400) && readlink("out", to, 63) == 6,
	    "so is one that leads to a file, when it may be replaced");
	tap_ok(make("loop2", true, 5, NULL) == ELOOP,
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
	    (st.st_mode & 07777) == 0750 && st.st_mtim.tv_sec == 1000000007,
	    "another file's under the umask, and its times; no set-id bits");
	lab_must(output_open(&o, "key", OUTPUT_PRIVATE, NULL) == XC_OK,
	    "no output");
	tap_ok(stat(o.temporary, &st) == 0 && (st.st_mode & 07777) == 0600,
	    "until it is done, nobody else's");
	tap_ok(output_commit(&o, 0, &like) == XC_OK && stat("key", &st) == 0 &&
	    (st.st_mode & 07777) == 0600, "a secret stays so");
	umask(mask);
	disk_clear();
}

/* A file of a group that its maker is not in, as far as fchown can tell. */
static void
test_group(void)
{
	static const mode_t modes[][2] = {
		{ 0640, 0600 }, { 0644, 0644 }, { 0751, 0711 }, { 0606, 0600 }
	};
	struct stat like, st;
	struct fault did;
	unsigned bad = 0;

	lab_must(make("like", false, 5, NULL) == XC_OK &&
	    stat("like", &like) == 0, "no file");
	like.st_gid++;
	for (size_t i = 0; i < LAB_COUNT(modes); i++) {
		like.st_mode = modes[i][0];
		for (unsigned at = 1; at < 50; at++) {
			fault_set((struct fault){ .at = at, .error = EPERM,
			    .hit = FAULT_READ });
			bad += make("out", true, 5, &like) != XC_OK &&
			    fault.hit == FAULT_FCHOWN;
			did = fault;
			if (did.hit == FAULT_FCHOWN)
				break;
		}
		fault_set((struct fault){ 0 });
		bad += did.hit != FAULT_FCHOWN || stat("out", &st) != 0 ||
		    (st.st_mode & 07777) != modes[i][1];
	}
	tap_ok(bad == 0, "what a group may do, another may not");
	disk_clear();
}

/* Each look fails: an error and the old file, or the new one. */
static void
test_looks(const char *name)
{
	unsigned bad = 0, look = 0;
	struct fault did;
	int err;

	do {
		disk_put("out", data, 11);
		fault_set((struct fault){ .look = ++look, .error = EIO });
		err = make(name, true, 500, NULL);
		did = fault;
		fault_set((struct fault){ 0 });
		if (did.looks < look && err != XC_OK)
			bad++;
		if (disk_count() != 1 ||
		    !holds("out", err == XC_OK && *name == 'o' ? 500 : 11))
			bad++;
	} while (did.looks >= look);
	tap_ok(bad == 0 && look > 3, "%s: each look fails", name);
	disk_clear();
}

/* The room is not known of what cannot be looked at, nor of a pipe. */
static void
test_room(void)
{
	struct output o;
	int fds[2];

	lab_must(output_open(&o, "out", 0, NULL) == XC_OK, "no output");
	fault_set((struct fault){ .look = 1, .error = EIO });
	tap_ok(room_for(o.io.fd) == IO_UNKNOWN, "no look, no room known");
	fault_set((struct fault){ 0 });
	output_abort(&o);
	lab_must(pipe(fds) == 0, "no pipe");
	o = (struct output){ .io.fd = fds[1] };
	tap_ok(room_for(o.io.fd) == IO_UNKNOWN, "nor that of a pipe");
	close(fds[0]);
	close(fds[1]);
}

/* A file that was begun elsewhere cannot be taken under any name. */
static void
test_take(void)
{
	char name[OUTPUT_TEMPORARY_MAX + 1] = { 0 };
	struct output o;
	int fd = lab_file(data, 5), err;

	memset(name, 'x', OUTPUT_TEMPORARY_MAX);
	err = output_take(&o, fd, name, "out", 0);
	output_leave(&o);
	tap_ok(err == ENAMETOOLONG && output_take(&o, fd, "x", "no/out", 0) ==
	    ENOENT, "what is taken has a name and a folder");
	output_leave(&o);
	close(fd);
}

static void
test_direct(void)
{
	struct output o;
	bool closed;
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
	lab_must((fd = dup(STDOUT_FILENO)) >= 0, "no descriptor");
	lab_must(output_open(&o, NULL, 0, NULL) == XC_OK, "no output");
	closed = output_commit(&o, 0, NULL) == XC_OK &&
	    fcntl(STDOUT_FILENO, F_GETFD) < 0;
	lab_must(dup2(fd, STDOUT_FILENO) == STDOUT_FILENO, "no descriptor");
	close(fd);
	tap_ok(closed, "standard output is closed, to learn of late errors");
	disk_clear();
}

int
main(void)
{
	lab_start();
	lab_enter("/tmp");
	lab_pattern(data, sizeof(data));
	test_output();
	for (size_t i = 0; i < LAB_COUNT(ways); i++)
		test_output_failures(false, i);
	test_output_failures(true, 0);
	test_links();
	test_modes();
	test_group();
	test_looks("out");
	test_looks("/dev/null");
	test_room();
	test_take();
	test_direct();
	lab_leave();
	return tap_done();
}
