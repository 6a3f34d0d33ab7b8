/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <stdlib.h>
#include <unistd.h>

#include <sodium.h>

#include "command.h"
#include "distinct.h"
#include "input.h"
#include "target.h"
#include "headerfile.h"
#include "job.h"
#include "msg.h"
#include "pair.h"
#include "side.h"
#include "signals.h"

struct encryption {
	const struct options *o;
	struct job_report report;
	struct input in;
	char *name;		/* of the output; NULL: standard output */
	struct header header;
	struct key *key;
	uint8_t bytes[HEADER_BYTES];

	struct output payload;
	struct output detached;	/* the header's, where it has its own */
	int lock[2];		/* of the files that these replace */
};

/* The length that is known so far, which is the header's. */
static int
check_length(const struct encryption *e)
{
	uint64_t length = e->header.length;

	if (length == LAYOUT_UNKNOWN)
		return EXIT_DONE;
	if (e->o->length != LAYOUT_UNKNOWN && length != e->o->length)
		return msg_refuse("%s: has %llu bytes, not the %llu of "
		    "--length", e->in.name, (unsigned long long)length,
		    (unsigned long long)e->o->length);
	if (length > LAYOUT_LENGTH_MAX)
		return msg_refuse("%s: has more than the 2^62 bytes that can "
		    "be encrypted", e->in.name);
	return EXIT_DONE;
}

/*
 * The length of the plaintext, as far as it can be known.  The first block is
 * read now: shorter inputs have their length in any header.
 */
static int
find_length(struct encryption *e)
{
	uint8_t first[LAYOUT_BLOCK];
	size_t got;
	int err = io_peek(&e->in.io, first, sizeof(first), &got);

	sodium_memzero(first, sizeof(first));
	if (err != XC_OK)
		return msg_fail(e->in.name, err);
	if (got < sizeof(first))
		e->header.length = got;
	if (e->header.length == LAYOUT_UNKNOWN)
		e->header.length = e->o->length;
	return check_length(e);
}

/* Keys, and a slot that the secret opens. */
static int
make_keys(struct encryption *e)
{
	const struct options *o = e->o;
	struct key_secret view;
	struct secret s;
	int err;
	int code = secret_new(&s, &o->secret, true);

	if (code != EXIT_DONE)
		return code;
	view = secret_view(&s);
	if ((err = key_new(&e->key, &e->header)) != XC_OK)
		code = msg_fail(e->in.name, err);
	else if ((err = key_slot(&e->header.slots[0], &e->header, e->key,
	    &view, &o->cost, o->name == NULL ? "" : o->name)) != XC_OK)
		code = secret_slot_fail(e->in.name, &o->cost, err);
	secret_free(&s);
	return code;
}

static struct err
write_new_header(struct encryption *e)
{
	bool detached = e->o->header != NULL;
	const struct output *to = detached ? &e->detached : &e->payload;

	key_mac_header(e->bytes, &e->header, e->key);
	return (struct err){
		io_write(&to->io, e->bytes, sizeof(e->bytes), 0),
		detached ? ERR_HEADER : ERR_OUTPUT
	};
}

/* Can the header wait until the length is known? */
static bool
header_last(const struct encryption *e)
{
	return e->o->header != NULL || e->payload.io.seekable;
}

static struct err
encrypt_payload(struct encryption *e, struct job_result *result)
{
	struct io out = e->payload.io;
	struct job job = {
		.direction = XTS_ENCRYPT,
		.layout = e->header.layout,
		.key = e->key,
		.in = &e->in.io,
		.out = &out,
		.length = e->header.length,
		.threads = e->o->threads,
		.interrupt = SIGNALS_TICK,
		.tick = job_report_tick,
		.context = &e->report
	};
	struct err err = { XC_OK, ERR_OUTPUT };

	if (!header_last(e))
		err = write_new_header(e);
	if (err.code != XC_OK)
		return err;
	if (e->o->header == NULL)
		out.start += HEADER_BYTES;
	err = job_run(&job, result);
	if (err.code == XC_OK && header_last(e)) {
		e->header.length = result->length;
		err = write_new_header(e);
	}
	return err;
}

/* Make all that was written durable. */
static struct err
settle_outputs(struct encryption *e, const struct job_result *result)
{
	const struct stat *like = input_like(&e->in);
	uint64_t length = result->payload;
	struct err err = { XC_OK, ERR_OUTPUT };

	if (e->o->header == NULL)
		length += HEADER_BYTES;
	err.code = output_settle(&e->payload, length, like);
	if (err.code != XC_OK || e->o->header == NULL)
		return err;
	err.file = ERR_HEADER;
	/* Better seen now than when one of the two files has its name. */
	err.code = output_check(e->o->header, target_flags(e->o));
	if (err.code == XC_OK)
		err.code = output_settle(&e->detached, HEADER_BYTES, like);
	return err;
}

/* Both files, or neither. */
static struct err
place_outputs(struct encryption *e)
{
	if (e->o->header == NULL)
		return (struct err){ output_place(&e->payload), ERR_OUTPUT };
	return pair_place(&e->payload, &e->detached);
}

/*
 * The side file that a crash left beside the header which is about to be
 * replaced; it would then be in the way of the next change of keys.
 */
struct leftover {
	struct side side;
	uint8_t id[HEADER_ID_BYTES];
	bool known;
};

static void
find_leftover(struct leftover *left, const struct output *headed)
{
	int err = side_at(&left->side, &headed->at);

	if (err == XC_OK)
		err = headerfile_id(left->id, &left->side);
	left->known = err == XC_OK;
}

static struct err
commit_pair(struct encryption *e, const struct job_result *result)
{
	const struct output *headed = e->o->header != NULL ? &e->detached :
	    &e->payload;
	struct leftover left = { 0 };
	struct err err = settle_outputs(e, result);

	if (err.code == XC_OK && headed->unnamed &&
	    (headed->flags & OUTPUT_REPLACE) != 0)
		find_leftover(&left, headed);
	if (err.code == XC_OK)
		err = place_outputs(e);
	/* That it stays is no reason to fail. */
	if (err.code == XC_OK && left.known)
		(void)side_remove(&left.side, left.id);
	side_close(&left.side);
	return err;
}

/* What these outputs cannot take. */
static int
check_output(struct encryption *e)
{
	uint64_t need, length = e->header.length;

	if (target_guards_terminal(e->o, e->payload.io.fd))
		return msg_fail(target_called(e->name), XC_E_BINARY);
	if (e->o->header != NULL &&
	    target_guards_terminal(e->o, e->detached.io.fd))
		return msg_fail(e->o->header, XC_E_BINARY);
	if (length == LAYOUT_UNKNOWN && e->o->no_integrity && !header_last(e))
		return msg_fail(NULL, XC_E_LENGTH);
	need = length == LAYOUT_UNKNOWN ? 0 :
	    layout_payload(&e->header.layout, length);
	if (e->o->header == NULL)
		need += HEADER_BYTES;
	return target_room(e->o, &e->payload, e->name, need);
}

/* One encryption at a time replaces the two files. */
static struct err
lock_old(struct encryption *e)
{
	struct err err = { pair_lock(&e->lock[0], &e->detached), ERR_HEADER };

	if (err.code == XC_OK)
		err = (struct err){
			pair_lock(&e->lock[1], &e->payload), ERR_OUTPUT
		};
	return err;
}

static void
close_outputs(struct encryption *e)
{
	output_abort(&e->payload);
	output_abort(&e->detached);
	for (size_t i = 0; i < 2; i++)
		if (e->lock[i] >= 0)
			close(e->lock[i]);
}

/* Of the output, or of the header's. */
static int
output_fail(const struct encryption *e, struct err err)
{
	return msg_fail(err.file == ERR_HEADER ? e->o->header :
	    target_called(e->name), err.code);
}

static int
open_outputs(struct encryption *e)
{
	const struct options *o = e->o;
	struct err err = { XC_OK, ERR_OUTPUT };

	err.code = output_open(&e->payload, e->name, target_flags(o),
	    &e->report.wait);
	if (err.code == XC_OK && o->header != NULL) {
		err.file = ERR_HEADER;
		err.code = output_open(&e->detached, o->header, target_flags(o),
		    &e->report.wait);
		if (err.code == XC_OK)
			err = lock_old(e);
	}
	return err.code == XC_OK ? check_output(e) : output_fail(e, err);
}

/* A pipe has not changed meanwhile: --length was wrong. */
static int
encryption_fail(const struct encryption *e, struct err err)
{
	if (err.file != ERR_INPUT)
		return output_fail(e, err);
	if (e->in.io.size != IO_UNKNOWN || e->o->length == LAYOUT_UNKNOWN ||
	    (err.code != XC_E_SHRANK && err.code != XC_E_GREW))
		return msg_fail(e->in.name, err.code);
	return msg_refuse("%s: has %s bytes than the %llu of --length",
	    e->in.name, err.code == XC_E_GREW ? "more" : "fewer",
	    (unsigned long long)e->o->length);
}

static int
write_encrypted(struct encryption *e)
{
	struct job_result result = { 0 };
	struct err err;
	int code;

	signals_hold();
	code = open_outputs(e);
	if (code != EXIT_DONE) {
		close_outputs(e);
		job_report_release(XC_OK);
		return code;
	}

	job_report_start(&e->report, "encrypting", e->header.length,
	    e->o->progress);
	err = encrypt_payload(e, &result);
	job_report_end();
	if (err.code == XC_OK)
		err = commit_pair(e, &result);
	if (err.code == XC_OK && e->in.path == NULL)
		err = (struct err){
			io_finish(&e->in.io, result.length), ERR_INPUT
		};
	close_outputs(e);
	job_report_release(err.code);
	return err.code == XC_OK ? EXIT_DONE : encryption_fail(e, err);
}

/* Is what has the name of a side file one, left over from a crash? */
static bool
is_leftover(const char *headed)
{
	uint8_t id[HEADER_ID_BYTES];
	struct side side;
	bool there;
	int err = side_open(&side, headed, -1);

	if (err == XC_OK)
		err = headerfile_id(id, &side);
	if (err == XC_OK)
		err = side_look(&there, &side, id);
	side_close(&side);
	return err == XC_OK;
}

/* What is there already would be in the way of each change of keys. */
static int
check_side_name(const char *headed)
{
	struct stat st;
	char *side;
	int err, code = EXIT_DONE;
	bool old;

	if (headed == NULL)
		return EXIT_DONE;
	old = stat(headed, &st) == 0;
	if (old && !S_ISREG(st.st_mode))
		return EXIT_DONE;
	if ((err = side_path(&side, headed)) != XC_OK)
		return msg_fail(headed, err);
	if (lstat(side, &st) == 0 && !(old && is_leftover(headed)))
		code = msg_refuse("%s: has the name of the side file of %s: "
		    "move it away", side, headed);
	free(side);
	return code;
}

/* What can be seen to be in the way before a secret is asked for. */
static int
look_ahead(const struct encryption *e)
{
	const struct options *o = e->o;
	int code;

	if (e->name == NULL && target_guards_terminal(o, STDOUT_FILENO))
		return msg_fail(target_called(NULL), XC_E_BINARY);
	if ((code = check_length(e)) != EXIT_DONE ||
	    (code = distinct_files(o, e->in.fd, e->name, STDOUT_FILENO,
	    e->name)) != EXIT_DONE ||
	    (code = target_check(o, e->name)) != EXIT_DONE ||
	    (code = target_check(o, o->header)) != EXIT_DONE)
		return code;
	return check_side_name(o->header != NULL ? o->header : e->name);
}

static int
run_encryption(struct encryption *e)
{
	const struct options *o = e->o;
	int code;

	e->header.layout = o->layout;
	e->header.length = LAYOUT_UNKNOWN;
	e->header.generation = 1;
	if ((code = target_name(&e->name, o, true)) != EXIT_DONE ||
	    (code = input_open(&e->in, o->operand[0],
	    &e->report)) != EXIT_DONE)
		return code;
	if (e->in.io.size != IO_UNKNOWN)
		e->header.length = e->in.io.size;
	if ((code = look_ahead(e)) == EXIT_DONE &&
	    (code = make_keys(e)) == EXIT_DONE &&
	    (code = find_length(e)) == EXIT_DONE)
		code = write_encrypted(e);
	input_close(&e->in);
	return code;
}

int
cmd_encrypt(const struct options *o)
{
	struct encryption e = { .lock = { -1, -1 } };
	int code;

	e.o = o;
	job_report_init(&e.report);
	code = run_encryption(&e);
	key_free(e.key);
	free(e.name);
	return code;
}
