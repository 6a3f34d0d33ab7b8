/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lock.h"
#include "partfile.h"

/* Find the place of the file beside path. */
static int
find_beside(struct place *at, const char *path)
{
	char *name;
	int err = place_find(at, path);

	if (err == XC_OK)
		err = place_beside(&name, at, PARTFILE_SUFFIX);
	if (err != XC_OK)
		return err;
	free(at->name);
	at->name = name;
	return XC_OK;
}

static int
open_there(struct partfile *f, bool create)
{
	int err = place_open(&f->fd, f->at.folder, f->at.name,
	    create ? O_RDWR | O_CREAT : O_RDWR);

	return err == ELOOP || err == EISDIR || err == ENXIO ?
	    XC_E_PART_FILE : err;
}

/*
 * Its name is not enough to overwrite it, or to write plaintext to it.  Whoever
 * finds it short, new or after a crash, gives it its size; several may at once,
 * since none makes it shorter.
 */
static int
check_own(const struct partfile *f, uint64_t length, bool create)
{
	struct stat st;

	if (fstat(f->fd, &st) != 0)
		return errno;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return XC_E_PART_FILE;
	if ((uint64_t)st.st_size > length)
		return XC_E_PART_FILE;
	if ((uint64_t)st.st_size == length || !create)
		return XC_OK;
	while (ftruncate(f->fd, (off_t)length) != 0)
		if (errno != EINTR)
			return errno;
	return XC_OK;
}

int
partfile_open(struct partfile *f, const char *path, uint64_t length,
    bool finish)
{
	int err;

	*f = (struct partfile){ .at.folder = -1, .fd = -1 };
	err = find_beside(&f->at, path);
	if (err == XC_OK)
		err = open_there(f, !finish);
	if (err == XC_OK)
		err = finish ? lock_file(f->fd) : lock_shared(f->fd);
	f->no_locks = err == XC_E_NO_LOCKS;
	if (f->no_locks)
		err = XC_OK;
	if (err == XC_OK)
		err = place_holds(&f->at, f->fd);
	if (err == XC_OK)
		err = check_own(f, length, !finish);
	/* After an fsync that failed, memory has what the disk has not. */
	return err == XC_OK && finish ? io_settle(f->fd, 0) : err;
}

void
partfile_close(struct partfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
	place_leave(&f->at);
}

struct err
partfile_decrypt(struct partfile *f, struct container *file,
    const struct job *how, uint32_t i, uint32_t n)
{
	const struct header *h = &file->hf.header;
	const uint64_t length = container_length(file);
	const struct layout_range share = layout_share(&h->layout, length,
	    i, n);
	struct io out = io_at(f->fd);
	struct job job = *how;
	struct err err;

	out.start = share.offset;
	out.wait = file->in->wait;
	out.ours = true;	/* nobody reads it yet */
	job.out = &out;
	job.range = &share;
	err = container_decrypt(file, &job);
	if (err.code == XC_OK)
		err = (struct err){ io_sync(f->fd), ERR_OUTPUT };
	if (err.code == XC_OK)
		err.code = place_sync(&f->at);
	if (err.code == XC_OK)
		err.code = place_holds(&f->at, f->fd);
	return err;
}

int
partfile_place(struct partfile *f, const char *path, uint64_t length,
    unsigned flags, const struct stat *like, const struct io_wait *wait)
{
	struct output o;
	int lock = -1, err = output_take(&o, f->fd, f->at.name, path, flags);

	o.io.wait = wait;
	if (err == XC_OK)
		err = pair_lock(&lock, &o);
	if (err == XC_OK)
		err = output_settle(&o, length, like);
	/* Someone may have removed it, and begun it again. */
	if (err == XC_OK)
		err = place_holds(&f->at, f->fd);
	if (err == XC_OK)
		err = output_place(&o);
	output_leave(&o);
	if (lock >= 0)
		close(lock);
	return err;
}
