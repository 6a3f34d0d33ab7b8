/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container.h"
#include "convert.h"
#include "hold.h"
#include "pagelog.h"
#include "path.h"
#include "replay.h"
#include "resume.h"
#include "segments.h"
#include "ticker.h"
#include "units.h"
#include "volume.h"

/* Seconds after which what was written becomes durable. */
#define TICK 5

struct volume {
	char *path, *detached;
	int fd;
	bool writable;
	bool unclosed;		/* the journal has what a crash left */
	struct io in;
	struct container file;	/* header and keys */
	struct volume_how how;
	bool started;
	struct stored stored;
	struct units units;		/* without tags; or with: */
	struct segments segments;
	struct pagelog log;

	pthread_mutex_t syncing;	/* taken before lock */
	pthread_mutex_t lock;	/* protects the next three */
	bool ticking;		/* the ticker was started */
	bool begun;		/* something was written */
	int failed;		/* EIO, once a failure has left it unknown */
	struct ticker ticker;
};

/* Keep the names, and open and lock the file. */
static int
open_data(struct volume *v, const char *path, const char *detached)
{
	struct conversion *c = &v->log.c;
	int err;

	v->path = strdup(path);
	if (detached != NULL)
		v->detached = strdup(detached);
	if (v->path == NULL || (detached != NULL && v->detached == NULL))
		return ENOMEM;
	err = v->writable ? hold_open(&v->fd, &c->rule.device, path) :
	    hold_open_shared(&v->fd, path);
	if (err != XC_OK)
		return err;
	c->path = v->path;
	c->detached = v->detached;
	c->fd = v->fd;
	err = io_input(&v->in, v->fd, NULL);
	return err == XC_OK && !v->in.seekable ? XC_E_MAGIC : err;
}

/* The payload has the size that the length gives; a device extends behind. */
static int
fit_size(struct volume *v)
{
	const uint64_t length = container_length(&v->file);
	uint64_t size;

	if (length == LAYOUT_UNKNOWN)
		return XC_E_SIZE;
	size = layout_payload(&v->file.hf.header.layout, length);
	if (v->in.size < size)
		return XC_E_CUT;
	if (v->in.size > size && !v->in.device)
		return XC_E_TRAILING;
	v->in.size = size;
	return XC_OK;
}

/* It was not closed: the journal has a header, whatever has become of it. */
static struct err
open_unclosed(struct volume *v, struct err opened)
{
	struct container *c = &v->file;
	struct err err = resume_find(&v->log.c, &c->hf);

	/* It was closed: only its header could not be read, just now. */
	if (err.code == XC_E_JOURNAL_LEFT && opened.code != XC_OK)
		return opened;
	v->unclosed = true;
	c->in = &v->in;
	c->detached = v->detached != NULL;
	if (err.code == XC_OK)
		err = (struct err){ io_input(&v->in, v->fd, NULL), ERR_INPUT };
	if (err.code == XC_OK && !c->detached)
		io_skip(&v->in, HEADER_BYTES);
	return err;
}

static bool
has_tags(const struct volume *v)
{
	return volume_segment(v) != 0;
}

static struct err
open_file(struct volume *v)
{
	struct container *c = &v->file;
	struct journal_seen seen;
	struct err err = container_open(c, &v->in, v->path, v->detached);
	const struct err state = convert_look(&seen, v->detached != NULL ?
	    v->detached : v->path, err.code == XC_OK ? &c->hf.header : NULL);

	v->log.left = state.code == XC_E_JOURNAL_LEFT;
	if (state.code == XC_E_WRITING && v->writable)
		err = open_unclosed(v, err);
	else if (state.code != XC_OK && !v->log.left)
		err = state;
	/* To write it would have that header at two places. */
	else if (err.code == XC_OK && v->writable &&
	    (c->hf.rescued || c->waiting[0] != '\0'))
		err = (struct err){ XC_E_UNREPAIRED, ERR_HEADER };
	if (err.code == XC_OK)
		err = (struct err){ container_alone(c), ERR_INPUT };
	if (err.code == XC_OK)
		err.code = fit_size(v);
	/* Can it be written?  What is there after a crash is replayed first. */
	if (err.code == XC_OK && v->writable && !v->unclosed && has_tags(v))
		err = pagelog_find(&v->log);
	return err;
}

static void
free_volume(struct volume *v)
{
	pagelog_close(&v->log);
	container_close(&v->file);
	if (v->fd >= 0)
		close(v->fd);
	pthread_mutex_destroy(&v->syncing);
	pthread_mutex_destroy(&v->lock);
	free(v->detached);
	free(v->path);
	free(v);
}

struct err
volume_open(struct volume **volume, const char *path, const char *detached,
    bool writable)
{
	struct volume *v = calloc(1, sizeof(*v));
	struct err err = { ENOMEM, ERR_INPUT };

	*volume = NULL;
	if (v == NULL)
		return err;
	v->fd = v->log.c.fd = v->log.c.held = -1;
	v->log.c.journal.beside.folder = v->log.c.journal.fd = -1;
	v->writable = writable;
	pthread_mutex_init(&v->syncing, NULL);
	pthread_mutex_init(&v->lock, NULL);
	err.code = open_data(v, path, detached);
	if (err.code == XC_OK && writable)
		err = (struct err){
			convert_hold_header(&v->log.c, NULL), ERR_HEADER
		};
	if (err.code == XC_OK)
		err = open_file(v);
	if (err.code == XC_OK)
		*volume = v;
	else
		free_volume(v);
	return err;
}

const struct container *
volume_file(const struct volume *v)
{
	return &v->file;
}

/*
 * Can the last data unit be written as a disk writes its sectors, and has the
 * journal a place?
 */
static bool
can_write(const struct volume *v)
{
	const uint64_t length = volume_length(v);

	if (length < LAYOUT_BLOCK)
		return false;
	if (volume_segment(v) == 0)
		return length % LAYOUT_BLOCK == 0;
	return !v->in.device || v->detached != NULL;
}

/* Prepare to write: what a crash left comes first. */
static struct err
start_log(struct volume *v)
{
	struct conversion *c = &v->log.c;
	struct err err = { XC_OK, ERR_INPUT };

	c->rule.key = v->file.key;
	if (!v->unclosed)
		c->header = v->file.hf.header;
	err.code = pagelog_open(&v->log);
	if (err.code == XC_OK && v->unclosed)
		err = replay_log(&v->log);
	return err;
}

struct err
volume_start(struct volume *v, struct key *key, const struct volume_how *how)
{
	const struct layout *l = &v->file.hf.header.layout;
	struct err err = { XC_OK, ERR_INPUT };

	v->file.key = key;
	v->how = *how;
	if (v->writable && l->integrity == LAYOUT_TAGS)
		err = start_log(v);
	if (err.code != XC_OK)
		return err;
	v->writable = v->writable && can_write(v);
	stored_begin(&v->stored, &v->in, l, volume_length(v), key);
	if (l->integrity == LAYOUT_NO_TAGS)
		units_begin(&v->units, &v->stored);
	else
		err.code = segments_begin(&v->segments, &v->stored, &v->log,
		    how->cache);
	v->started = true;
	return err;
}

uint64_t
volume_length(const struct volume *v)
{
	return container_length(&v->file);
}

size_t
volume_segment(const struct volume *v)
{
	return v->file.hf.header.layout.segment;
}

bool
volume_writable(const struct volume *v)
{
	return v->writable;
}

/* Report that a segment, or what is read of it, is damaged. */
static void
report(const struct volume *v, uint64_t index)
{
	const struct piece p = stored_piece(&v->stored, index);
	const size_t len = p.size - v->stored.rule.record;

	if (v->how.damaged != NULL)
		v->how.damaged(v->how.context, p.at, p.at + len);
}

static int
check_extent(const struct volume *v, uint64_t len, uint64_t at)
{
	const uint64_t length = volume_length(v);

	return at > length || len > length - at ? XC_E_RANGE : XC_OK;
}

enum access { READ, WRITE, ZERO };

/* Do it to len bytes of one piece, from byte from of it on. */
static int
use_piece(struct volume *v, enum access access, uint8_t *out,
    const uint8_t *in, uint64_t index, size_t from, size_t len)
{
	if (access == READ)
		return has_tags(v) ?
		    segments_read(&v->segments, out, index, from, len) :
		    units_read(&v->units, out, index, from, len);
	return has_tags(v) ?
	    segments_write(&v->segments, in, index, from, len) :
	    units_write(&v->units, in, index, from, len);
}

/* Do it piece by piece. */
static int
use(struct volume *v, enum access access, uint8_t *out, const uint8_t *in,
    uint64_t len, uint64_t at)
{
	int err = check_extent(v, len, at);
	struct piece p;
	uint64_t index, left;
	size_t n;

	for (; len > 0 && err == XC_OK; len -= n) {
		index = stored_index(&v->stored, at);
		p = stored_piece(&v->stored, index);
		left = p.at + p.size - v->stored.rule.record - at;
		n = (size_t)(len < left ? len : left);
		err = use_piece(v, access, out, in, index,
		    (size_t)(at - p.at), n);
		if (err == XC_E_DAMAGED)
			report(v, index);
		at += n;
		if (access == READ)
			out += n;
		if (access == WRITE)
			in += n;
	}
	return err;
}

int
volume_read(struct volume *v, void *buf, size_t len, uint64_t at)
{
	return use(v, READ, buf, NULL, len, at);
}

static int
sync_all(struct volume *v)
{
	return has_tags(v) ? segments_commit(&v->segments) :
	    io_sync_sure(v->fd);
}

/* From time to time; the next that writes sees that an fsync has failed. */
static void
commit_tick(void *context)
{
	(void)volume_flush(context);
}

/* Have the header say so, where that matters.  lock is held. */
static struct err
begin_log(struct volume *v)
{
	struct err err = { XC_OK, ERR_HEADER };

	if (!has_tags(v))
		return err;
	/* Without locks its keys may have been changed. */
	if (!v->unclosed)
		err.code = convert_hold_header(&v->log.c, v->file.hf.bytes);
	if (err.code == XC_OK)
		err = pagelog_begin(&v->log);
	if (err.code != XC_OK && v->log.c.journal.fd >= 0)
		v->failed = EIO;
	return err;
}

/* For the first that writes.  lock is held. */
static struct err
begin(struct volume *v)
{
	struct err err = { XC_OK, ERR_INPUT };

	if (!v->ticking)
		err.code = ticker_start(&v->ticker, TICK, commit_tick, v);
	v->ticking = v->ticking || err.code == XC_OK;
	/* A flush promises that the file is there, under its name. */
	if (err.code == XC_OK && !v->in.device)
		err.code = place_settle(v->path);
	if (err.code == XC_OK)
		err.code = path_holds(v->path, v->fd);
	if (err.code == XC_OK)
		err = begin_log(v);
	v->begun = err.code == XC_OK;
	return err;
}

/* Before anything is written. */
static struct err
begin_writing(struct volume *v)
{
	struct err err = { XC_OK, ERR_INPUT };

	pthread_mutex_lock(&v->lock);
	err.code = v->failed;
	if (!v->begun && err.code == XC_OK)
		err = begin(v);
	pthread_mutex_unlock(&v->lock);
	return err;
}

static struct err
write_all(struct volume *v, enum access access, const uint8_t *in, uint64_t len,
    uint64_t at)
{
	struct err err = {
		v->writable ? check_extent(v, len, at) : EROFS, ERR_INPUT
	};

	if (err.code == XC_OK && len > 0)
		err = begin_writing(v);
	if (err.code == XC_OK)
		err = (struct err){
			use(v, access, NULL, in, len, at), ERR_INPUT
		};
	return err;
}

struct err
volume_write(struct volume *v, const void *buf, size_t len, uint64_t at)
{
	return write_all(v, WRITE, buf, len, at);
}

struct err
volume_zero(struct volume *v, uint64_t len, uint64_t at)
{
	return write_all(v, ZERO, NULL, len, at);
}

/* Is there something to flush? */
static int
look_at_state(struct volume *v, bool *begun)
{
	int err;

	pthread_mutex_lock(&v->lock);
	*begun = v->begun;
	err = v->failed;
	pthread_mutex_unlock(&v->lock);
	return err;
}

struct err
volume_flush(struct volume *v)
{
	struct err err = { XC_OK, ERR_INPUT };
	bool begun;

	/* The system reports a failed write to one fsync alone: the next. */
	pthread_mutex_lock(&v->syncing);
	err.code = look_at_state(v, &begun);
	if (begun && err.code == XC_OK && (err.code = sync_all(v)) != XC_OK) {
		/* Another try that succeeds would prove nothing. */
		pthread_mutex_lock(&v->lock);
		v->failed = EIO;
		pthread_mutex_unlock(&v->lock);
	}
	pthread_mutex_unlock(&v->syncing);
	/* Durable in a file without that name, it is of no use. */
	if (begun && err.code == XC_OK)
		err.code = path_holds(v->path, v->fd);
	return err;
}

/*
 * No other thread uses it any more.  A file that was renamed is left whole, and
 * beside one that has its name now no journal stays.
 */
static struct err
finish_writing(struct volume *v)
{
	const struct err flushed = volume_flush(v);
	struct err err = flushed;

	if ((err.code == XC_OK || err.code == XC_E_REPLACED) && has_tags(v))
		err = pagelog_end(&v->log);
	return err.code == XC_OK ? flushed : err;
}

struct err
volume_close(struct volume *v)
{
	struct err err = { XC_OK, ERR_INPUT };

	if (v->ticking)
		ticker_stop(&v->ticker);
	err.code = v->failed;
	if (v->begun)
		err = finish_writing(v);
	if (v->started) {
		if (has_tags(v))
			segments_end(&v->segments);
		else
			units_end(&v->units);
		stored_end(&v->stored);
	}
	free_volume(v);
	return err;
}
