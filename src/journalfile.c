/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "journalfile.h"
#include "lock.h"
#include "output.h"
#include "path.h"
#include "room.h"

#define ZEROS (1 << 20)	/* written at a time */

int
journalfile_path(char **journal, const char *path)
{
	return path_beside(journal, path, JOURNALFILE_SUFFIX);
}

int
journalfile_find(struct journalfile *j, const char *path)
{
	int err;

	*j = (struct journalfile){ .beside.folder = -1, .fd = -1 };
	err = place_find(&j->beside, path);
	return err == XC_OK ?
	    place_beside(&j->name, &j->beside, JOURNALFILE_SUFFIX) : err;
}

struct err
journalfile_find_new(struct journalfile *j, const char *path, int data)
{
	struct err err = { journalfile_find(j, path), ERR_HEADER };

	/* A file system in memory syncs, but to no avail. */
	return err.code == XC_OK && room_lasts(data) &&
	    !room_lasts(j->beside.folder) ?
	    (struct err){ XC_E_NO_SYNC, ERR_JOURNAL } : err;
}

void
journalfile_close(struct journalfile *j)
{
	if (j->name != NULL && j->fd >= 0)
		close(j->fd);
	free(j->name);
	place_leave(&j->beside);
	*j = (struct journalfile){ .beside.folder = -1, .fd = -1 };
}

/* Refuse a journal that another user could have put there. */
static int
check_owner(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return errno;
	return S_ISREG(st.st_mode) && st.st_nlink == 1 &&
	    (st.st_uid == geteuid() || st.st_uid == 0) &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? XC_OK :
	    XC_E_JOURNAL_FILE;
}

int
journalfile_open(struct journalfile *j)
{
	int fd, err = place_open(&fd, j->beside.folder, j->name, O_RDWR);

	if (err != XC_OK)
		return err == ENOENT || err == ENAMETOOLONG ? XC_E_MAGIC :
		    err == ELOOP || err == EMLINK || err == EISDIR ||
		    err == ENXIO ? XC_E_JOURNAL_FILE : err;
	err = check_owner(fd);
	if (err == XC_OK)
		err = lock_file(fd);
	/* The payload's lock suffices, where there is one. */
	if (err == XC_E_NO_LOCKS)
		err = XC_OK;
	if (err == XC_OK)
		j->fd = fd;
	else
		close(fd);
	return err;
}

static int
write_zeros(const struct io *io, uint64_t from, uint64_t to)
{
	static uint8_t zeros[ZEROS];	/* const would put it in the program */
	int err = XC_OK;
	size_t n;

	for (; from < to && err == XC_OK; from += n) {
		n = to - from < ZEROS ? (size_t)(to - from) : ZEROS;
		err = io_write(io, zeros, n, from);
	}
	return err;
}

/* Write all of its bytes now: later the disk cannot be too full for them. */
static int
write_journal(struct output *o, const uint8_t *front, size_t len, uint64_t size)
{
	int err = io_write(&o->io, front, len, 0);

	if (err == XC_OK)
		err = write_zeros(&o->io, len, size);
	if (err == XC_OK)
		err = io_sync_sure(o->io.fd);
	if (err == XC_OK)
		err = o->at.lasts ? io_sync_sure(o->at.folder) : EINVAL;
	return err == EINVAL || err == ENOTSUP ? XC_E_NO_SYNC : err;
}

int
journalfile_make(struct journalfile *j, const char *path, const uint8_t *front,
    size_t len, uint64_t size)
{
	struct output o;
	char *name;
	int err = journalfile_path(&name, path);

	if (err != XC_OK)
		return err;
	err = output_open(&o, name, OUTPUT_PRIVATE, NULL);
	free(name);
	if (err != XC_OK)
		return err;
	err = write_journal(&o, front, len, size);
	if (err == XC_OK)
		err = output_place(&o);
	output_abort(&o);
	return err == XC_OK ? journalfile_open(j) : err;
}

int
journalfile_remove(struct journalfile *j)
{
	if (unlinkat(j->beside.folder, j->name, 0) != 0 && errno != ENOENT)
		return errno;
	return place_sync(&j->beside);
}

/*
 * The newest of the heads, as they look; those that fit the copy of the header
 * (NULL: there is none) come before those that do not.
 */
static int
look_at_heads(struct journal_head *head, struct io *io,
    const struct header *copy)
{
	bool fits, best = false;
	uint8_t block[JOURNAL_BLOCK];
	struct journal_head h;
	size_t got;
	int found = XC_E_JOURNAL, err;

	for (unsigned i = 0; i < 2; i++) {
		err = io_read(io, block, sizeof(block), i * JOURNAL_BLOCK,
		    &got);
		if (err != XC_OK)
			return err;
		if (got < sizeof(block) ||
		    journal_head_decode(&h, block) != XC_OK)
			continue;
		fits = copy != NULL && journal_head_fits(&h, copy);
		if (found == XC_OK && (fits < best ||
		    (fits == best && h.epoch < head->epoch)))
			continue;
		*head = h;
		best = fits;
		found = XC_OK;
	}
	return found;
}

/* The number of the newest record; 0 if none can be read. */
static uint64_t
newest(const struct journal_head *head, struct io *io)
{
	uint8_t block[JOURNAL_BLOCK];
	struct journal_record r;
	uint64_t most = 0;
	size_t got;

	/* An area of any size: nothing is allocated for it. */
	for (unsigned i = 0; i < 2 && head->area <= LAYOUT_LENGTH_MAX; i++)
		if (io_read(io, block, sizeof(block), JOURNAL_RECORDS_AT +
		    i * (head->area / 2), &got) == XC_OK &&
		    got == sizeof(block) &&
		    journal_record_decode(&r, block) == XC_OK &&
		    memcmp(r.journal_id, head->journal_id,
		    JOURNAL_ID_BYTES) == 0 && r.sequence > most)
			most = r.sequence;
	return most;
}

static int
read_seen(struct journal_seen *seen, struct io *io)
{
	uint8_t block[JOURNAL_BLOCK];
	size_t got;
	int err;

	err = io_read(io, block, sizeof(block), JOURNAL_HEADER_AT, &got);
	if (err != XC_OK)
		return err;
	seen->has_header = got == sizeof(block) &&
	    header_decode(&seen->header, block) == XC_OK;
	err = look_at_heads(&seen->head, io, seen->has_header ?
	    &seen->header : NULL);
	if (err == XC_OK)
		seen->sequence = newest(&seen->head, io);
	return err;
}

static int
open_to_look(int *fd, const struct journalfile *j)
{
	struct stat st;

	*fd = -1;
	if (fstatat(j->beside.folder, j->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT || errno == ENAMETOOLONG ? XC_E_MAGIC :
		    errno;
	return S_ISREG(st.st_mode) ?
	    place_open(fd, j->beside.folder, j->name, O_RDONLY) :
	    XC_E_JOURNAL_FILE;
}

struct err
journalfile_look(struct journal_seen *seen, const char *path)
{
	struct journalfile j;
	struct io io;
	struct err err = { journalfile_find(&j, path), ERR_HEADER };
	int fd;

	*seen = (struct journal_seen){ .has_header = false };
	/* An error of path itself is reported when that is opened. */
	if (place_is_name(err.code))
		err.code = XC_E_MAGIC;
	if (err.code == XC_OK)
		err = (struct err){ open_to_look(&fd, &j), ERR_JOURNAL };
	if (err.code == XC_OK) {
		io = io_at(fd);
		err.code = read_seen(seen, &io);
		close(fd);
	}
	journalfile_close(&j);
	return err;
}
