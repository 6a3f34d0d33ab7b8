/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "path.h"
#include "place.h"

/* Allows the use of a directory's names without reading them. */
#if defined(O_SEARCH)
#define SEARCH O_SEARCH
#elif defined(O_PATH)
#define SEARCH O_PATH	/* Linux */
#else
#define SEARCH O_RDONLY
#endif

/*
 * Check the place: path may have changed while we followed it, and some links
 * of the kernel do not lead where they say.
 */
static int
confirm(const struct place *p, const char *path)
{
	struct stat here, there;
	bool is_here, is_there;

	is_here = fstatat(p->folder, p->name, &here, AT_SYMLINK_NOFOLLOW) == 0;
	if (!is_here && errno != ENOENT)
		return errno;
	is_there = stat(path, &there) == 0;
	if (!is_there && errno != ENOENT)
		return errno;
	if (is_here != is_there || (is_here &&
	    (here.st_dev != there.st_dev || here.st_ino != there.st_ino)))
		return XC_E_REPLACED;
	return XC_OK;
}

/*
 * Take the name apart and open its folder, whose names can be made durable
 * unless it may be written but not read.
 */
static int
open_place(struct place *p, char *at)
{
	const int flags = O_DIRECTORY | O_CLOEXEC;
	const char *folder;
	int err;

	if ((p->name = strdup(basename(at))) == NULL)
		return ENOMEM;
	folder = dirname(at);
	err = io_open(&p->folder, folder, O_RDONLY | flags, NULL);
	p->lasts = err == XC_OK;
	if (err == EACCES)
		err = io_open(&p->folder, folder, SEARCH | flags, NULL);
	return err;
}

int
place_find(struct place *p, const char *path)
{
	char *at;
	int err;

	*p = (struct place){ .folder = -1 };
	if ((err = path_follow(&at, path)) != XC_OK)
		return err;
	err = path_names_folder(at) ? EISDIR : open_place(p, at);
	if (err == XC_OK)
		err = confirm(p, path);
	free(at);
	if (err != XC_OK)
		place_leave(p);
	return err;
}

bool
place_is_name(int err)
{
	switch (err) {
	case EACCES:
	case EISDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case ENOENT:
	case ENOTDIR:
	case EPERM:
	case XC_E_REPLACED:
		return true;
	default:
		return false;
	}
}

int
place_copy(struct place *to, const struct place *from)
{
	*to = (struct place){ .folder = -1, .lasts = from->lasts };
	if ((to->name = strdup(from->name)) == NULL)
		return ENOMEM;
	to->folder = fcntl(from->folder, F_DUPFD_CLOEXEC, 0);
	return to->folder < 0 ? errno : XC_OK;
}

int
place_beside(char **name, const struct place *p, const char *suffix)
{
	size_t len = strlen(p->name), more = strlen(suffix) + 1;

	if ((*name = malloc(len + more)) == NULL)
		return ENOMEM;
	memcpy(*name, p->name, len);
	memcpy(*name + len, suffix, more);
	return XC_OK;
}

#ifdef STATX_ATTR_MOUNT_ROOT
/* Return the attributes of name in the folder, or 0. */
static uint64_t
attributes(const struct place *p, const char *name)
{
	struct statx st;

	/* With a kernel or sandbox older than the call, the rename fails. */
	return statx(p->folder, name, AT_SYMLINK_NOFOLLOW, STATX_TYPE,
	    &st) == 0 ? st.stx_attributes : 0;
}
#endif

/* Check that the folder and any file there allow a rename over that. */
static int
replaceable(const struct place *p)
{
#ifdef STATX_ATTR_MOUNT_ROOT
	const uint64_t fixed = STATX_ATTR_APPEND | STATX_ATTR_IMMUTABLE;
	uint64_t file = attributes(p, p->name);

	if ((file & STATX_ATTR_MOUNT_ROOT) != 0)
		return XC_E_MOUNTED;
	if (((file | attributes(p, ".")) & fixed) != 0)
		return EPERM;
#else
	(void)p;
#endif
	return XC_OK;
}

int
place_writable(const struct place *p)
{
	if (faccessat(p->folder, ".", W_OK | X_OK, 0) == 0)
		return replaceable(p);
	/* A sandbox older than the call: creating the file will show it. */
	return errno == EPERM || errno == ENOSYS ? XC_OK : errno;
}

int
place_holds(const struct place *p, int fd)
{
	struct stat here, opened;

	if (fstatat(p->folder, p->name, &here, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? XC_E_REPLACED : errno;
	if (fstat(fd, &opened) != 0)
		return errno;
	return here.st_dev == opened.st_dev && here.st_ino == opened.st_ino ?
	    XC_OK : XC_E_REPLACED;
}

int
place_open(int *fd, int folder, const char *name, int flags)
{
	flags |= O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	do
		*fd = openat(folder, name, flags, 0600);
	while (*fd < 0 && errno == EINTR);
	return *fd < 0 ? errno : XC_OK;
}

int
place_sync(const struct place *p)
{
	return p->lasts ? io_sync(p->folder) : XC_OK;
}

int
place_settle(const char *path)
{
	struct place p;
	int err;

	if (path_descriptor(path) >= 0)
		return XC_OK;
	err = place_find(&p, path);
	if (err == XC_OK)
		err = place_sync(&p);
	place_leave(&p);
	return err;
}

int
place_same(bool *same, const struct place *a, const struct place *b)
{
	struct stat one, two;

	if (fstat(a->folder, &one) != 0 || fstat(b->folder, &two) != 0)
		return errno;
	*same = one.st_dev == two.st_dev && one.st_ino == two.st_ino &&
	    strcmp(a->name, b->name) == 0;
	return XC_OK;
}

void
place_leave(struct place *p)
{
	if (p->name != NULL && p->folder >= 0)
		close(p->folder);
	free(p->name);
	*p = (struct place){ .folder = -1 };
}
