/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "output.h"
#include "path.h"
#include "permit.h"
#include "place.h"

/* Do output_check; *mode is that of the existing file, or 0. */
static int
look(mode_t *mode, const char *path, unsigned flags)
{
	bool replace = (flags & OUTPUT_REPLACE) != 0;
	struct stat st;

	*mode = 0;
	if (path_descriptor(path) >= 0)
		return XC_OK;
	if (stat(path, &st) != 0) {
		if (errno == EILSEQ)
			return XC_E_UNNAMEABLE;
		if (errno != ENOENT || *path == '\0')
			return errno;
		if (!path_names_folder(path))
			return XC_OK;
		st.st_mode = S_IFDIR;
	}
	if (S_ISDIR(st.st_mode))
		return EISDIR;
	if (S_ISREG(st.st_mode) && !replace)
		return XC_E_EXISTS;
	if (S_ISBLK(st.st_mode) && !replace)
		return XC_E_DEVICE;
	*mode = st.st_mode;
	return XC_OK;
}

int
output_check(const char *path, unsigned flags)
{
	mode_t mode;

	return look(&mode, path, flags);
}

int
output_check_folder(const char *path)
{
	struct place place;
	struct stat st;
	int err;

	if (path_descriptor(path) >= 0 ||
	    (stat(path, &st) == 0 && !S_ISREG(st.st_mode)))
		return XC_OK;
	if ((err = place_find(&place, path)) == XC_OK)
		err = place_writable(&place);
	place_leave(&place);
	return err;
}

/* mode is look's, or 0 for a descriptor. */
static int
open_direct(struct output *o, const char *path, mode_t mode,
    const struct io_wait *wait)
{
	int flags = O_WRONLY | O_NOCTTY | O_CLOEXEC;
	int err;
	struct stat st;

#ifdef __linux__
	/* Linux: fail if a block device is mounted or in use. */
	if (S_ISBLK(mode))
		flags |= O_EXCL;
#endif
	err = io_open(&o->io.fd, path, flags, wait);
	if (err == EBUSY && S_ISBLK(mode))
		err = XC_E_MOUNTED;
	o->opened = err == XC_OK;
	if (err != XC_OK || mode == 0)
		return err;
	if (fstat(o->io.fd, &st) != 0)
		return errno;
	return (st.st_mode & S_IFMT) == (mode & S_IFMT) ? XC_OK :
	    XC_E_REPLACED;
}

/*
 * Draw letters for the Xs, and append the target's name; mkstemp would need a
 * path.  ENAMETOOLONG.
 */
static int
draw(char temporary[OUTPUT_TEMPORARY_MAX], const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789";
	int len = snprintf(temporary, OUTPUT_TEMPORARY_MAX,
	    OUTPUT_TEMPORARY "%s%s", *name == '\0' ? "" : "-", name);

	for (char *x = strchr(temporary, 'X'); *x == 'X'; x++)
		*x = letters[randombytes_uniform(sizeof(letters) - 1)];
	return len < OUTPUT_TEMPORARY_MAX ? XC_OK : ENAMETOOLONG;
}

static int
create(struct output *o, const char *name, const struct io_wait *wait)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
	int err;

	do {
		if ((err = draw(o->temporary, name)) != XC_OK)
			return err;
		o->io.fd = openat(o->at.folder, o->temporary, flags, 0600);
		err = o->io.fd < 0 ? errno : XC_OK;
		if (err == EINTR && wait != NULL &&
		    !wait->go_on(wait->context))
			return XC_E_STOPPED;
	} while (err == EINTR || err == EEXIST);
	o->opened = o->unnamed = err == XC_OK;
	return err;
}

/*
 * Create the temporary file.  Its name ends in that of the target, so that a
 * file system which has no such names refuses it now, and nobody sees a file
 * under the name of the target before it is whole.
 */
static int
create_temporary(struct output *o, const struct io_wait *wait)
{
	int plain, err = create(o, o->at.name, wait);

	/* An error of any other kind does not come of a name. */
	if (err != EINVAL && err != ENOENT && err != EILSEQ &&
	    err != ENAMETOOLONG)
		return err;
	plain = create(o, "", wait);
	/* It may be longer than the target's, which was looked up already. */
	return plain != XC_OK || err == ENAMETOOLONG || o->replaces ? plain :
	    XC_E_UNNAMEABLE;
}

static int
open_temporary(struct output *o, const char *path, const struct io_wait *wait)
{
	struct stat st;
	/* Fail now, not when only the rename is left to do. */
	int err = place_find(&o->at, path);

	if (err == XC_OK)
		err = place_writable(&o->at);
	if (err != XC_OK)
		return err;
	if (fstatat(o->at.folder, o->at.name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		o->replaces = true;
	else if (errno != ENOENT)
		return errno;
	return create_temporary(o, wait);
}

/* Open path: descriptors are written from their current offset. */
static int
open_path(struct output *o, const char *path, const struct io_wait *wait)
{
	int err;
	mode_t mode;

	if (path_descriptor(path) >= 0)
		return open_direct(o, path, 0, wait);
	/* Only regular files are replaced; everything else is written to. */
	if ((err = look(&mode, path, o->flags)) != XC_OK)
		return err;
	return mode == 0 || S_ISREG(mode) ? open_temporary(o, path, wait) :
	    open_direct(o, path, mode, wait);
}

int
output_open(struct output *o, const char *path, unsigned flags,
    const struct io_wait *wait)
{
	int err = XC_OK;

	*o = (struct output){ .flags = flags, .io.fd = STDOUT_FILENO,
	    .at.folder = -1 };
	if (path == NULL || path_descriptor(path) == STDOUT_FILENO)
		o->opened = true;
	else
		err = open_path(o, path, wait);
	if (err == XC_OK)
		err = io_output(&o->io, o->io.fd, wait);
	o->io.ours = o->unnamed;
	if (err != XC_OK)
		output_abort(o);
	return err;
}

int
output_take(struct output *o, int fd, const char *name, const char *path,
    unsigned flags)
{
	struct stat st;
	int err;

	*o = (struct output){ .flags = flags, .io = io_at(fd),
	    .at.folder = -1 };
	if (strlen(name) >= sizeof(o->temporary))
		return ENAMETOOLONG;
	strcpy(o->temporary, name);
	if ((err = place_find(&o->at, path)) != XC_OK)
		return err;
	o->replaces = (flags & OUTPUT_REPLACE) != 0 && fstatat(o->at.folder,
	    o->at.name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	o->opened = o->unnamed = o->taken = o->io.ours = true;
	return XC_OK;
}

void
output_leave(struct output *o)
{
	o->opened = o->unnamed = false;
	output_abort(o);
}

/* Give the file its name, over any file that has it. */
static int
rename_over(const struct output *o)
{
	return renameat(o->at.folder, o->temporary, o->at.folder,
	    o->at.name) == 0 ? XC_OK : errno;
}

/* Remove the name of the file open as fd, unless another has it by now. */
static void
drop_name(const struct output *o, int fd)
{
	if (place_holds(&o->at, fd) == XC_OK)
		unlinkat(o->at.folder, o->at.name, 0);
}

/* Reserve the name with an empty file, and rename over that. */
static int
rename_held(const struct output *o)
{
	int fd, err = place_open(&fd, o->at.folder, o->at.name,
	    O_WRONLY | O_CREAT | O_EXCL);

	if (err != XC_OK)
		return err;
	err = rename_over(o);
	if (err != XC_OK)
		drop_name(o, fd);
	close(fd);
	return err;
}

/*
 * Rename by a second link, if the system or its file system has no such rename.
 */
static int
rename_by_link(const struct output *o)
{
	int err;

	if (linkat(o->at.folder, o->temporary, o->at.folder, o->at.name,
	    0) == 0) {
		if (unlinkat(o->at.folder, o->temporary, 0) == 0)
			return XC_OK;
		err = errno;
		drop_name(o, o->io.fd);
		return err;
	}
	/* Many memory cards have file systems without hard links. */
	if (errno == EPERM || errno == ENOTSUP || errno == ENOSYS)
		return rename_held(o);
	return errno;
}

/* Rename, but never over a file that has appeared since we looked. */
static int
rename_new(const struct output *o)
{
#if defined(RENAME_NOREPLACE)
	if (renameat2(o->at.folder, o->temporary, o->at.folder, o->at.name,
	    RENAME_NOREPLACE) == 0)
		return XC_OK;
	/* Old kernels, old sandboxes and some file systems cannot do it. */
	if (errno != EINVAL && errno != ENOSYS && errno != EPERM)
		return errno;
#elif defined(RENAME_EXCL)
	if (renameatx_np(o->at.folder, o->temporary, o->at.folder, o->at.name,
	    RENAME_EXCL) == 0)
		return XC_OK;
	if (errno != ENOTSUP)
		return errno;
#endif
	return rename_by_link(o);
}

static bool
stopped(const struct output *o)
{
	const struct io_wait *wait = o->io.wait;

	return wait != NULL && !wait->go_on(wait->context);
}

/*
 * Close a descriptor: some file systems report only then that the disk was
 * full.  Any descriptor will do; the temporary file's own stays open, to set
 * its permissions after it has its name.
 */
static int
close_late(struct output *o)
{
	int fd = o->io.fd;

	if (!o->unnamed)
		o->opened = false;
	else if ((fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
		return errno;
	return close(fd) == 0 || errno == EINTR ? XC_OK : errno;
}

int
output_settle(struct output *o, uint64_t length, const struct stat *like)
{
	int err = stopped(o) ? XC_E_STOPPED :
	    io_finish(&o->io, length);

	if (err == XC_OK && o->opened)
		err = io_sync(o->io.fd);
	/* Syncing can take long; from here to the name takes only a moment. */
	if (err == XC_OK && stopped(o))
		err = XC_E_STOPPED;
	if (err != XC_OK || !o->opened)
		return err;
	o->dressed = like != NULL;
	if (like != NULL)
		o->like = *like;
	return close_late(o);
}

void
output_dress(const struct output *o)
{
	if (o->opened && (o->flags & OUTPUT_PRIVATE) == 0)
		permit_take_after(o->io.fd, o->at.folder, o->dressed ?
		    &o->like : NULL);
}

/* Rename over an existing file only if that was asked for. */
static int
rename_any(struct output *o)
{
	int err;

	if (!o->replaces) {
		err = rename_new(o);
		if (err != EEXIST)
			return err;
		if ((o->flags & OUTPUT_REPLACE) == 0)
			return XC_E_EXISTS;
		o->replaces = true;
	}
	return rename_over(o);
}

/* Give the temporary file its name, durably. */
static int
put_in_place(struct output *o)
{
	int err = rename_any(o);

	if (err != XC_OK)
		return err;
	o->unnamed = false;
	o->placed = true;
	output_dress(o);
	err = place_sync(&o->at);
	if (err != XC_OK)
		output_withdraw(o);
	return err;
}

int
output_place(struct output *o)
{
	return o->unnamed ? put_in_place(o) : XC_OK;
}

/* Give a file that was taken its own name again, if nothing else has it. */
static bool
give_back(const struct output *o)
{
	/* It was dressed for its final name. */
	return !o->taken || (fchmod(o->io.fd, 0600) == 0 &&
	    linkat(o->at.folder, o->at.name, o->at.folder, o->temporary,
	    0) == 0);
}

void
output_withdraw(struct output *o)
{
	/* A new file that has replaced another is better than none. */
	if (!o->placed || o->replaces)
		return;
	if (give_back(o))
		drop_name(o, o->io.fd);
	o->placed = false;
}

int
output_commit(struct output *o, uint64_t length, const struct stat *like)
{
	int err = output_settle(o, length, like);

	if (err == XC_OK)
		err = output_place(o);
	output_abort(o);
	return err;
}

void
output_abort(struct output *o)
{
	struct output end = { .left = o->left };

	if (o->opened)
		close(o->io.fd);
	if (o->unnamed && unlinkat(o->at.folder, o->temporary, 0) != 0)
		end.left = errno != ENOENT;
	if (end.left)
		memcpy(end.temporary, o->temporary, sizeof(end.temporary));
	place_leave(&o->at);
	*o = end;
}
