/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "hold.h"
#include "holder.h"
#include "io.h"
#include "lock.h"
#include "path.h"

/* Check that no other program has it, as far as the system can detect that. */
static int
check_alone(int fd, const struct stat *st, const char *path)
{
	char who[HOLDER_MAX];
	int err = lock_alone(fd);

	/* Without locks another program may change it; a device has O_EXCL. */
	if (err == XC_E_NO_LOCKS && S_ISBLK(st->st_mode))
		err = XC_OK;
	if (err == XC_OK && S_ISREG(st->st_mode) && st->st_nlink > 1)
		err = XC_E_LINKS;
	if (err == XC_OK && S_ISREG(st->st_mode) && holder_find(who, st))
		err = XC_E_BUSY;
	return err == XC_OK ? path_holds(path, fd) : err;
}

/* Check that what was opened is of the kind that its name had. */
static int
check_kind(int fd, const struct stat *named, struct stat *st)
{
	if (fstat(fd, st) != 0)
		return errno;
	if ((st->st_mode & S_IFMT) != (named->st_mode & S_IFMT))
		return XC_E_REPLACED;
	return XC_OK;
}

/* Check that no other program has the regular file open for writing. */
static int
check_unwritten(const char *path)
{
	int fd, err = io_open(&fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC, NULL);

	/* Opening it to write waits for another program that has a lease. */
	if (err != XC_OK)
		return err == EAGAIN ? XC_OK : err;
	err = lock_written(fd) ? XC_E_BUSY : XC_OK;
	close(fd);
	return err;
}

int
hold_open(int *fd, bool *device, const char *path)
{
	int flags = O_RDWR | O_NOCTTY | O_CLOEXEC, f, err;
	struct stat named, st;

	*fd = -1;
	if (path_descriptor(path) >= 0)
		return XC_E_DESCRIPTOR;
	if (stat(path, &named) != 0)
		return errno;
	*device = S_ISBLK(named.st_mode);
	if (!S_ISREG(named.st_mode) && !*device)
		return XC_E_NOT_FILE;
#ifdef __linux__
	/* Linux: refuses a block device that is mounted or otherwise in use. */
	if (*device)
		flags |= O_EXCL;
#endif
	/* Before it is open for writing here, too. */
	if (!*device && (err = check_unwritten(path)) != XC_OK)
		return err;
	err = io_open(&f, path, flags, NULL);
	if (err != XC_OK)
		return err == EBUSY && *device ? XC_E_MOUNTED : err;
	err = check_kind(f, &named, &st);
	if (err == XC_OK)
		err = check_alone(f, &st, path);
	if (err == XC_OK)
		*fd = f;
	else
		close(f);
	return err;
}

int
hold_open_shared(int *fd, const char *path)
{
	int err = io_open(fd, path, O_RDONLY | O_NOCTTY | O_CLOEXEC, NULL);

	if (err != XC_OK)
		return err;
	err = lock_shared(*fd);
	if (err == XC_OK || err == XC_E_NO_LOCKS)
		return XC_OK;
	close(*fd);
	*fd = -1;
	return err;
}
