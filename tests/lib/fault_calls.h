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

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

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
#endif

#endif
