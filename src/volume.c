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
#include "segments.h"
#include "units.h"
#include "volume.h"

struct volume {
	int fd;
	bool device;
	bool writable;
	struct io in;
	struct container file;	/* header and keys */
	struct volume_how how;
	bool started;
	struct stored stored;
	struct segments segments;	/* with tags */
	struct units units;		/* without */
};

/* Open and lock it. */
static int
open_data(struct volume *v, const char *path, bool writable)
{
	int err;

	if (writable)
		return hold_open(&v->fd, &v->device, path);
	err = hold_open_shared(&v->fd, path);
	return err;
}

/* The payload has the size that the length gives. */
static int
check_size(const struct volume *v)
{
	const uint64_t length = container_length(&v->file);
	uint64_t size;

	if (length == LAYOUT_UNKNOWN)
		return XC_E_SIZE;
	size = layout_payload(&v->file.hf.header.layout, length);
	if (v->in.size < size)
		return XC_E_CUT;
	return v->in.size > size ? XC_E_TRAILING : XC_OK;
}

static struct err
open_file(struct volume *v, const char *path, const char *detached)
{
	const char *headed = detached != NULL ? detached : path;
	struct container *c = &v->file;
	struct journal_seen seen;
	struct err err = container_open(c, &v->in, path, detached);
	int state = convert_look(&seen, headed, err.code == XC_OK ?
	    &c->hf.header : NULL);

	if (state != XC_OK && state != XC_E_JOURNAL_LEFT)
		return (struct err){ state, ERR_JOURNAL };
	if (err.code == XC_OK)
		err = (struct err){ container_alone(c), ERR_INPUT };
	if (err.code == XC_OK)
		err.code = check_size(v);
	return err;
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
	v->fd = -1;
	err.code = open_data(v, path, writable);
	if (err.code == XC_OK)
		err.code = io_input(&v->in, v->fd, NULL);
	if (err.code == XC_OK && !v->in.seekable)
		err.code = XC_E_MAGIC;
	if (err.code == XC_OK)
		err = open_file(v, path, detached);
	v->writable = writable;
	if (err.code == XC_OK) {
		*volume = v;
	} else {
		if (v->fd >= 0)
			close(v->fd);
		free(v);
	}
	return err;
}

const struct headerfile *
volume_header(const struct volume *v)
{
	return &v->file.hf;
}

/* Can the last data unit be written as a disk writes its sectors? */
static bool
can_write(const struct header *h, uint64_t length)
{
	return h->layout.integrity == LAYOUT_NO_TAGS &&
	    length >= LAYOUT_BLOCK && length % LAYOUT_BLOCK == 0;
}

struct err
volume_start(struct volume *v, struct key *key, const struct volume_how *how)
{
	const struct header *h = &v->file.hf.header;
	const uint64_t length = container_length(&v->file);
	struct err err = { XC_OK, ERR_INPUT };

	v->file.key = key;
	v->how = *how;
	v->started = true;
	v->writable = v->writable && can_write(h, length);
	stored_begin(&v->stored, &v->in, &h->layout, length, key);
	if (h->layout.integrity == LAYOUT_NO_TAGS)
		units_begin(&v->units, &v->stored);
	else
		err.code = segments_begin(&v->segments, &v->stored,
		    how->cache);
	return err;
}

uint64_t
volume_length(const struct volume *v)
{
	return container_length(&v->file);
}

size_t
volume_unit(const struct volume *v)
{
	return v->file.hf.header.layout.sector;
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

static bool
has_tags(const struct volume *v)
{
	return volume_segment(v) != 0;
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
check_range(const struct volume *v, uint64_t len, uint64_t at)
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
	return has_tags(v) ? EROFS :
	    units_write(&v->units, in, index, from, len);
}

/* Do it piece by piece. */
static int
use(struct volume *v, enum access access, uint8_t *out, const uint8_t *in,
    uint64_t len, uint64_t at)
{
	int err = check_range(v, len, at);
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

int
volume_write(struct volume *v, const void *buf, size_t len, uint64_t at)
{
	return v->writable ? use(v, WRITE, NULL, buf, len, at) : EROFS;
}

int
volume_zero(struct volume *v, uint64_t len, uint64_t at)
{
	return v->writable ? use(v, ZERO, NULL, NULL, len, at) : EROFS;
}

int
volume_flush(struct volume *v)
{
	return v->writable ? io_sync_sure(v->fd) : XC_OK;
}

struct err
volume_close(struct volume *v)
{
	struct err err = { XC_OK, ERR_INPUT };

	if (v->started) {
		err.code = volume_flush(v);
		if (has_tags(v))
			segments_end(&v->segments);
		else
			units_end(&v->units);
		stored_end(&v->stored);
	}
	container_close(&v->file);
	close(v->fd);
	free(v);
	return err;
}
