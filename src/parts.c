/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "lock.h"
#include "locked.h"
#include "parts.h"
#include "path.h"

/* The longest piece of a job: a segment, and a tail too short for one more. */
#define PIECE_MAX (LAYOUT_SEGMENT_MAX + LAYOUT_TAIL)

struct err
parts_create(struct creation *n, uint16_t parts)
{
	n->header.state = HEADER_PARTS;
	n->header.parts = parts;
	n->result = (struct job_result){
		n->header.length,
		layout_payload(&n->header.layout, n->header.length)
	};
	return container_put_header(n);
}

/* Open and lock it, if it is a file that can be written in parts. */
static int
open_locked(int *fd, bool *no_locks, const char *path, bool alone)
{
	struct stat st;
	int err = io_open(fd, path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
	    NULL);

	if (err != XC_OK)
		return err;
	if (fstat(*fd, &st) != 0)
		return errno;
	if (!S_ISREG(st.st_mode))
		return XC_E_NOT_PARTS;
	err = alone ? lock_file(*fd) : lock_shared(*fd);
	/* Without locks, to finish the file too early is not refused. */
	*no_locks = err == XC_E_NO_LOCKS;
	return err == XC_OK || *no_locks ? path_holds(path, *fd) : err;
}

/* Is it the header of what is being written, and has that its full size? */
static struct err
check_parts(const struct parts *p)
{
	const struct header *h = &p->file.hf.header;
	int err = header_whole(h);
	uint64_t payload;

	/* Beside an older header waits the one of the data. */
	if (err == XC_OK || p->file.waiting[0] != '\0')
		err = XC_E_NOT_PARTS;
	if (err != XC_E_PARTS)
		return (struct err){ err, ERR_HEADER };
	payload = layout_payload(&h->layout, h->length);
	return (struct err){ p->io.size == payload ? XC_OK :
	    p->io.size < payload ? XC_E_CUT : XC_E_TRAILING, ERR_OUTPUT };
}

struct err
parts_open(struct parts *p, const char *path, const char *detached, bool alone)
{
	struct err err;
	int fd = -1;

	*p = (struct parts){ .path = path, .detached = detached,
	    .io.fd = -1 };
	err = (struct err){
		open_locked(&fd, &p->no_locks, path, alone), ERR_OUTPUT
	};
	p->io.fd = fd;
	if (err.code == XC_OK)
		err.code = io_input(&p->io, fd, NULL);
	if (err.code != XC_OK)
		return err;
	err = container_open(&p->file, &p->io, path, detached);
	if (err.code == XC_OK)
		err = check_parts(p);
	if (err.file == ERR_INPUT)
		err.file = ERR_OUTPUT;
	return err;
}

void
parts_close(struct parts *p)
{
	container_close(&p->file);
	io_release(&p->io);
	if (p->io.fd >= 0)
		close(p->io.fd);
	p->io.fd = -1;
}

/* Make the file and its name durable, and check that it still has that. */
static int
settle_parts(const struct parts *p)
{
	int err = io_sync(p->io.fd);

	if (err == XC_OK)
		err = place_settle(p->path);
	return err == XC_OK ? path_holds(p->path, p->io.fd) : err;
}

struct err
parts_encrypt(struct parts *p, const struct job *how, uint32_t i, uint32_t n)
{
	const struct header *h = &p->file.hf.header;
	const struct layout_range share = layout_share(&h->layout, h->length,
	    i, n);
	struct io out = io_at(p->io.fd);
	struct job job = *how;
	struct err err = { XC_OK, ERR_INPUT };

	if (how->in->size != h->length)
		err.code = how->in->size < h->length ? XC_E_SHRANK : XC_E_GREW;
	if (err.code != XC_OK || share.length == 0)
		return err;
	out.start = p->io.start;
	out.wait = how->in->wait;
	out.ours = true;	/* nobody reads it yet */
	job.direction = XTS_ENCRYPT;
	job.layout = h->layout;
	job.length = h->length;
	job.range = &share;
	job.key = p->file.key;
	job.out = &out;
	err = job_run(&job, &p->file.result);
	return err.code == XC_OK ?
	    (struct err){ settle_parts(p), ERR_OUTPUT } : err;
}

/* A comparison: the job's callbacks, and what they need besides. */
struct comparison {
	const struct job *how;
	void (*differs)(void *context, uint64_t from, uint64_t to);
	struct io plain;
	uint8_t *buf;
	bool differ;		/* somewhere */
	int err;		/* of plain */
};

static bool
compare_tick(void *context, uint64_t done)
{
	const struct comparison *c = context;

	return c->how->tick == NULL || c->how->tick(c->how->context, done);
}

static void
compare_damaged(void *context, uint64_t from, uint64_t to)
{
	const struct comparison *c = context;

	if (c->how->damaged != NULL)
		c->how->damaged(c->how->context, from, to);
}

static bool
compare_piece(void *context, uint64_t at, const uint8_t *plaintext, size_t len)
{
	struct comparison *c = context;
	size_t got;

	c->err = io_read(&c->plain, c->buf, len, at, &got);
	if (c->err != XC_OK)
		return false;
	if (got != len || memcmp(c->buf, plaintext, len) != 0) {
		c->differ = true;
		if (c->differs != NULL)
			c->differs(c->how->context, at, at + len);
	}
	return true;
}

struct err
parts_compare(struct container *file, const struct job *how,
    const struct io *plain,
    void (*differs)(void *context, uint64_t from, uint64_t to))
{
	struct comparison c = { .how = how, .differs = differs,
	    .plain = *plain };
	struct job job = *how;
	struct err err = { XC_OK, ERR_OUTPUT };

	if ((c.buf = locked_malloc(PIECE_MAX)) == NULL)
		return (struct err){ ENOMEM, ERR_INPUT };
	c.plain.wait = NULL;	/* it is read by threads of the job's */
	job.out = NULL;
	job.tick = compare_tick;
	job.damaged = compare_damaged;
	job.accept = compare_piece;
	job.context = &c;
	err.code = container_decrypt(file, &job).code;
	if (c.err != XC_OK)
		err = (struct err){ c.err, ERR_INPUT };
	else if (err.code == XC_OK && c.differ)
		err = (struct err){ XC_E_DAMAGED, ERR_INPUT };
	sodium_free(c.buf);
	return err;
}

struct err
parts_verify(struct parts *p, const struct job *how, const struct io *plain)
{
	struct header *h = &p->file.hf.header;
	const struct header before = *h;
	/* After an fsync that failed, memory has what the disk has not. */
	struct err err = { io_settle(p->io.fd, 0), ERR_OUTPUT };

	if (err.code != XC_OK)
		return err;
	/* Read it as what it is to be. */
	h->state = HEADER_WHOLE;
	h->parts = 0;
	if (h->layout.integrity == LAYOUT_NO_TAGS)
		err = parts_compare(&p->file, how, plain, how->damaged);
	else
		err = (struct err){
			container_decrypt(&p->file, how).code, ERR_OUTPUT
		};
	*h = before;
	return err;
}

/* Replace the header in a file of its own, if it is the one that was read. */
static struct err
replace_header_file(const struct parts *p, const uint8_t bytes[HEADER_BYTES])
{
	struct err err = { XC_OK, ERR_HEADER };
	int fd;

	err.code = headerfile_lock(&fd, p->detached, true);
	if (err.code != XC_OK)
		return err;
	err.code = headerfile_unchanged(fd, p->file.hf.bytes);
	if (err.code == XC_OK)
		err = headerfile_replace(fd, p->detached, bytes);
	close(fd);
	return err;
}

struct err
parts_finish(struct parts *p)
{
	struct header h = p->file.hf.header;
	uint8_t bytes[HEADER_BYTES];
	struct err err = { XC_OK, ERR_OUTPUT };

	if (h.generation == UINT64_MAX)
		return (struct err){ XC_E_GENERATION, ERR_HEADER };
	/* A part that was killed may have written what is not durable yet. */
	err.code = settle_parts(p);
	if (err.code != XC_OK)
		return err;
	h.state = HEADER_WHOLE;
	h.parts = 0;
	h.generation++;
	key_mac_header(bytes, &h, p->file.key);
	return p->file.detached ? replace_header_file(p, bytes) :
	    headerfile_replace(p->io.fd, p->path, bytes);
}
