/* SPDX-License-Identifier: ISC */
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "err.h"
#include "lock.h"
#include "room.h"

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

bool
lock_written(int fd)
{
	bool written = false;

#ifdef __linux__
	/*
	 * Of a file on a server a lease is refused whenever the server has
	 * granted none.  Who opens it meanwhile has to wait, which a signal
	 * says: one that is ignored.
	 */
	if (!room_local(fd) || fcntl(fd, F_SETSIG, SIGURG) != 0)
		return false;
	written = fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
	(void)fcntl(fd, F_SETLEASE, F_UNLCK);
#else
	(void)fd;
#endif
	return written;
}
