/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>

#include "cmd/conversion.h"
#include "cmd/msg.h"
#include "cmd/opening.h"
#include "cmd/swap.h"
#include "disk.h"
#include "journalfile.h"
#include "locked.h"
#include "side.h"
#include "volume.h"

/* All connections use the volume; to replace it takes the lock alone. */
static struct {
	const struct settings *settings;
	pthread_rwlock_t lock;
	struct volume *volume;		/* NULL: it could not be opened again */
	bool writing;			/* opened to be written */
	struct key *key;
	uint8_t header[HEADER_BYTES];	/* that the key has opened, */
	struct disk_shape shape;	/* and what it says */
} disk = { .lock = PTHREAD_RWLOCK_INITIALIZER };

/* Where damage was reported; the oldest is forgotten. */
static struct {
	pthread_mutex_t lock;
	uint64_t from[256];
	size_t n;
} damage = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* The failure that was reported last, unless a flush has succeeded since. */
static struct {
	pthread_mutex_t lock;
	int code;
} failure = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool
failure_is_new(int code)
{
	bool is_new;

	pthread_mutex_lock(&failure.lock);
	is_new = failure.code != code;
	failure.code = code;
	pthread_mutex_unlock(&failure.lock);
	return is_new;
}

static bool
damage_is_new(uint64_t from)
{
	const size_t room = sizeof(damage.from) / sizeof(damage.from[0]);
	const size_t n = damage.n < room ? damage.n : room;

	for (size_t i = 0; i < n; i++)
		if (damage.from[i] == from)
			return false;
	damage.from[damage.n++ % room] = from;
	return true;
}

/* Report it once: programs try again to read what they could not. */
static void
report_damage(void *context, uint64_t from, uint64_t to)
{
	bool is_new;

	(void)context;
	pthread_mutex_lock(&damage.lock);
	is_new = damage_is_new(from);
	pthread_mutex_unlock(&damage.lock);
	if (is_new)
		msg_error("%s: bytes %llu to %llu of the plaintext are damaged "
		    "or were changed", disk.settings->file,
		    (unsigned long long)from, (unsigned long long)to - 1);
}

/* Report an error by the name of its file. */
static void
report_error(struct err err)
{
	const struct settings *s = disk.settings;
	const char *headed = s->header != NULL ? s->header : s->file;
	char *beside = NULL;

	/* msg_fail would name an option that is none here. */
	if (err.code == XC_E_NO_LOCKS) {
		msg_error("%s: %s", s->file, err_text(err.code));
		msg_hint("with -r it is served to be read");
		return;
	}
	if (err.file == ERR_JOURNAL)
		(void)journalfile_path(&beside, headed);
	if (err.file == ERR_SIDE)
		(void)side_path(&beside, headed);
	msg_fail_new(beside != NULL ? beside : err.file == ERR_HEADER ?
	    headed : s->file, err.code);
	free(beside);
}

/* Report why it cannot be opened.  A conversion in place needs more words. */
static int
report_refused(struct err err)
{
	const struct settings *s = disk.settings;

	if (err.code > 0 || conversion_check(s->file, s->header,
	    NULL) == EXIT_DONE)
		report_error(err);
	return -1;
}

static struct err
open_volume(bool writing)
{
	return volume_open(&disk.volume, disk.settings->file,
	    disk.settings->header, writing);
}

static void
close_volume(void)
{
	struct err err = { XC_OK, ERR_INPUT };

	if (disk.volume != NULL)
		err = volume_close(disk.volume);
	disk.volume = NULL;
	if (err.code != XC_OK)
		report_error(err);
}

/* A copy, locked in memory; NULL: reported. */
static struct key *
copy_key(void)
{
	struct key *copy = locked_malloc(sizeof(*copy));

	if (copy == NULL)
		msg_fail(disk.settings->file, ENOMEM);
	else
		*copy = *disk.key;
	return copy;
}

/* Start with the key, if the header is still the one that it has opened. */
static int
start_volume(void)
{
	const struct volume_how how = {
		.cache = disk.settings->cache, .damaged = report_damage
	};
	struct err err = { XC_E_REPLACED, ERR_INPUT };
	struct key *key = copy_key();

	if (key == NULL)
		return -1;
	if (memcmp(volume_file(disk.volume)->hf.bytes, disk.header,
	    HEADER_BYTES) != 0)
		key_free(key);
	else
		err = volume_start(disk.volume, key, &how);
	if (err.code == XC_OK) {
		swap_tell();
		return 0;
	}
	report_error(err);
	close_volume();
	return -1;
}

/* Try the secret, and keep the key and what its header says. */
static int
unlock(struct settings *settings)
{
	const struct container *file = volume_file(disk.volume);

	if (settings_open(&disk.key, settings, &file->hf) != 0)
		return -1;
	memcpy(disk.header, file->hf.bytes, HEADER_BYTES);
	disk.shape = (struct disk_shape){
		volume_length(disk.volume), volume_segment(disk.volume)
	};
	opening_tell_found(file, settings->header != NULL ? settings->header :
	    settings->file);
	settings_forget(settings);
	return 0;
}

int
disk_open(struct settings *settings)
{
	struct err err;
	int result;

	disk.settings = settings;
	err = open_volume(false);
	if (err.code != XC_OK)
		return report_refused(err);
	result = unlock(settings);
	close_volume();
	return result;
}

static int
reopen_to_read(void)
{
	struct err err = open_volume(false);

	disk.writing = false;
	return err.code == XC_OK ? start_volume() : report_refused(err);
}

int
disk_start(void)
{
	struct key *key = copy_key();

	if (key == NULL)
		return -1;
	key_free(disk.key);
	disk.key = key;
	return reopen_to_read();
}

struct disk_shape
disk_shape(void)
{
	return disk.shape;
}

/* The system does not let us, or has no disk for the journal: only to read. */
static bool
is_not_allowed(int err)
{
	return err == EACCES || err == EPERM || err == EROFS ||
	    err == XC_E_NO_SYNC;
}

/* Open it again, to be written; after an error, to be read as before. */
static int
reopen_to_write(void)
{
	struct err err;
	int result;

	close_volume();
	err = open_volume(true);
	disk.writing = err.code == XC_OK;
	if (disk.writing)
		return start_volume();
	if (!is_not_allowed(err.code)) {
		result = report_refused(err);
		(void)reopen_to_read();
		return result;
	}
	msg_note("%s: can only be read: %s", disk.settings->file,
	    err_text(err.code));
	return reopen_to_read();
}

int
disk_join(bool writing)
{
	int result = 0;

	pthread_rwlock_wrlock(&disk.lock);
	if (writing && !disk.writing)
		result = reopen_to_write();
	else if (disk.volume == NULL)
		result = writing ? reopen_to_write() : reopen_to_read();
	pthread_rwlock_unlock(&disk.lock);
	return result;
}

bool
disk_writable(void)
{
	bool is;

	pthread_rwlock_rdlock(&disk.lock);
	is = disk.volume != NULL && volume_writable(disk.volume);
	pthread_rwlock_unlock(&disk.lock);
	return is;
}

/* For a request; release_disk ends it, and reports what has not been. */
static struct volume *
take_disk(void)
{
	pthread_rwlock_rdlock(&disk.lock);
	return disk.volume;
}

static int
release_disk(struct err err)
{
	pthread_rwlock_unlock(&disk.lock);
	if (err.code == XC_OK)
		return 0;
	if (err.code != XC_E_DAMAGED && failure_is_new(err.code))
		report_error(err);
	nbdkit_set_error(err.code == XC_E_RANGE ? EINVAL :
	    err.code > 0 ? err.code : EIO);
	return -1;
}

/* The volume could not be opened again. */
static const struct err lost = { EIO, ERR_INPUT };

int
disk_read(void *buf, size_t len, uint64_t at)
{
	struct volume *v = take_disk();
	struct err err = lost;

	if (v != NULL)
		err.code = volume_read(v, buf, len, at);
	return release_disk(err);
}

/* Make durable what the client requires to be so before the answer. */
static struct err
write_through(struct volume *v, struct err err, bool through)
{
	return err.code == XC_OK && through ? volume_flush(v) : err;
}

int
disk_write(const void *buf, size_t len, uint64_t at, bool through)
{
	struct volume *v = take_disk();

	return release_disk(v == NULL ? lost :
	    write_through(v, volume_write(v, buf, len, at), through));
}

int
disk_zero(uint64_t len, uint64_t at, bool through)
{
	struct volume *v = take_disk();

	return release_disk(v == NULL ? lost :
	    write_through(v, volume_zero(v, len, at), through));
}

int
disk_flush(void)
{
	struct volume *v = take_disk();
	struct err err = v == NULL ? lost : volume_flush(v);

	if (err.code == XC_OK)
		(void)failure_is_new(XC_OK);
	return release_disk(err);
}

void
disk_close(void)
{
	close_volume();
	key_free(disk.key);
	disk.key = NULL;
}
