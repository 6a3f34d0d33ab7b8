/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "conversion.h"
#include "distinct.h"
#include "encrypt_parts.h"
#include "in_parts.h"
#include "missing.h"
#include "msg.h"
#include "parts.h"
#include "signals.h"
#include "source.h"
#include "target.h"

/* The work of one program. */
struct encrypt_parts {
	const struct options *o;
	struct job_report report;
	struct input in;	/* the plaintext */
	struct parts parts;
	struct missing missing;
	char *name;		/* of the output */
};

static bool
tick_encryption(void *context, uint64_t done)
{
	struct encrypt_parts *x = context;

	return job_report_tick(&x->report, done);
}

static void
note_missing(void *context, uint64_t from, uint64_t to)
{
	struct encrypt_parts *x = context;

	missing_add(&x->missing, from, to);
}

/* The file with the header. */
static const char *
header_name(const struct encrypt_parts *x)
{
	return x->o->header != NULL ? x->o->header : x->name;
}

static int
encryption_part_fail(const struct encrypt_parts *x, struct err err)
{
	const struct container *c = &x->parts.file;
	int code;

	if (err.file == ERR_INPUT) {
		code = msg_fail(x->in.name, err.code);
		if (err.code == XC_E_CHANGED)
			msg_hint("write this part again");
		return code;
	}
	code = err.file == ERR_OUTPUT ? msg_fail(x->name, err.code) :
	    source_fail(header_name(x), err);
	if (err.code == XC_E_NOT_PARTS && c->waiting[0] != '\0')
		msg_hint("the header of %s is beside it: rename %s to %s",
		    x->name, c->waiting, header_name(x));
	else if (err.code == ENOENT && err.file == ERR_OUTPUT)
		msg_hint("\"xtscrypt encrypt --parts N\" makes it");
	return code;
}

/* Open FILE, whose plaintext must be that of the parts before. */
static int
open_plaintext(struct encrypt_parts *x)
{
	const struct header *h = &x->parts.file.hf.header;
	int code = input_open(&x->in, x->o, &x->report);

	if (code != EXIT_DONE ||
	    (code = in_parts_check_input(&x->in)) != EXIT_DONE ||
	    (x->in.path != NULL && (code = conversion_check(x->in.path, NULL,
	    NULL)) != EXIT_DONE) ||
	    (code = distinct_files(x->o, x->in.fd, x->name, -1,
	    x->name)) != EXIT_DONE)
		return code;
	if (x->o->no_holes)
		x->in.io.sparse = false;
	if (x->in.io.size == h->length)
		return EXIT_DONE;
	return msg_refuse("%s: has %llu bytes, but %s was made for %llu",
	    x->in.name, (unsigned long long)x->in.io.size, x->name,
	    (unsigned long long)h->length);
}

static int
unlock_parts(struct encrypt_parts *x)
{
	return secret_open(&x->parts.file.key, NULL, &(const struct opening){
		.file = header_name(x),
		.hf = &x->parts.file.hf,
		.source = &x->o->secret,
		.slots = KEY_ALL_SLOTS,
		.limit = x->o->limit
	});
}

static int
encrypt_part(struct encrypt_parts *x)
{
	const struct options *o = x->o;
	const struct header *h = &x->parts.file.hf.header;
	const struct job how = {
		.in = &x->in.io,
		.threads = o->threads,
		.interrupt = SIGNALS_TICK,
		.tick = tick_encryption,
		.context = x
	};
	struct err err;

	signals_hold();
	job_report_start(&x->report, "encrypting", layout_share(&h->layout,
	    h->length, o->part, o->of).length, o->progress);
	err = parts_encrypt(&x->parts, &how, o->part, o->of);
	if (err.code == XC_OK)
		err = (struct err){ input_unchanged(&x->in), ERR_INPUT };
	job_report_end();
	job_report_release(err.code);
	if (err.code != XC_OK)
		return encryption_part_fail(x, err);
	in_parts_tell_done(x->o, x->name, "");
	return EXIT_DONE;
}

static int
finish_encrypted_parts(struct encrypt_parts *x)
{
	const struct header *h = &x->parts.file.hf.header;
	const struct job how = {
		.threads = x->o->threads,
		.interrupt = SIGNALS_TICK,
		.tick = tick_encryption,
		.damaged = note_missing,
		.context = x
	};
	struct err err = { XC_OK, ERR_OUTPUT };

	err.code = missing_begin(&x->missing, &h->layout, h->length, h->parts);
	if (err.code != XC_OK)
		return encryption_part_fail(x, err);
	signals_hold();
	job_report_start(&x->report, "verifying", h->length, x->o->progress);
	err = parts_verify(&x->parts, &how, &x->in.io);
	if (err.code == XC_OK) {
		job_report_flush();
		err = parts_finish(&x->parts);
	}
	job_report_end();
	job_report_release(err.code);
	if (err.code == XC_E_DAMAGED)
		return missing_tell(&x->missing, x->name, "encrypt");
	if (err.code != XC_OK)
		return encryption_part_fail(x, err);
	in_parts_tell_done(x->o, x->name, "");
	return EXIT_DONE;
}

static int
run_encryption_part(struct encrypt_parts *x)
{
	const struct options *o = x->o;
	struct err err;
	int code = target_name(&x->name, o, true);

	if (code != EXIT_DONE)
		return code;
	err = parts_open(&x->parts, x->name, o->header, o->parts_done);
	if (err.code != XC_OK)
		return encryption_part_fail(x, err);
	if (x->parts.no_locks)
		in_parts_tell_no_locks(o, x->name);
	x->report.name = x->name;
	/* Tags show without the plaintext that all of it is there. */
	if ((o->part != 0 || x->parts.file.hf.header.layout.integrity ==
	    LAYOUT_NO_TAGS) && (code = open_plaintext(x)) != EXIT_DONE)
		return code;
	if ((code = unlock_parts(x)) != EXIT_DONE)
		return code;
	return o->part != 0 ? encrypt_part(x) : finish_encrypted_parts(x);
}

int
encrypt_parts(const struct options *o)
{
	struct encrypt_parts x = { .o = o, .parts.io.fd = -1, .in.fd = -1 };
	int code;

	job_report_init(&x.report);
	code = run_encryption_part(&x);
	input_close(&x.in);
	parts_close(&x.parts);
	missing_end(&x.missing);
	free(x.name);
	return code;
}
