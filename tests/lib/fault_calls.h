/* SPDX-License-Identifier: ISC */
/*
 * Included by the compiler's -include before a module of the library, this has
 * it call fault.c where it would call the system: with every compiler and
 * linker, static or not, and nothing in the module needs to know.
 *
 * First come the headers that declare the calls, so that only uses are renamed.
 */
#ifndef FAULT_CALLS_H
#define FAULT_CALLS_H

#include <sys/stat.h>
#include <sys/types.h>

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

int fault_open(const char *path, int flags, ...);
int fault_openat(int dir, const char *path, int flags, ...);
int fault_close(int fd);
ssize_t fault_read(int fd, void *buf, size_t len);
ssize_t fault_pread(int fd, void *buf, size_t len, off_t at);
ssize_t fault_write(int fd, const void *buf, size_t len);
ssize_t fault_pwrite(int fd, const void *buf, size_t len, off_t at);
int fault_fsync(int fd);
int fault_renameat(int fd, const char *from, int fd2, const char *to);
int fault_renameat2(int fd, const char *from, int fd2, const char *to,
    unsigned flags);
int fault_linkat(int fd, const char *from, int fd2, const char *to, int flags);
int fault_unlinkat(int fd, const char *path, int flags);
int fault_ftruncate(int fd, off_t len);
int fault_fchown(int fd, uid_t uid, gid_t gid);
int fault_fchmod(int fd, mode_t mode);
int fault_futimens(int fd, const struct timespec times[2]);

void *fault_malloc(size_t size);
void *fault_calloc(size_t n, size_t size);
void *fault_realloc(void *old, size_t size);
char *fault_strdup(const char *s);
void *fault_sodium_malloc(size_t size);
int fault_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
    void *(*work)(void *), void *context);

int fault_stat(const char *path, struct stat *st);
int fault_lstat(const char *path, struct stat *st);
int fault_fstat(int fd, struct stat *st);
int fault_fstatat(int fd, const char *path, struct stat *st, int flags);
off_t fault_lseek(int fd, off_t at, int whence);
DIR *fault_fdopendir(int fd);
DIR *fault_opendir(const char *path);

#ifndef FAULT_DECLARES_ONLY
/* A C library may have macros of these names. */
#undef open
#undef openat
#undef close
#undef read
#undef pread
#undef write
#undef pwrite
#undef fdatasync
#undef fsync
#undef renameat
#undef renameat2
#undef linkat
#undef unlinkat
#undef ftruncate
#undef fchown
#undef fchmod
#undef futimens
#define open fault_open
#define openat fault_openat
#define close fault_close
#define read fault_read
#define pread fault_pread
#define write fault_write
#define pwrite fault_pwrite
#define fdatasync fault_fsync
#define fsync fault_fsync
#define renameat fault_renameat
#define renameat2 fault_renameat2
#define linkat fault_linkat
#define unlinkat fault_unlinkat
#define ftruncate fault_ftruncate
#define fchown fault_fchown
#define fchmod fault_fchmod
#define futimens fault_futimens

/* Modules that are not compiled for fault.c may call these. */
#undef malloc
#undef calloc
#undef realloc
#undef strdup
#undef pthread_create
#undef stat
#undef lstat
#undef fstat
#undef fstatat
#undef lseek
#undef fdopendir
#undef opendir
#define malloc(size) fault_malloc(size)
#define calloc(n, size) fault_calloc(n, size)
#define realloc(old, size) fault_realloc(old, size)
#define strdup(s) fault_strdup(s)
#define sodium_malloc(size) fault_sodium_malloc(size)
#define pthread_create(t, a, work, context) \
	fault_pthread_create(t, a, work, context)
#define stat(path, st) fault_stat(path, st)
#define lstat(path, st) fault_lstat(path, st)
#define fstat(fd, st) fault_fstat(fd, st)
#define fstatat(fd, path, st, flags) fault_fstatat(fd, path, st, flags)
#define lseek(fd, at, whence) fault_lseek(fd, at, whence)
#define fdopendir(fd) fault_fdopendir(fd)
#define opendir(path) fault_opendir(path)
#endif

#endif
