/* SPDX-License-Identifier: ISC */
/*
 * For LD_PRELOAD: calls of the system and of the allocator that fail, or stop
 * short, when the environment says so.
 *
 *	XTSCRYPT_FAULT=pwrite:3:28	the third pwrite fails with errno 28
 *	XTSCRYPT_FAULT=pwrite:3+:28	and so does each one after it
 *	XTSCRYPT_FAULT=pwrite:3:0	it does half of its work
 *	XTSCRYPT_FAULT=pwrite:3:kill	the program is killed before it
 *	XTSCRYPT_FAULT=pwrite@key*:3:28	the third of a file with such a name
 *	XTSCRYPT_FAULT=pread@a@8-9:1+:5	those that read its bytes 8 to 9
 *	XTSCRYPT_FAULT=fsync:1:held	it lasts as long as the report is there
 *	XTSCRYPT_FAULT=fsync:1+:lost	all do nothing, and succeed
 *
 * Several are separated by commas.  XTSCRYPT_FAULT_REPORT names a file that
 * gets a line for each that came: the call, and what file it was for.
 *
 * fault.c does the same to modules of the library and knows what a lost disk
 * cache would leave; that needs to see each change, in a program of its own.
 * This is for the program as it is installed, with all that libsodium
 * calls for it, and knows nothing of its files.
 */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RULES 4
#define SHORT (-1)
#define KILL (-2)
#define HELD (-3)
#define LOST (-4)

static struct rule {
	char call[24];
	char file[64];		/* a pattern; or empty: of any file */
	unsigned long long first, last;	/* bytes, where it reads or writes */
	unsigned from;		/* the call that goes wrong, from 1 */
	int on;			/* and all after it */
	int error;		/* its errno, or one of these */
	unsigned calls;		/* so far, of all threads */
} rules[RULES];
static size_t nrules;

/* The bytes that stand behind the name of the file, or all. */
static void
find_range(struct rule *r)
{
	char *at = strchr(r->file, '@');

	r->first = 0;
	r->last = ~0ULL;
	if (at == NULL)
		return;
	sscanf(at, "@%llu-%llu", &r->first, &r->last);
	*at = '\0';
}

/* The call as it is without us. */
#define NEXT(f) \
	static __typeof__(f) *next; \
	if (next == NULL) \
		next = (__typeof__(f) *)dlsym(RTLD_NEXT, #f)

__attribute__((constructor))
static void
read_rules(void)
{
	const char *s = getenv("XTSCRYPT_FAULT");
	struct rule r = { .calls = 0 };
	size_t n = 0;
	int used;

	while (s != NULL && n < RULES) {
		used = 0;
		r.file[0] = '\0';
		if (sscanf(s, "%23[^:@]:%u%n", r.call, &r.from, &used) < 2 &&
		    sscanf(s, "%23[^:@]@%63[^:]:%u%n", r.call, r.file, &r.from,
		    &used) < 3)
			break;
		s += used;
		r.on = *s == '+';
		s += r.on;
		s += *s == ':';
		r.error = atoi(s);
		if (r.error == 0)
			r.error = strncmp(s, "kill", 4) == 0 ? KILL :
			    strncmp(s, "held", 4) == 0 ? HELD :
			    strncmp(s, "lost", 4) == 0 ? LOST : SHORT;
		rules[n] = r;
		find_range(&rules[n++]);
		s = strchr(s, ',');
		s += s != NULL;
	}
	nrules = n;
}

static int
raw_open(const char *path)
{
	NEXT(open);

	return next(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void
raw_write(int fd, const char *s, size_t len)
{
	NEXT(write);

	if (next(fd, s, len) != (ssize_t)len)
		abort();
}

static int
raw_close(int fd)
{
	NEXT(close);

	return next(fd);
}

static ssize_t
raw_readlink(const char *path, char *buf, size_t size)
{
	NEXT(readlink);

	return next(path, buf, size);
}

/* The file is the one at path, or open as fd. */
static const char *
name_of(char file[4096], int fd, const char *path)
{
	char link[64];
	ssize_t n;

	if (fd < 0)
		return path == NULL ? "" : path;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = raw_readlink(link, file, 4095);
	file[n < 0 ? 0 : n] = '\0';
	return file;
}

static int
is_of(const struct rule *r, int fd, const char *path)
{
	char file[4096];
	const char *name, *slash;

	if (r->file[0] == '\0')
		return 1;
	name = name_of(file, fd, path);
	slash = strrchr(name, '/');
	return fnmatch(r->file, slash == NULL ? name : slash + 1, 0) == 0;
}

/* Say that it came. */
static void
report(const char *call, int fd, const char *path)
{
	const char *name = getenv("XTSCRYPT_FAULT_REPORT");
	char line[4200], file[4096];
	int n, out;

	if (name == NULL || (out = raw_open(name)) < 0)
		return;
	n = snprintf(line, sizeof(line), "%s %s\n", call,
	    name_of(file, fd, path));
	raw_write(out, line, (size_t)n);
	raw_close(out);
}

/*
 * Wait until the report is removed.  No interrupt ends that, as none ends
 * what a disk does.
 */
static void
hold(void)
{
	const struct timespec moment = { 0, 10000000 };
	const char *name = getenv("XTSCRYPT_FAULT_REPORT");
	NEXT(access);

	while (name != NULL && next(name, F_OK) == 0)
		nanosleep(&moment, NULL);
}

/*
 * Count a call: 0, it goes on; SHORT; LOST; or the errno that it fails with.
 * What is written to standard error always gets there, to be seen.
 */
static int
due_at(const char *call, int fd, const char *path, unsigned long long at,
    size_t len)
{
	int error = 0;
	unsigned n;

	for (size_t i = 0; i < nrules; i++) {
		struct rule *r = &rules[i];

		if (strcmp(r->call, call) != 0 || fd == STDERR_FILENO ||
		    at > r->last || (r->first > 0 && at + len <= r->first) ||
		    !is_of(r, fd, path))
			continue;
		n = __atomic_add_fetch(&r->calls, 1, __ATOMIC_RELAXED);
		if (n == r->from)
			report(call, fd, path);
		if (n == r->from || (n > r->from && r->on))
			error = r->error;
	}
	if (error == KILL)
		raise(SIGKILL);
	if (error == HELD)
		hold();
	if (error > 0)
		errno = error;
	return error;
}

/* The same, of a call that has no place in the file. */
static int
due(const char *call, int fd, const char *path)
{
	return due_at(call, fd, path, 0, 1);
}

/* Calls that return -1, and give errno the reason. */
#define FAILS(name, params, args, fd, path) \
int name params \
{ \
	int error = due(#name, fd, path); \
	NEXT(name); \
\
	return error > 0 ? -1 : error == LOST ? 0 : next args; \
}

/* A rule for fsync counts both: which of them it is does not matter. */
int
fdatasync(int fd)
{
	int error = due("fsync", fd, NULL);
	NEXT(fdatasync);

	return error > 0 ? -1 : error == LOST ? 0 : next(fd);
}

struct dirent *
readdir(DIR *names)
{
	NEXT(readdir);

	return due("readdir", dirfd(names), NULL) > 0 ? NULL : next(names);
}

FAILS(access, (const char *path, int mode), (path, mode), -1, path)
FAILS(faccessat, (int dir, const char *path, int mode, int flags),
    (dir, path, mode, flags), -1, path)
FAILS(fchmod, (int fd, mode_t mode), (fd, mode), fd, NULL)
FAILS(fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid), fd, NULL)
FAILS(flock, (int fd, int how), (fd, how), fd, NULL)
FAILS(fstat, (int fd, struct stat *st), (fd, st), fd, NULL)
FAILS(fstatat, (int dir, const char *path, struct stat *st, int flags),
    (dir, path, st, flags), -1, path)
FAILS(fsync, (int fd), (fd), fd, NULL)
FAILS(ftruncate, (int fd, off_t len), (fd, len), fd, NULL)
FAILS(futimens, (int fd, const struct timespec t[2]), (fd, t), fd, NULL)
FAILS(linkat, (int a, const char *from, int b, const char *to, int flags),
    (a, from, b, to, flags), -1, to)
FAILS(lstat, (const char *path, struct stat *st), (path, st), -1, path)
FAILS(madvise, (void *at, size_t len, int how), (at, len, how), -1, NULL)
FAILS(mlock, (const void *at, size_t len), (at, len), -1, NULL)
FAILS(mprotect, (void *at, size_t len, int how), (at, len, how), -1, NULL)
FAILS(renameat, (int a, const char *from, int b, const char *to),
    (a, from, b, to), -1, to)
FAILS(stat, (const char *path, struct stat *st), (path, st), -1, path)
FAILS(unlink, (const char *path), (path), -1, path)
FAILS(unlinkat, (int dir, const char *path, int flags), (dir, path, flags), -1,
    path)
#ifdef RENAME_NOREPLACE
FAILS(renameat2, (int a, const char *from, int b, const char *to,
    unsigned flags), (a, from, b, to, flags), -1, to)
#endif
#ifdef FALLOC_FL_KEEP_SIZE
FAILS(fallocate, (int fd, int how, off_t at, off_t len), (fd, how, at, len),
    fd, NULL)
#endif

#ifdef F_OFD_SETLK
/* Whatever the command, its argument is passed on as the pointer it may be. */
int
fcntl(int fd, int command, ...)
{
	va_list ap;
	void *arg;
	NEXT(fcntl);

	va_start(ap, command);
	arg = va_arg(ap, void *);
	va_end(ap);
	return command == F_OFD_SETLK && due("ofd_setlk", fd, NULL) > 0 ? -1 :
	    next(fd, command, arg);
}
#endif

off_t
lseek(int fd, off_t at, int whence)
{
	NEXT(lseek);

#ifdef SEEK_DATA
	if (whence == SEEK_DATA && due("seek_data", fd, NULL) > 0)
		return -1;
#endif
	return due("lseek", fd, NULL) > 0 ? -1 : next(fd, at, whence);
}

/* It closes in any case. */
int
close(int fd)
{
	int error = due("close", fd, NULL), r;
	NEXT(close);

	r = next(fd);
	if (error <= 0)
		return r;
	errno = error;
	return -1;
}

int
open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;
	NEXT(open);

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return due("open", -1, path) > 0 ? -1 : next(path, flags, mode);
}

int
openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;
	NEXT(openat);

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return due("openat", -1, path) > 0 ? -1 : next(dir, path, flags, mode);
}

/* open, as the C library's _FORTIFY_SOURCE calls it. */
int __open_2(const char *path, int flags);
int
__open_2(const char *path, int flags)
{
	return open(path, flags);
}

/* Reading and writing, of which half can be done. */
#define MOVES(name, at, params, args) \
ssize_t name params \
{ \
	int error = due_at(#name, fd, NULL, (unsigned long long)(at), len); \
	NEXT(name); \
\
	if (error == SHORT && len > 1) \
		len /= 2; \
	return error > 0 ? -1 : next args; \
}

MOVES(pread, at, (int fd, void *buf, size_t len, off_t at), (fd, buf, len, at))
MOVES(pwrite, at, (int fd, const void *buf, size_t len, off_t at),
    (fd, buf, len, at))
MOVES(read, 0, (int fd, void *buf, size_t len), (fd, buf, len))
MOVES(write, 0, (int fd, const void *buf, size_t len), (fd, buf, len))

/* Calls that return a pointer. */
#define GIVES(name, params, args, bad, path) \
void *name params \
{ \
	NEXT(name); \
\
	return due(#name, -1, path) > 0 ? bad : next args; \
}

GIVES(calloc, (size_t n, size_t size), (n, size), NULL, NULL)
GIVES(malloc, (size_t size), (size), NULL, NULL)
GIVES(mmap, (void *at, size_t len, int how, int flags, int fd, off_t offset),
    (at, len, how, flags, fd, offset), MAP_FAILED, NULL)
GIVES(realloc, (void *at, size_t size), (at, size), NULL, NULL)

/* Calls that return their error. */
int
posix_fallocate(int fd, off_t at, off_t len)
{
	int error = due("posix_fallocate", fd, NULL);
	NEXT(posix_fallocate);

	return error > 0 ? error : next(fd, at, len);
}

int
posix_memalign(void **at, size_t alignment, size_t size)
{
	int error = due("posix_memalign", -1, NULL);
	NEXT(posix_memalign);

	return error > 0 ? error : next(at, alignment, size);
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*run)(void *), void *arg)
{
	int error = due("pthread_create", -1, NULL);
	NEXT(pthread_create);

	return error > 0 ? error : next(thread, attr, run, arg);
}
