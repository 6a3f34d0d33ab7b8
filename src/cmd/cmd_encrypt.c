/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "container.h"
#include "conversion.h"
#include "distinct.h"
#include "encrypt_parts.h"
#include "handout.h"
#include "in_parts.h"
#include "in_place.h"
#include "input.h"
#include "msg.h"
#include "parts.h"
#include "removal.h"
#include "signals.h"
#include "slots.h"
#include "source.h"
#include "target.h"

struct encryption {
	const struct options *o;
	struct job_report report;
	struct input in;
	char *name;		/* of the output; NULL: standard output */
	struct creation new;
	struct handout hand;
	struct removal removal;
};

/* Check that the length known so far is that of --length. */
static int
check_said(const struct encryption *e)
{
	uint64_t length = e->new.header.length;

	if (length == LAYOUT_UNKNOWN || e->o->length == LAYOUT_UNKNOWN ||
	    length == e->o->length)
		return EXIT_DONE;
	return msg_refuse("%s: has %llu bytes, not the %llu of --length",
	    e->in.name, (unsigned long long)length,
	    (unsigned long long)e->o->length);
}

/* Check that the side file's name, which each change of keys needs, is free. */
static int
check_side_name(const struct encryption *e)
{
	const struct options *o = e->o;
	const char *headed = o->header != NULL ? o->header : e->name;
	struct err err = { XC_OK, ERR_SIDE };

	if (headed != NULL)
		err.code = headerfile_check_new(headed, o->header != NULL);
	if (err.code == XC_OK || (err.code == XC_E_NAME && o->force))
		return EXIT_DONE;
	if (err.code == XC_E_SIDE)
		return source_fail(headed, err);
	/* An errno is from finding the header's place. */
	if (err.code != XC_E_NAME)
		return msg_fail(headed, err.code);
	msg_error("%s: %s", headed, err_text(err.code));
	msg_hint("give it a shorter name with -o FILE; -f continues anyway");
	return EXIT_SYSTEM;
}

/* Check all that is known before a secret is asked for. */
static int
look_ahead(struct encryption *e)
{
	const struct options *o = e->o;
	int code;

	if (e->name == NULL && target_guards_terminal(o, STDOUT_FILENO))
		return msg_fail(target_called(NULL), XC_E_BINARY);
	if ((o->parts != 0 &&
	    (code = in_parts_check_input(&e->in)) != EXIT_DONE) ||
	    (e->in.path != NULL && (code = conversion_check(e->in.path, NULL,
	    NULL)) != EXIT_DONE) ||
	    (code = check_said(e)) != EXIT_DONE ||
	    (code = distinct_files(o, e->in.fd, e->name, STDOUT_FILENO,
	    e->name)) != EXIT_DONE ||
	    (code = distinct_later(o, e->name)) != EXIT_DONE ||
	    (code = target_check(o, e->name)) != EXIT_DONE ||
	    (code = target_check(o, o->header)) != EXIT_DONE ||
	    (code = removal_begin(&e->removal, o, &e->in,
	    e->name)) != EXIT_DONE ||
	    (code = check_side_name(e)) != EXIT_DONE)
		return code;
	return handout_begin(&e->hand, o);
}

/*
 * Find the length.  This reads a pipe for the first time, after its writer was
 * asked for.
 */
static int
find_length(struct encryption *e)
{
	int err = container_measure(&e->new, e->o->length);

	if (err != XC_OK)
		return msg_fail(e->in.name, err);
	/* The header's length may be that of --length. */
	if (e->o->operand[0] == NULL && !e->in.io.seekable &&
	    e->in.io.npeeked == 0)
		return input_missing(e->o, "empty");
	return check_said(e);
}

/* Report an error of the input, the output, or the header. */
static int
encryption_fail(const struct encryption *e, struct err err)
{
	if (err.file == ERR_HEADER)
		return msg_fail(e->o->header, err.code);
	if (err.file != ERR_INPUT)
		return msg_fail(target_called(e->name), err.code);
	if (err.code == XC_E_CHANGED) {
		msg_fail(e->in.name, err.code);
		msg_hint("\"cat FILE | xtscrypt encrypt\" takes it as it is");
		return exit_code(err.code);
	}
	/* A pipe has not changed: --length was wrong. */
	if (e->in.io.size != IO_UNKNOWN || e->o->length == LAYOUT_UNKNOWN ||
	    (err.code != XC_E_SHRANK && err.code != XC_E_GREW))
		return msg_fail(e->in.name, err.code);
	return msg_refuse("%s: has %s bytes than the %llu of --length",
	    e->in.name, err.code == XC_E_GREW ? "more" : "fewer",
	    (unsigned long long)e->o->length);
}

/* Refuse what these outputs cannot take. */
static int
check_outputs(const struct encryption *e)
{
	const struct creation *n = &e->new;

	if (target_guards_terminal(e->o, n->payload.io.fd))
		return msg_fail(target_called(e->name), XC_E_BINARY);
	if (e->o->header != NULL && target_guards_terminal(e->o, n->head.io.fd))
		return msg_fail(e->o->header, XC_E_BINARY);
	if (e->o->parts != 0 && !n->payload.unnamed)
		return msg_refuse("%s: is no regular file, as parts need it",
		    target_called(e->name));
	return target_room(e->o, &n->payload, e->name, container_size(n));
}

static struct err
encrypt_all(struct encryption *e)
{
	const struct job_result *result = &e->new.result;
	const struct job how = {
		.threads = e->o->threads,
		.interrupt = SIGNALS_TICK,
		.tick = job_report_tick,
		.context = &e->report
	};
	struct err err;

	e->report.terminal |= isatty(e->new.payload.io.fd) == 1;
	job_report_start(&e->report, "encrypting", e->new.header.length,
	    e->o->progress);
	if (e->o->parts == 0)
		err = container_encrypt(&e->new, &how);
	else
		err = parts_create(&e->new, (uint16_t)e->o->parts);
	if (err.code == XC_OK)
		err = (struct err){ input_unchanged(&e->in), ERR_INPUT };
	if (err.code == XC_OK) {
		job_report_flush();
		err = container_commit(&e->new, input_like(&e->in));
	}
	job_report_end();
	if (err.code == XC_OK && e->o->parts != 0)
		in_parts_tell_done(e->o, e->name, "");
	else if (err.code == XC_OK)
		target_made(&e->report, e->name, result->payload +
		    (e->o->header == NULL ? HEADER_BYTES : 0));
	if (err.code == XC_OK && e->in.path == NULL)
		err = (struct err){
			io_finish(&e->in.io, result->length), ERR_INPUT
		};
	return err;
}

static int
write_encrypted(struct encryption *e)
{
	const struct options *o = e->o;
	struct err err;
	int code = EXIT_DONE;

	signals_hold();
	err = container_create(&e->new, e->name, o->header, target_flags(o),
	    &e->report.wait);
	/* Without its header the data is lost. */
	e->removal.made = removal_safe(&e->in, &e->new.payload) &&
	    (o->header == NULL || removal_safe(&e->in, &e->new.head));
	if (err.code == XC_OK && (code = check_outputs(e)) == EXIT_DONE)
		code = handout_prepare(&e->hand, &e->report);
	if (err.code == XC_OK && code == EXIT_DONE)
		err = encrypt_all(e);
	if (err.code == XC_OK && code == EXIT_DONE)
		code = handout_give(&e->hand, target_called(e->name));
	container_abort(&e->new);
	target_tell_left(&e->new.payload, e->name);
	target_tell_left(&e->new.head, o->header);
	handout_end(&e->hand);
	job_report_release(err.code);
	return err.code == XC_OK ? code : encryption_fail(e, err);
}

static int
run_encryption(struct encryption *e)
{
	const struct options *o = e->o;
	struct err err;
	int code;

	if ((code = target_name(&e->name, o, true)) != EXIT_DONE ||
	    (code = input_open(&e->in, o, &e->report)) != EXIT_DONE)
		return code;
	if (o->no_holes)
		e->in.io.sparse = false;
	err = container_begin(&e->new, &o->layout, &e->in.io);
	if (err.code != XC_OK)
		code = msg_fail(e->in.name, err.code);
	else if ((code = look_ahead(e)) == EXIT_DONE &&
	    (code = slots_make(&e->new.header, e->new.key, o, &e->hand,
	    e->in.name)) == EXIT_DONE &&
	    (code = find_length(e)) == EXIT_DONE)
		code = write_encrypted(e);
	if (code == EXIT_DONE)
		code = removal_finish(&e->removal, &e->in);
	container_abort(&e->new);
	handout_end(&e->hand);
	removal_end(&e->removal);
	input_close(&e->in);
	return code;
}

int
cmd_encrypt(const struct options *o)
{
	struct encryption e = { .o = o };
	int code;

	if (o->in_place)
		return in_place_encrypt(o);
	if (o->part != 0 || o->parts_done)
		return encrypt_parts(o);
	job_report_init(&e.report);
	code = run_encryption(&e);
	free(e.name);
	return code;
}
