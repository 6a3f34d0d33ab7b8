/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "convert.h"
#include "output.h"
#include "room.h"

static int
unfinished(const struct journal_head *j)
{
	return j->purpose == JOURNAL_WRITING ? XC_E_WRITING : XC_E_CONVERTING;
}

int
convert_judge(const struct header *h, const struct journal_head *j)
{
	if (j == NULL)
		return h == NULL || h->state == HEADER_WHOLE ? XC_OK :
		    h->state == HEADER_PARTS ? XC_E_PARTS : XC_E_JOURNAL_LOST;
	if (h == NULL)
		return unfinished(j);
	/* The plaintext may begin with a header of its own. */
	if (memcmp(h->id, j->id, HEADER_ID_BYTES) != 0)
		return j->attached && j->purpose == JOURNAL_DECRYPTING ?
		    XC_E_CONVERTING : XC_E_JOURNAL_OTHER;
	if (h->state == HEADER_WHOLE)
		return h->generation > j->generation ? XC_E_JOURNAL_LEFT :
		    unfinished(j);
	if (h->generation != j->generation ||
	    (h->state == HEADER_WRITING) != (j->purpose == JOURNAL_WRITING))
		return XC_E_MOMENT;
	return header_whole(h);
}

struct err
convert_look(struct journal_seen *seen, const char *path,
    const struct header *h)
{
	struct err err = journalfile_look(seen, path);

	if (err.code == XC_OK || err.code == XC_E_MAGIC)
		err = (struct err){ convert_judge(h, err.code == XC_OK ?
		    &seen->head : NULL), ERR_JOURNAL };
	return err;
}

uint64_t
convert_done(const struct chunks *c, uint64_t k)
{
	uint64_t n = chunk_count(c);

	if (k == 0 || k >= n)
		return k == 0 ? 0 : c->length;
	return chunk_of_step(c, 1) == 0 ? k * CHUNK_BYTES :
	    c->length - (n - k) * CHUNK_BYTES;
}

const char *
convert_headed(const struct conversion *c)
{
	return c->detached != NULL ? c->detached : c->path;
}

int
convert_open(struct conversion *c)
{
	struct step_rule *r = &c->rule;
	int err = journal_key_new(&c->journal_key, r->key);

	r->head = &c->head;
	r->journal_key = c->journal_key;
	r->file = io_at(c->fd);
	if (err == XC_OK)
		err = payload_new(&r->xts, &r->chunks.layout, r->key->layout);
	return err == XC_OK ? pipeline_new(&c->pipeline, r) : err;
}

static void
leave_header(struct conversion *c)
{
	if (c->held >= 0)
		close(c->held);
	c->held = -1;
}

void
convert_end(struct conversion *c)
{
	leave_header(c);
	pipeline_free(&c->pipeline);
	payload_free(c->rule.xts);
	sodium_free(c->journal_key);
	journalfile_close(&c->journal);
	c->rule.xts = NULL;
	c->journal_key = NULL;
}

int
convert_read_header(uint8_t bytes[HEADER_BYTES], int fd)
{
	struct io io = io_at(fd);
	size_t got;
	int err = io_read(&io, bytes, HEADER_BYTES, 0, &got);

	if (err == XC_OK)
		memset(bytes + got, 0, HEADER_BYTES - got);
	return err;
}

int
convert_hold_header(struct conversion *c, const uint8_t bytes[HEADER_BYTES])
{
	int err = XC_OK;

	if (c->detached == NULL)
		return XC_OK;
	if (c->held < 0)
		err = headerfile_lock(&c->held, c->detached, true);
	if (err == XC_OK && bytes != NULL)
		err = headerfile_unchanged(c->held, bytes);
	return err == ENOENT && bytes == NULL ? XC_OK : err;
}

/* Create the file of a detached header. */
static int
create_header(const struct conversion *c, const uint8_t *bytes)
{
	struct output o;
	int err = output_open(&o, c->detached, OUTPUT_PRIVATE, NULL);

	if (err != XC_OK)
		return err;
	err = io_write(&o.io, bytes, HEADER_BYTES, 0);
	if (err == XC_OK)
		err = output_commit(&o, HEADER_BYTES, NULL);
	output_abort(&o);
	return err;
}

/* Is this the header of the same file? */
static bool
is_own(const struct conversion *c, const uint8_t bytes[HEADER_BYTES])
{
	struct header h;

	return header_decode(&h, bytes) == XC_OK &&
	    memcmp(h.id, c->header.id, HEADER_ID_BYTES) == 0;
}

/* Replace a detached header, if it belongs to this file. */
static struct err
replace_detached(const struct conversion *c, const uint8_t *bytes)
{
	uint8_t old[HEADER_BYTES];
	struct err err = { convert_read_header(old, c->held), ERR_HEADER };

	if (err.code != XC_OK || memcmp(old, bytes, sizeof(old)) == 0)
		return err;
	if (!is_own(c, old))
		return (struct err){ XC_E_JOURNAL_OTHER, ERR_HEADER };
	return headerfile_replace(c->held, c->detached, bytes);
}

static struct err
write_detached(struct conversion *c, const uint8_t *bytes)
{
	struct err err = { convert_hold_header(c, NULL), ERR_HEADER };
	int held;

	if (err.code != XC_OK)
		return err;
	if (c->held < 0)
		err.code = create_header(c, bytes);
	else
		err = replace_detached(c, bytes);
	/* It is another file now; if it is locked, the next write fails. */
	leave_header(c);
	held = convert_hold_header(c, NULL);
	if (err.code == XC_OK && held != XC_E_BUSY)
		err.code = held;
	return err;
}

struct err
convert_write_header(struct conversion *c)
{
	struct header h = c->header;
	uint8_t bytes[HEADER_BYTES];
	struct err err = { XC_OK, ERR_INPUT };

	key_mac_header(bytes, &h, c->rule.key);
	if (c->detached != NULL)
		return write_detached(c, bytes);
	/* The journal has a copy in place of a side file. */
	err.code = io_write(&c->rule.file, bytes, HEADER_BYTES, 0);
	if (err.code == XC_OK)
		err.code = io_sync_sure(c->fd);
	return err;
}

/* Remove the header that is held, if it belongs to this file. */
static int
remove_own(const struct conversion *c)
{
	uint8_t bytes[HEADER_BYTES];
	struct place p;
	int err = convert_read_header(bytes, c->held);

	if (err != XC_OK || !is_own(c, bytes))
		return err;
	err = place_find(&p, c->detached);
	if (err == XC_OK)
		err = place_holds(&p, c->held);
	if (err == XC_OK && unlinkat(p.folder, p.name, 0) != 0)
		err = errno;
	if (err == XC_OK)
		err = place_sync(&p);
	place_leave(&p);
	return err;
}

/* Remove the detached header, if it is there and belongs to this file. */
static struct err
remove_header(struct conversion *c)
{
	int err = convert_hold_header(c, NULL);

	if (err == XC_OK && c->held >= 0)
		err = remove_own(c);
	else if (err == XC_OK)
		/* One that was withdrawn may come back after a crash. */
		err = place_sync(&c->journal.beside);
	leave_header(c);
	return (struct err){ err, ERR_HEADER };
}

struct err
convert_settle(const struct conversion *c)
{
	struct err err = { io_settle(c->journal.fd, 0), ERR_JOURNAL };

	if (err.code == XC_OK)
		err.code = place_sync(&c->journal.beside);
	return err.code == XC_OK ?
	    (struct err){ io_settle(c->fd, 0), ERR_INPUT } : err;
}

struct err
convert_remove_journal(struct conversion *c)
{
	return (struct err){ journalfile_remove(&c->journal), ERR_JOURNAL };
}

static void
fill_head(struct conversion *c)
{
	const struct chunks *k = &c->rule.chunks;
	const bool encrypts = k->direction == XTS_ENCRYPT;

	c->head = (struct journal_head){
		.purpose = encrypts ? JOURNAL_ENCRYPTING : JOURNAL_DECRYPTING,
		.attached = k->attached,
		.chunk = CHUNK_BYTES,
		.generation = c->header.generation,
		.epoch = 1,
		.area = journal_area(&k->layout, c->rule.trust_sectors),
		.length = k->length,
		.before = chunk_size_before(k),
		.after = chunk_size_after(k)
	};
	memcpy(c->head.id, c->header.id, HEADER_ID_BYTES);
	randombytes_buf(c->head.journal_id, sizeof(c->head.journal_id));
}

/* Write the journal up to its first record: nothing was changed yet. */
static struct err
make_journal(struct conversion *c)
{
	uint8_t front[JOURNAL_RECORDS_AT + JOURNAL_BLOCK] = { 0 };
	struct err err = { XC_OK, ERR_INPUT };

	journal_head_encode(front, &c->head, c->journal_key);
	key_mac_header(front + JOURNAL_HEADER_AT, &c->header, c->rule.key);
	memcpy(c->rule.header, front + JOURNAL_HEADER_AT, HEADER_BYTES);
	err.code = step_rule_begin(front + JOURNAL_RECORDS_AT, &c->rule);
	if (err.code != XC_OK)
		return err;
	return (struct err){
		journalfile_make(&c->journal, convert_headed(c), front,
		    sizeof(front), JOURNAL_RECORDS_AT + c->head.area),
		ERR_JOURNAL
	};
}

/* Give back the room that was reserved, before the first step. */
static void
give_back_room(const struct conversion *c)
{
	if (!c->rule.device)
		room_give_back(c->fd, c->head.before);
}

static int
check_fit(const struct conversion *c)
{
	const struct chunks *k = &c->rule.chunks;

	if (k->length < CHUNK_LENGTH_MIN || k->length > LAYOUT_LENGTH_MAX ||
	    k->layout.segment > CHUNK_SEGMENT_MAX)
		return XC_E_UNFIT;
	if (c->rule.trust_sectors && chunk_moves(k))
		return XC_E_MOVES;
	return c->header.generation >= UINT64_MAX - 1 ? XC_E_GENERATION :
	    XC_OK;
}

struct err
convert_undo_encryption(struct conversion *c)
{
	struct err err = { XC_OK, ERR_INPUT };

	give_back_room(c);
	if (c->detached != NULL)
		err = remove_header(c);
	return err.code == XC_OK ? convert_remove_journal(c) : err;
}

/* Where a new header cannot be made, nothing was changed, and nothing stays. */
static struct err
write_first_header(struct conversion *c)
{
	struct err err = convert_write_header(c);

	if (err.code != XC_OK && c->rule.chunks.direction == XTS_ENCRYPT &&
	    convert_undo_encryption(c).code == XC_OK) {
		close(c->journal.fd);
		c->journal.fd = -1;
	}
	return err;
}

/*
 * Make the file's name durable, which its maker may have been killed before.
 * The journal's folder is synced with the journal.
 */
static int
settle_name(const struct conversion *c)
{
	struct stat here, there;
	struct place p;
	int err = place_find(&p, c->path);

	if (err == XC_OK && (fstat(p.folder, &here) != 0 ||
	    fstat(c->journal.beside.folder, &there) != 0))
		err = errno;
	if (err == XC_OK && (here.st_dev != there.st_dev ||
	    here.st_ino != there.st_ino))
		err = place_sync(&p);
	place_leave(&p);
	return err;
}

/* Return the bytes that the journal takes of the same disk. */
static uint64_t
journal_beside(const struct conversion *c)
{
	struct stat file, folder;

	return fstat(c->fd, &file) == 0 &&
	    fstat(c->journal.beside.folder, &folder) == 0 &&
	    file.st_dev == folder.st_dev ?
	    JOURNAL_RECORDS_AT + c->head.area : 0;
}

struct err
convert_start(struct conversion *c)
{
	struct err err = { check_fit(c), ERR_INPUT };

	if (err.code != XC_OK)
		return err;
	c->header.state = HEADER_CONVERTING;
	if (c->rule.chunks.direction == XTS_DECRYPT)
		c->header.generation++;
	fill_head(c);
	err = journalfile_find_new(&c->journal, convert_headed(c), c->fd);
	if (err.code == XC_OK && c->detached != NULL &&
	    c->rule.chunks.direction == XTS_ENCRYPT)
		err.code = output_check(c->detached, 0);
	if (err.code != XC_OK)
		return err;
	err.file = ERR_INPUT;
	err.code = convert_open(c);
	if (err.code == XC_OK)
		err.code = step_rule_check_size(&c->rule, c->head.before,
		    c->head.before);
	if (err.code == XC_OK && !c->rule.device && c->detached != NULL)
		err.code = settle_name(c);
	if (err.code == XC_OK)
		err.code = c->rule.device ? XC_OK : room_reserve(c->fd,
		    c->head.before, c->head.after, journal_beside(c));
	if (err.code == XC_OK) {
		err = make_journal(c);
		if (c->journal.fd < 0)
			give_back_room(c);
	}
	c->rule.journal = io_at(c->journal.fd);
	/* An attached header would replace plaintext. */
	if (err.code == XC_OK && (c->detached != NULL ||
	    c->rule.chunks.direction == XTS_DECRYPT))
		err = write_first_header(c);
	return err;
}

static struct err
finish_encryption(struct conversion *c)
{
	struct err err = {
		step_rule_check_size(&c->rule, c->head.after, c->head.after),
		ERR_INPUT
	};

	if (err.code != XC_OK)
		return err;
	c->header.state = HEADER_WHOLE;
	c->header.generation++;
	return convert_write_header(c);
}

/* Cut off the bytes that the ciphertext had more than the plaintext. */
static int
cut(struct conversion *c)
{
	const struct journal_head *j = &c->head;
	int err = step_rule_check_size(&c->rule, j->after, j->before);

	if (err != XC_OK || j->after == j->before)
		return err;
	while (ftruncate(c->fd, (off_t)j->after) != 0)
		if (errno != EINTR)
			return errno;
	return io_sync_sure(c->fd);
}

static struct err
finish_decryption(struct conversion *c)
{
	struct err err = { cut(c), ERR_INPUT };

	/* The header opens nothing any more, and must not decrypt plaintext. */
	return err.code == XC_OK && c->detached != NULL ?
	    remove_header(c) : err;
}

static struct err
finish_all(struct conversion *c)
{
	struct err err = c->rule.chunks.direction == XTS_ENCRYPT ?
	    finish_encryption(c) : finish_decryption(c);

	return err.code == XC_OK ? convert_remove_journal(c) : err;
}

static bool
goes_on(const struct conversion *c, uint64_t k)
{
	return c->tick == NULL || c->tick(c->rule.context,
	    convert_done(&c->rule.chunks, k));
}

struct err
convert_run(struct conversion *c, uint64_t k)
{
	const uint64_t n = chunk_count(&c->rule.chunks);
	struct err err = { XC_OK, ERR_INPUT };

	if (k < n)
		err = pipeline_fill(&c->pipeline, k);
	while (err.code == XC_OK && goes_on(c, k) && k < n)
		err = pipeline_step(&c->pipeline, ++k);
	if (err.code != XC_OK)
		return err;
	return k == n ? finish_all(c) : (struct err){ XC_E_STOPPED, ERR_INPUT };
}
