/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "container.h"
#include "path.h"
#include "side.h"

/*
 * Find the new header of a pair of which a crash replaced only the payload: it
 * waits beside the old header.  Errors: of the payload, io_peek's; of the
 * header, pair_find's.
 */
static struct err
find_waiting(struct container *c, struct headerfile *waiting, const char *path)
{
	struct err err = { XC_E_MAGIC, ERR_HEADER };
	uint8_t front[PAIR_FRONT];
	size_t len;

	if (path_descriptor(path) >= 0 || !c->in->seekable || c->in->device)
		return err;
	err = (struct err){
		io_peek(c->in, front, sizeof(front), &len), ERR_INPUT
	};
	return err.code != XC_OK ? err : (struct err){
		pair_find(waiting, c->waiting, path, front, len), ERR_HEADER
	};
}

/*
 * If the front of the payload cannot be read, any waiting header may be its
 * own.  Without one, a bad sector matters only to the job, which meets it again
 * and may continue behind it.
 */
static struct err
check_unread(const struct container *c, const char *path, int unread)
{
	char name[sizeof(PAIR_WAITING)];
	const bool none = unread == EIO &&
	    pair_waits(name, path, c->hf.header.id) == XC_E_MAGIC;

	return (struct err){ none ? XC_OK : unread, ERR_INPUT };
}

/* Read the header in a file of its own. */
static struct err
read_detached(struct container *c, const char *path)
{
	const char *named = path_descriptor(path) < 0 ? path : NULL;
	struct err err = { XC_OK, ERR_HEADER };
	int fd;

	err.code = io_open(&fd, path, O_RDONLY | O_NOCTTY | O_CLOEXEC, NULL);
	if (err.code != XC_OK)
		return err;
	err = headerfile_read(&c->hf, fd, named);
	/* Leave a user's descriptor behind the header, for the next reader. */
	if (err.code == XC_OK && named == NULL)
		(void)lseek(fd, HEADER_BYTES, SEEK_CUR);
	close(fd);
	return err;
}

/*
 * Prefer the waiting header, unless it has already replaced the detached one,
 * which may have been changed since.
 */
static struct err
open_detached(struct container *c, const char *path)
{
	struct headerfile waiting;
	const struct err found = find_waiting(c, &waiting, path);
	struct err err;

	/* One may wait, but cannot be read. */
	if (found.code > 0 && found.file == ERR_HEADER)
		return found;
	err = read_detached(c, path);
	if (found.code == XC_OK && (err.code != XC_OK ||
	    memcmp(c->hf.header.id, waiting.header.id,
	    HEADER_ID_BYTES) != 0)) {
		c->hf = waiting;
		return found;
	}
	c->waiting[0] = '\0';
	return err.code == XC_OK && found.file == ERR_INPUT ?
	    check_unread(c, path, found.code) : err;
}

/* Read the header at the start of the input. */
static struct err
open_attached(struct container *c, const char *path)
{
	uint8_t bytes[HEADER_BYTES];
	size_t got;
	int err = io_peek(c->in, bytes, sizeof(bytes), &got);

	if (err == XC_OK && got < sizeof(bytes))
		err = XC_E_MAGIC;
	/* Past a header that cannot be read, only a file can be read on. */
	if (err == XC_E_MAGIC || (err != XC_OK && !c->in->seekable))
		return (struct err){ err, ERR_HEADER };
	io_skip(c->in, sizeof(bytes));
	return err == XC_OK ?
	    headerfile_decode(&c->hf, bytes, c->in->fd, path) :
	    headerfile_unread(&c->hf, err, c->in->fd, path);
}

/* A device extends behind the payload: bound the input by the header. */
static void
end_device(struct io *in, const struct header *h)
{
	uint64_t payload;

	if (!in->device || h->length == LAYOUT_UNKNOWN)
		return;
	payload = layout_payload(&h->layout, h->length);
	if (in->size > payload)
		in->size = payload;
}

struct err
container_open(struct container *c, struct io *in, const char *path,
    const char *detached)
{
	struct err err;

	*c = (struct container){ .in = in, .detached = detached != NULL };
	err = c->detached ? open_detached(c, detached) :
	    open_attached(c, path);
	if (err.code != XC_OK)
		return err;
	/* A payload replaced since it was opened belongs to another header. */
	if (c->detached && path != NULL)
		err = (struct err){ path_holds(path, in->fd), ERR_INPUT };
	end_device(in, &c->hf.header);
	return err;
}

int
container_alone(struct container *c)
{
	uint8_t magic[HEADER_MAGIC_BYTES];
	size_t got;
	int err;

	if (!c->detached || c->alone)
		return XC_OK;
	err = io_peek(c->in, magic, sizeof(magic), &got);
	if (err == XC_OK && got == sizeof(magic) &&
	    memcmp(magic, HEADER_MAGIC, sizeof(magic)) == 0)
		err = XC_E_HEADER_INSIDE;
	/* The job meets the bad sector again, and may continue behind it. */
	if (err == EIO && c->in->seekable)
		return XC_OK;
	c->alone = err == XC_OK;
	return err;
}

uint64_t
container_length(const struct container *c)
{
	const struct header *h = &c->hf.header;
	uint64_t data;

	if (h->length != LAYOUT_UNKNOWN || c->in->size == IO_UNKNOWN ||
	    layout_payload_data(&data, &h->layout, c->in->size) != XC_OK)
		return h->length;
	return data;
}

struct err
container_decrypt(struct container *c, const struct job *how)
{
	struct job job = *how;
	struct err err = { header_whole(&c->hf.header), ERR_HEADER };

	if (err.code == XC_OK)
		err = (struct err){ container_alone(c), ERR_INPUT };
	if (err.code != XC_OK)
		return err;
	job.direction = XTS_DECRYPT;
	job.layout = c->hf.header.layout;
	job.length = c->hf.header.length;
	job.key = c->key;
	job.in = c->in;
	return job_run(&job, &c->result);
}

/* Has the header a place from which it can be read again? */
static bool
has_place(const struct container *c, const char *detached)
{
	return !c->hf.rescued && c->waiting[0] == '\0' && (c->detached ?
	    path_descriptor(detached) < 0 : c->in->seekable);
}

/* Read the header again.  Errors: an errno; XC_E_MAGIC: too short for one. */
static int
read_again(uint8_t bytes[HEADER_BYTES], const struct container *c,
    const char *detached)
{
	struct io io = io_at(c->in->fd);
	int err;

	if (!c->detached)
		return io_read_all(&io, bytes, HEADER_BYTES, c->in->start -
		    HEADER_BYTES, XC_E_MAGIC);
	err = io_open(&io.fd, detached, O_RDONLY | O_NOCTTY | O_NONBLOCK |
	    O_CLOEXEC, NULL);
	if (err != XC_OK)
		return err;
	err = io_read_all(&io, bytes, HEADER_BYTES, 0, XC_E_MAGIC);
	close(io.fd);
	return err;
}

/* Is it the header of a payload to which nothing was written since before? */
static bool
is_as_before(const uint8_t before[HEADER_BYTES],
    const uint8_t now[HEADER_BYTES])
{
	const size_t slots = HEADER_SLOTS * HEADER_SLOT_BYTES;
	struct header h;
	int err = header_decode(&h, now);

	/* It may be just what is replacing it that is read. */
	if (err == XC_E_CHECKSUM)
		return true;
	return err == XC_OK && header_whole(&h) == XC_OK &&
	    memcmp(before + HEADER_ID_AT, now + HEADER_ID_AT,
	    HEADER_ID_BYTES) == 0 && memcmp(before + HEADER_SLOTS_AT,
	    now + HEADER_SLOTS_AT, slots) != 0;
}

/* Is the header gone with its disk, or was it read from a pipe with a name? */
static bool
is_gone(int err)
{
	return err == ENOENT || err == ENODEV || err == ENXIO ||
	    err == ESTALE || err == ESPIPE;
}

int
container_unchanged(const struct container *c, const char *detached)
{
	uint8_t now[HEADER_BYTES];
	int err;

	if (!has_place(c, detached))
		return XC_OK;
	err = read_again(now, c, detached);
	if (err > 0)
		return is_gone(err) ? XC_OK : err;
	return err == XC_OK && (memcmp(c->hf.bytes, now, sizeof(now)) == 0 ||
	    is_as_before(c->hf.bytes, now)) ? XC_OK : XC_E_CHANGED;
}

void
container_close(struct container *c)
{
	key_free(c->key);
	c->key = NULL;
}

static int
check_length(const struct header *h)
{
	return h->length != LAYOUT_UNKNOWN && h->length > LAYOUT_LENGTH_MAX ?
	    XC_E_LONG : XC_OK;
}

struct err
container_begin(struct creation *n, const struct layout *layout,
    struct io *in)
{
	struct err err = { XC_OK, ERR_INPUT };

	*n = (struct creation){ .in = in, .locks = { -1, -1 }, .header = {
		.layout = *layout, .generation = 1, .length = LAYOUT_UNKNOWN
	} };
	if (in->size != IO_UNKNOWN)
		n->header.length = in->size;
	err.code = check_length(&n->header);
	if (err.code == XC_OK)
		err.code = key_new(&n->key, &n->header);
	return err;
}

int
container_measure(struct creation *n, uint64_t said)
{
	uint8_t first[LAYOUT_BLOCK];
	size_t got;
	int err = io_peek(n->in, first, sizeof(first), &got);

	sodium_memzero(first, sizeof(first));
	if (err != XC_OK)
		return err;
	if (got < sizeof(first))
		n->header.length = got;
	else if (n->header.length == LAYOUT_UNKNOWN)
		n->header.length = said;
	n->measured = true;
	return check_length(&n->header);
}

/* Return the output that has the header. */
static struct output *
headed(struct creation *n)
{
	return n->detached != NULL ? &n->head : &n->payload;
}

/* Can the header wait until the length is known? */
static bool
header_last(const struct creation *n)
{
	return n->detached != NULL || n->payload.io.seekable;
}

static struct err
open_both(struct creation *n, const char *path, unsigned flags,
    const struct io_wait *wait)
{
	struct err err = {
		output_open(&n->payload, path, flags, wait), ERR_OUTPUT
	};

	if (err.code == XC_OK && n->detached != NULL)
		err = (struct err){
			output_open(&n->head, n->detached, flags, wait),
			ERR_HEADER
		};
	if (err.code == XC_OK && n->detached != NULL)
		err.code = pair_lock(&n->locks[0], &n->head);
	if (err.code == XC_OK)
		err = (struct err){
			pair_lock(&n->locks[1], &n->payload), ERR_OUTPUT
		};
	return err;
}

struct err
container_create(struct creation *n, const char *path, const char *detached,
    unsigned flags, const struct io_wait *wait)
{
	struct err err = { XC_OK, ERR_INPUT };

	n->detached = detached;
	if (!n->measured)
		err.code = container_measure(n, LAYOUT_UNKNOWN);
	if (err.code == XC_OK)
		err = open_both(n, path, flags, wait);
	/* Only tags show where data of unknown length ends. */
	if (err.code == XC_OK && n->header.length == LAYOUT_UNKNOWN &&
	    n->header.layout.integrity == LAYOUT_NO_TAGS && !header_last(n))
		err = (struct err){ XC_E_LENGTH, ERR_OUTPUT };
	return err;
}

uint64_t
container_size(const struct creation *n)
{
	uint64_t size = n->detached != NULL ? 0 : HEADER_BYTES;

	if (n->header.length != LAYOUT_UNKNOWN)
		size += layout_payload(&n->header.layout, n->header.length);
	return size;
}

struct err
container_put_header(struct creation *n)
{
	uint8_t bytes[HEADER_BYTES];

	key_mac_header(bytes, &n->header, n->key);
	return (struct err){
		io_write(&headed(n)->io, bytes, sizeof(bytes), 0),
		n->detached != NULL ? ERR_HEADER : ERR_OUTPUT
	};
}

struct err
container_encrypt(struct creation *n, const struct job *how)
{
	struct io out = n->payload.io;
	struct job job = how != NULL ? *how : (struct job){ 0 };
	struct err err = { XC_OK, ERR_OUTPUT };

	if (!header_last(n))
		err = container_put_header(n);
	if (err.code != XC_OK)
		return err;
	if (n->detached == NULL)
		out.start += HEADER_BYTES;
	job.direction = XTS_ENCRYPT;
	job.layout = n->header.layout;
	job.length = n->header.length;
	job.key = n->key;
	job.in = n->in;
	job.out = &out;
	err = job_run(&job, &n->result);
	if (err.code == XC_OK && header_last(n)) {
		n->header.length = n->result.length;
		err = container_put_header(n);
	}
	return err;
}

/* Make both files durable. */
static struct err
settle(struct creation *n, const struct stat *like)
{
	uint64_t length = n->result.payload;
	struct err err = { XC_OK, ERR_OUTPUT };

	if (n->detached == NULL)
		length += HEADER_BYTES;
	err.code = output_settle(&n->payload, length, like);
	if (err.code != XC_OK || n->detached == NULL)
		return err;
	/* Refuse now, before one of the two files has its name. */
	err = (struct err){
		output_check(n->detached, n->head.flags), ERR_HEADER
	};
	if (err.code == XC_OK)
		err.code = output_settle(&n->head, HEADER_BYTES, like);
	return err;
}

/* Give both files their names, or neither. */
static struct err
place(struct creation *n)
{
	if (n->detached == NULL)
		return (struct err){ output_place(&n->payload), ERR_OUTPUT };
	return pair_place(&n->payload, &n->head);
}

/*
 * Place the files, and remove a side file that a crash left beside the replaced
 * header: it would block the next change of keys.  That it cannot be removed is
 * no reason to fail.
 */
static struct err
place_and_tidy(struct creation *n)
{
	const struct output *o = headed(n);
	uint8_t id[HEADER_ID_BYTES];
	struct side side = { 0 };
	struct err err;
	bool left = o->unnamed && (o->flags & OUTPUT_REPLACE) != 0 &&
	    side_at(&side, &o->at) == XC_OK && headerfile_left(id, &side);

	err = place(n);
	if (err.code == XC_OK && left)
		(void)side_remove(&side, id);
	side_close(&side);
	return err;
}

struct err
container_commit(struct creation *n, const struct stat *like)
{
	struct err err = settle(n, like);

	return err.code == XC_OK ? place_and_tidy(n) : err;
}

void
container_abort(struct creation *n)
{
	output_abort(&n->payload);
	output_abort(&n->head);
	for (size_t i = 0; i < 2; i++)
		if (n->locks[i] >= 0)
			close(n->locks[i]);
	key_free(n->key);
	*n = (struct creation){ .locks = { -1, -1 }, .payload = n->payload,
	    .head = n->head };
}
