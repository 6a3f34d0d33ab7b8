/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#define FAULT_DECLARES_ONLY
#include "fault_calls.h"
#include "lab.h"

/* The exit status of one that died. */
#define DIED 42

struct fault fault;
struct fault_record fault_records[FAULT_RECORDS];
size_t fault_nrecords;

void
fault_set(struct fault f)
{
	fault = f;
	fault_nrecords = 0;
	for (size_t i = 0; i < FAULT_RECORDS; i++) {
		free(fault_records[i].bytes);
		fault_records[i].bytes = NULL;
	}
}

bool
fault_survives(struct fault f, int (*work)(void))
{
	pid_t pid;
	int status = 0;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		fault_set(f);
		_exit(work() == XC_OK ? 0 : 1);
	}
	lab_must(pid > 0 && waitpid(pid, &status, 0) == pid &&
	    WIFEXITED(status), "no child");
	lab_must(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == DIED,
	    "the child failed");
	return WEXITSTATUS(status) == 0;
}

/* Count a call.  true: it has to fail, and errno says why. */
static bool
wrong(enum fault_call call)
{
	const unsigned n = ++fault.calls;

	if (n == fault.at) {
		fault.hit = call;
		fault.before = fault_nrecords;
	} else if (fault.at == 0 || n < fault.at || !fault.killed) {
		return false;
	}
	if (fault.error == 0)
		_exit(DIED);
	errno = fault.error;
	return true;
}

static void
copy_name(char to[64], const char *path)
{
	const char *slash = strrchr(path, '/');

	snprintf(to, 64, "%s", slash != NULL ? slash + 1 : path);
}

static struct fault_record *
record(enum fault_change change, int fd, const char *path)
{
	struct fault_record *r = &fault_records[fault_nrecords];
	struct stat st = { 0 };

	/* Changes for which there is no room overwrite the last. */
	if (fault_nrecords < FAULT_RECORDS - 1)
		fault_nrecords++;
	free(r->bytes);
	*r = (struct fault_record){ .change = change };
	if (fd >= 0)
		lab_must(fstat(fd, &st) == 0, "no fstat");
	r->ino = st.st_ino;
	if (path != NULL)
		copy_name(r->name, path);
	return r;
}

static int
open_at(int dir, const char *path, int flags, int mode)
{
	struct stat st;
	bool new;
	int fd;

	if (wrong(FAULT_OPEN))
		return -1;
	new = (flags & O_CREAT) != 0 &&
	    fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) != 0;
	fd = openat(dir, path, flags, mode);
	if (fd >= 0 && new)
		record(FAULT_CREATED, fd, path);
	return fd;
}

int
fault_open(const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, int) : 0;
	va_end(ap);
	return open_at(AT_FDCWD, path, flags, mode);
}

int
fault_openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, int) : 0;
	va_end(ap);
	return open_at(dir, path, flags, mode);
}

int
fault_close(int fd)
{
	bool fails = wrong(FAULT_CLOSE);
	int e = errno, r = close(fd);	/* it closes in any case */

	errno = fails ? e : errno;
	return fails ? -1 : r;
}

/* Before a read or write of len bytes: how many of them to do; -1: none. */
static ssize_t
chopped(size_t len)
{
	if (fault.retry != 0 && fault.moves++ % fault.retry == 0) {
		errno = fault.retry_error;
		return -1;
	}
	if (fault.chop != 0 && len > fault.chop)
		len = fault.chop;
	return (ssize_t)len;
}

ssize_t
fault_pread(int fd, void *buf, size_t len, off_t at)
{
	ssize_t n = wrong(FAULT_READ) ? -1 : chopped(len);

	fault.reads++;
	return n < 0 ? -1 : pread(fd, buf, (size_t)n, at);
}

ssize_t
fault_read(int fd, void *buf, size_t len)
{
	ssize_t n = wrong(FAULT_READ) ? -1 : chopped(len);

	return n < 0 ? -1 : read(fd, buf, (size_t)n);
}

static ssize_t
put(int fd, const void *buf, size_t len, off_t at)
{
	struct fault_record *r;

	if (at < 0)
		return write(fd, buf, len);
	r = record(FAULT_WRITTEN, fd, NULL);
	r->offset = (size_t)at;
	r->len = len;
	r->bytes = lab_memory(len);
	memcpy(r->bytes, buf, len);
	return pwrite(fd, buf, len, at);
}

/* All writing; at is -1 where there is no offset. */
static ssize_t
write_some(int fd, const void *buf, size_t len, off_t at)
{
	bool last = fault.calls + 1 == fault.at;
	ssize_t n;

	if (fault.half) {
		errno = fault.error;
		return -1;
	}
	if (last && fault.torn != 0) {
		n = put(fd, buf, len < fault.torn ? len : fault.torn, at);
		fault.half = !wrong(FAULT_WRITE) || fault.error != 0;
		return n;
	}
	n = wrong(FAULT_WRITE) ? -1 : chopped(len);
	return n < 0 ? -1 : put(fd, buf, (size_t)n, at);
}

ssize_t
fault_pwrite(int fd, const void *buf, size_t len, off_t at)
{
	return write_some(fd, buf, len, at);
}

ssize_t
fault_write(int fd, const void *buf, size_t len)
{
	return write_some(fd, buf, len, -1);
}

/* Nothing is synced here: the record is what counts. */
int
fault_fsync(int fd)
{
	struct stat st;

	if (fault.before_sync != NULL)
		fault.before_sync();
	if (wrong(FAULT_FSYNC))
		return -1;
	lab_must(fstat(fd, &st) == 0, "no fstat");
	record(S_ISDIR(st.st_mode) ? FAULT_NAMES_SYNCED : FAULT_SYNCED, fd,
	    NULL);
	return 0;
}

static void
about_to_name(void)
{
	if (fault.before_name != NULL)
		fault.before_name();
}

/* A file has got this name in the folder. */
static int
record_name(enum fault_change change, const char *from, int folder,
    const char *to)
{
	struct fault_record *r;
	struct stat st;

	lab_must(fstatat(folder, to, &st, 0) == 0, "no fstatat");
	r = record(change, -1, to);
	r->ino = st.st_ino;
	copy_name(r->from, from);
	return 0;
}

int
fault_renameat(int fd, const char *from, int fd2, const char *to)
{
	about_to_name();
	if (wrong(FAULT_RENAME) || renameat(fd, from, fd2, to) != 0)
		return -1;
	return record_name(FAULT_RENAMED, from, fd2, to);
}

#ifdef RENAME_NOREPLACE
int
fault_renameat2(int fd, const char *from, int fd2, const char *to,
    unsigned flags)
{
	if (wrong(FAULT_RENAMEAT2))
		return -1;
	about_to_name();
	if (fault.no_renameat2 != 0) {
		errno = fault.no_renameat2;
		return -1;
	}
	if (renameat2(fd, from, fd2, to, flags) != 0)
		return -1;
	return record_name(flags == RENAME_EXCHANGE ? FAULT_EXCHANGED :
	    FAULT_RENAMED, from, fd2, to);
}
#endif

int
fault_linkat(int fd, const char *from, int fd2, const char *to, int flags)
{
	if (wrong(FAULT_LINK))
		return -1;
	about_to_name();
	if (fault.no_link != 0) {
		errno = fault.no_link;
		return -1;
	}
	if (linkat(fd, from, fd2, to, flags) != 0)
		return -1;
	return record_name(FAULT_LINKED, from, fd2, to);
}

int
fault_unlinkat(int fd, const char *path, int flags)
{
	int r;

	if (wrong(FAULT_UNLINK))
		return -1;
	if ((r = unlinkat(fd, path, flags)) == 0)
		record(FAULT_REMOVED, -1, path);
	return r;
}

int
fault_ftruncate(int fd, off_t len)
{
	if (wrong(FAULT_TRUNCATE) || ftruncate(fd, len) != 0)
		return -1;
	record(FAULT_TRUNCATED, fd, NULL)->len = (size_t)len;
	return 0;
}

int
fault_fchown(int fd, uid_t uid, gid_t gid)
{
	return wrong(FAULT_FCHOWN) ? -1 : fchown(fd, uid, gid);
}

int
fault_fchmod(int fd, mode_t mode)
{
	return wrong(FAULT_FCHMOD) ? -1 : fchmod(fd, mode);
}

int
fault_futimens(int fd, const struct timespec times[2])
{
	return wrong(FAULT_FUTIMENS) ? -1 : futimens(fd, times);
}

/* Count an allocation.  true: there is no memory for it. */
static bool
lacks(void)
{
	if (++fault.allocations != fault.lack)
		return false;
	errno = ENOMEM;
	return true;
}

void *
fault_malloc(size_t size)
{
	return lacks() ? NULL : malloc(size);
}

void *
fault_calloc(size_t n, size_t size)
{
	return lacks() ? NULL : calloc(n, size);
}

void *
fault_realloc(void *old, size_t size)
{
	return lacks() ? NULL : realloc(old, size);
}

char *
fault_strdup(const char *s)
{
	return lacks() ? NULL : strdup(s);
}

void *
fault_sodium_malloc(size_t size)
{
	return lacks() ? NULL : sodium_malloc(size);
}

int
fault_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
    void *(*work)(void *), void *context)
{
	return lacks() ? EAGAIN :
	    pthread_create(thread, attributes, work, context);
}

/* Count a look at a file.  true: it has to fail, and errno says why. */
static bool
unseen(void)
{
	if (++fault.looks != fault.look)
		return false;
	errno = fault.error;
	return true;
}

int
fault_stat(const char *path, struct stat *st)
{
	return unseen() ? -1 : stat(path, st);
}

int
fault_lstat(const char *path, struct stat *st)
{
	return unseen() ? -1 : lstat(path, st);
}

int
fault_fstat(int fd, struct stat *st)
{
	return unseen() ? -1 : fstat(fd, st);
}

int
fault_fstatat(int fd, const char *path, struct stat *st, int flags)
{
	return unseen() ? -1 : fstatat(fd, path, st, flags);
}

off_t
fault_lseek(int fd, off_t at, int whence)
{
	return unseen() ? -1 : lseek(fd, at, whence);
}

DIR *
fault_fdopendir(int fd)
{
	return unseen() ? NULL : fdopendir(fd);
}

/*
 * The library lists a folder by its name only to find the loop devices of the
 * machine.  Here are none: they come and go while calls are counted.
 */
DIR *
fault_opendir(const char *path)
{
	(void)path;
	errno = ENOENT;
	return NULL;
}
