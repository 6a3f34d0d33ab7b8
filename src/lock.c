/* SPDX-License-Identifier: ISC */
#include <sys/file.h>
#ifdef __linux__
#include <sys/vfs.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "err.h"
#include "lock.h"

/* Try another kind of lock, if the file system refuses flock. */
static int
lock_range(int fd, bool shared)
{
#ifdef F_OFD_SETLK
	struct flock all = { .l_whence = SEEK_SET };

	all.l_type = shared ? F_RDLCK : F_WRLCK;
	if (fcntl(fd, F_OFD_SETLK, &all) == 0)
		return XC_OK;
	if (errno == EAGAIN || errno == EACCES)
		return XC_E_BUSY;
#else
	(void)fd, (void)shared;
#endif
	return XC_E_NO_LOCKS;
}

static int
lock_by_flock(int fd, bool shared)
{
	while (flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
		const int err = errno;

		if (err == ENOSYS || err == ENOLCK || err == EOPNOTSUPP)
			return lock_range(fd, shared);
		if (err != EINTR)
			return err == EWOULDBLOCK ? XC_E_BUSY : err;
	}
	return XC_OK;
}

int
lock_file(int fd)
{
	return lock_by_flock(fd, false);
}

int
lock_shared(int fd)
{
	return lock_by_flock(fd, true);
}

int
lock_alone(int fd)
{
	int err = lock_file(fd), range;

	if (err != XC_OK)
		return err;
	range = lock_range(fd, false);
	return range == XC_E_NO_LOCKS ? XC_OK : range;
}

#ifdef F_SETLEASE
/*
 * Is the file system one of the kernel's own?  Of a file on a server it refuses
 * a lease whenever the server has granted none.
 */
static bool
is_local(int fd)
{
	static const unsigned long local[] = { 0xef53, 0x58465342, 0x01021994,
	    0x9123683e, 0xf2f52010, 0x4d44, 0x2011bab0 };
	    /* ext, XFS, tmpfs, btrfs, F2FS, FAT, exFAT */
	struct statfs fs;

	for (size_t i = 0; fstatfs(fd, &fs) == 0 &&
	    i < sizeof(local) / sizeof(local[0]); i++)
		if ((unsigned long)fs.f_type == local[i])
			return true;
	return false;
}
#endif

bool
lock_written(int fd)
{
	bool written = false;

#ifdef F_SETLEASE
	if (!is_local(fd))
		return false;
	/* Who opens it now has to wait, which a signal says: an ignored one. */
	(void)fcntl(fd, F_SETSIG, SIGURG);
	written = fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
#else
	(void)fd;
#endif
	return written;
}
