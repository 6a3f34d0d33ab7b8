/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "lock.h"
#include "pair.h"
#include "side.h"

/* A prefix of its own: users may remove any temporary file. */
_Static_assert(sizeof(PAIR_WAITING) == sizeof(OUTPUT_TEMPORARY),
    "a header that waits is still an output that has a temporary name");

/* Open to write if possible: a range lock requires that. */
static int
open_to_lock(int *fd, int folder, const char *name)
{
	return place_open(fd, folder, name, O_RDWR) == XC_OK ? XC_OK :
	    place_open(fd, folder, name, O_RDONLY);
}

int
pair_lock(int *fd, struct output *o)
{
	int err;

	*fd = -1;
	if (o->at.name == NULL || (o->flags & OUTPUT_REPLACE) == 0)
		return XC_OK;
	/* A file that may not be read can still be replaced. */
	if (open_to_lock(fd, o->at.folder, o->at.name) != XC_OK)
		return XC_OK;
	o->replaces = true;
	err = lock_file(*fd);
	/* Without locks, replace the pair as other files are. */
	if (err == XC_E_NO_LOCKS)
		return XC_OK;
	return err == XC_OK ? place_holds(&o->at, *fd) : err;
}

/* Replace the Xs by letters derived from front. */
static void
set_letters(char *name, const uint8_t *front, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789";
	uint8_t hash[crypto_generichash_BYTES];
	size_t i = 0;

	crypto_generichash(hash, sizeof(hash), front, len, NULL, 0);
	for (char *x = strchr(name, 'X'); *x != '\0'; x++, i++)
		*x = letters[hash[i] % (sizeof(letters) - 1)];
}

/* Derive the letters from the payload called file in folder. */
static int
letters_of(char *name, int folder, const char *file)
{
	uint8_t front[PAIR_FRONT];
	struct io io;
	size_t len;
	int fd, err = place_open(&fd, folder, file, O_RDONLY);

	if (err != XC_OK)
		return err;
	io = io_at(fd);
	err = io_read(&io, front, sizeof(front), 0, &len);
	close(fd);
	if (err == XC_OK)
		set_letters(name, front, len);
	return err;
}

/* Read a waiting header in the folder of side. */
static int
read_waiting(struct headerfile *hf, const struct side *side, const char *name)
{
	struct io io;
	int fd;
	int err = side_file(&fd, side->file.folder, name,
	    side->owner);

	if (err != XC_OK)
		return err == XC_E_SIDE ? XC_E_MAGIC : err;
	io = io_at(fd);
	err = io_read_all(&io, hf->bytes, HEADER_BYTES, 0, XC_E_MAGIC);
	close(fd);
	return err == XC_OK ? header_decode(&hf->header, hf->bytes) : err;
}

int
pair_find(struct headerfile *hf, char name[sizeof(PAIR_WAITING)],
    const char *path, const uint8_t *front, size_t len)
{
	struct side side;
	int err = side_open(&side, path, -1);

	name[0] = '\0';
	hf->rescued = hf->shown = false;
	/* An error in path itself is reported when that is opened. */
	if (place_is_name(err))
		err = XC_E_MAGIC;
	if (err == XC_OK) {
		memcpy(name, PAIR_WAITING, sizeof(PAIR_WAITING));
		set_letters(name, front, len);
		err = read_waiting(hf, &side, name);
	}
	side_close(&side);
	return err;
}

/* Check that the file of this name is a waiting header, with another id. */
static int
waits(const struct side *side, const char *name,
    const uint8_t id[HEADER_ID_BYTES])
{
	struct headerfile hf;
	size_t prefix = strcspn(PAIR_WAITING, "X");
	int err;

	if (strncmp(name, PAIR_WAITING, prefix) != 0 ||
	    strlen(name) != sizeof(PAIR_WAITING) - 1)
		return XC_E_MAGIC;
	err = read_waiting(&hf, side, name);
	if (err == XC_OK && memcmp(hf.header.id, id, HEADER_ID_BYTES) == 0)
		err = XC_E_MAGIC;
	return err;
}

static int
list(DIR **names, int folder)
{
	int fd, err = place_open(&fd, folder, ".", O_RDONLY);

	if (err != XC_OK)
		return err == EACCES ? XC_E_MAGIC : err;
	*names = fdopendir(fd);
	err = *names == NULL ? errno : XC_OK;
	if (err != XC_OK)
		close(fd);
	return err;
}

static int
search(char name[sizeof(PAIR_WAITING)], DIR *names, const struct side *side,
    const uint8_t id[HEADER_ID_BYTES])
{
	const struct dirent *d;
	int err;

	do {
		errno = 0;
		d = readdir(names);
		if (d == NULL)
			return errno != 0 ? errno : XC_E_MAGIC;
		err = waits(side, d->d_name, id);
	} while (err < 0);
	memcpy(name, d->d_name, sizeof(PAIR_WAITING));
	return err;
}

int
pair_waits(char name[sizeof(PAIR_WAITING)], const char *path,
    const uint8_t id[HEADER_ID_BYTES])
{
	struct side side;
	DIR *names;
	int err = side_open(&side, path, -1);

	name[0] = '\0';
	if (err == XC_OK)
		err = list(&names, side.file.folder);
	if (err == XC_OK) {
		err = search(name, names, &side, id);
		closedir(names);
	}
	side_close(&side);
	return err;
}

/* Give the temporary file another temporary name. */
static int
rename_temporary(struct output *o, const char *name)
{
	if (renameat(o->at.folder, o->temporary, o->at.folder, name) != 0)
		return errno;
	memcpy(o->temporary, name, sizeof(PAIR_WAITING));
	return place_sync(&o->at);
}

/* Exchange the names of the old file and of the new one. */
static int
exchange_names(const struct output *o)
{
#if defined(RENAME_EXCHANGE)
	return renameat2(o->at.folder, o->temporary, o->at.folder, o->at.name,
	    RENAME_EXCHANGE) == 0 ? XC_OK : errno;
#elif defined(RENAME_SWAP)
	return renameatx_np(o->at.folder, o->temporary, o->at.folder,
	    o->at.name, RENAME_SWAP) == 0 ? XC_OK : errno;
#else
	(void)o;
	return ENOSYS;
#endif
}

/*
 * Give the old file a second name, old, to put it back by; "" if the file
 * system cannot do that.
 */
static int
keep_old(char old[sizeof(OUTPUT_TEMPORARY)], const struct output *o)
{
	int err = letters_of(old, o->at.folder, o->at.name);

	if (err == XC_OK && linkat(o->at.folder, o->at.name, o->at.folder, old,
	    0) != 0)
		err = errno;
	if (err == XC_OK)
		return XC_OK;
	old[0] = '\0';
	return err == EIO || err == ENOSPC || err == EDQUOT ? err : XC_OK;
}

/*
 * Replace the old file, which gets the temporary name if its file system can do
 * that: by exchanging names, or by a second name.
 */
static int
replace_keeping(struct output *o)
{
	char old[] = OUTPUT_TEMPORARY;
	int err = exchange_names(o);

	/* Old kernels, old sandboxes and some file systems cannot do it. */
	if (err != EINVAL && err != ENOSYS && err != ENOTSUP && err != EPERM)
		return err;
	if ((err = keep_old(old, o)) != XC_OK)
		return err;
	if (renameat(o->at.folder, o->temporary, o->at.folder,
	    o->at.name) != 0) {
		err = errno;
		if (old[0] != '\0')
			unlinkat(o->at.folder, old, 0);
		return err;
	}
	o->unnamed = old[0] != '\0';
	memcpy(o->temporary, old, sizeof(old));
	return XC_OK;
}

/*
 * Put the old file back, durably; false: after a crash the new one may be
 * there.  A file that someone else has put there meanwhile stays, as if it had
 * come after that.
 */
static bool
put_back(struct output *o)
{
	output_withdraw(o);
	if (o->placed && place_holds(&o->at, o->io.fd) != XC_E_REPLACED) {
		if (!o->unnamed || renameat(o->at.folder, o->temporary,
		    o->at.folder, o->at.name) != 0)
			return false;
		o->unnamed = false;
	}
	return place_sync(&o->at) == XC_OK;
}

/* Place it, so that it can be put back after a failure here or later. */
static int
place_payload(struct output *o)
{
	int err;

	if (!o->unnamed || !o->replaces)
		return output_place(o);
	err = replace_keeping(o);
	if (err == ENOENT) {
		/* The old file is gone: there is nothing to keep. */
		o->replaces = false;
		return output_place(o);
	}
	if (err != XC_OK)
		return err;
	o->placed = true;
	output_dress(o);
	return place_sync(&o->at);
}

/*
 * Place the header of a payload that has no name yet.  XC_E_EXISTS: another has
 * appeared, whose payload may be about to.
 */
static int
place_first(struct output *header)
{
	const unsigned flags = header->flags;
	int err;

	header->flags &= ~OUTPUT_REPLACE;
	err = output_place(header);
	header->flags = flags;
	return err;
}

/* Do both names lead to one file, as in a folder that ignores case? */
static bool
have_one_name(const struct output *payload, const struct output *header)
{
	struct stat p, h;

	return payload->at.name != NULL && header->at.name != NULL &&
	    fstatat(payload->at.folder, payload->at.name, &p,
	    AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstatat(header->at.folder, header->at.name, &h,
	    AT_SYMLINK_NOFOLLOW) == 0 &&
	    p.st_dev == h.st_dev && p.st_ino == h.st_ino;
}

/*
 * Place a pair that replaces no header: header first, as alone it is of no use.
 */
static struct err
place_new(struct output *payload, struct output *header)
{
	struct err err = { payload->unnamed && header->unnamed ?
	    place_first(header) : output_place(header), ERR_HEADER };

	if (err.code != XC_OK)
		return err;
	err.file = ERR_OUTPUT;
	err.code = have_one_name(payload, header) ? XC_E_ONE_NAME :
	    place_payload(payload);
	if (err.code != XC_OK && put_back(payload))
		output_withdraw(header);
	return err;
}

/*
 * Place a pair that replaces one.  The old header is replaced last: until then
 * the new one waits under a name by which its payload finds it.
 */
static struct err
place_over(struct output *payload, struct output *header)
{
	char name[] = PAIR_WAITING;
	struct err err = { XC_E_ONE_NAME, ERR_OUTPUT };

	if (have_one_name(payload, header))
		return err;
	err.code = letters_of(name, payload->at.folder, payload->temporary);
	if (err.code != XC_OK)
		return err;
	err = (struct err){ rename_temporary(header, name), ERR_HEADER };
	if (err.code != XC_OK)
		return err;
	err = (struct err){ place_payload(payload), ERR_OUTPUT };
	if (err.code == XC_OK)
		err = (struct err){ output_place(header), ERR_HEADER };
	/* If only syncing the header's folder failed, both have their names. */
	if (err.code != XC_OK && header->unnamed)
		header->unnamed = put_back(payload);
	return err;
}

/* Find the waiting header of the payload that is about to be replaced. */
static bool
find_waited(char name[sizeof(PAIR_WAITING)], const struct output *payload,
    const struct output *header)
{
	struct headerfile hf;
	struct side side;
	int err = side_at(&side, &header->at);

	memcpy(name, PAIR_WAITING, sizeof(PAIR_WAITING));
	if (err == XC_OK)
		err = letters_of(name, payload->at.folder, payload->at.name);
	if (err == XC_OK)
		err = read_waiting(&hf, &side, name);
	side_close(&side);
	return err == XC_OK;
}

static struct err
replace_pair(struct output *payload, struct output *header)
{
	char waited[sizeof(PAIR_WAITING)];
	bool left = find_waited(waited, payload, header);
	struct err err = place_over(payload, header);

	if (err.code == XC_OK && left)
		unlinkat(header->at.folder, waited, 0);
	return err;
}

/* Replace a header that has appeared, unless its payload is still to come. */
static struct err
replace_appeared(struct output *payload, struct output *header)
{
	int lock;
	struct err err = { pair_lock(&lock, header), ERR_HEADER };

	header->replaces = true;
	if (err.code == XC_OK)
		err = replace_pair(payload, header);
	if (lock >= 0)
		close(lock);
	return err;
}

/*
 * Lock the header before it has its name: nobody may replace it before its
 * payload has its own.
 */
static int
lock_temporary(const struct output *header)
{
	int fd;

	if (open_to_lock(&fd, header->at.folder, header->temporary) == XC_OK)
		(void)lock_file(fd);
	return fd;
}

struct err
pair_place(struct output *payload, struct output *header)
{
	struct err err;
	int lock;

	if (!payload->unnamed || !header->unnamed)
		return place_new(payload, header);
	if (header->replaces)
		return replace_pair(payload, header);
	lock = lock_temporary(header);
	err = place_new(payload, header);
	if (err.file == ERR_HEADER && err.code == XC_E_EXISTS &&
	    (header->flags & OUTPUT_REPLACE) != 0)
		err = replace_appeared(payload, header);
	if (lock >= 0)
		close(lock);
	return err;
}
