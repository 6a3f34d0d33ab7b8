/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "decrypt_parts.h"
#include "in_parts.h"
#include "missing.h"
#include "msg.h"
#include "partfile.h"
#include "parts.h"
#include "signals.h"
#include "source.h"
#include "target.h"

/* The work of one program. */
struct decrypt_parts {
	const struct options *o;
	struct source source;
	struct partfile file;
	struct missing missing;
	char *name;		/* of the output */
	uint64_t length;	/* of the plaintext */
};

static bool
tick_comparison(void *context, uint64_t done)
{
	struct decrypt_parts *x = context;

	return job_report_tick(&x->source.report, done);
}

static void
report_damaged(void *context, uint64_t from, uint64_t to)
{
	struct decrypt_parts *x = context;

	job_report_damaged(&x->source.report, from, to);
}

static void
add_missing(void *context, uint64_t from, uint64_t to)
{
	struct decrypt_parts *x = context;

	missing_add(&x->missing, from, to);
}

/* Report an error of the encrypted file, or of the file of the plaintext. */
static int
decryption_part_fail(const struct decrypt_parts *x, struct err err)
{
	const struct source *s = &x->source;
	int code;

	if (err.file == ERR_HEADER)
		return source_fail(s->header, err);
	if (err.file == ERR_INPUT) {
		code = job_report_fail(&s->report, err.code);
		if (code == EXIT_DATA || err.code == EIO)
			source_hint_damage(s, "\"xtscrypt decrypt "
			    "--keep-going -o FILE\"", err.code);
		return code;
	}
	if (err.code == XC_E_STOPPED || err.code == XC_E_EXISTS)
		return msg_fail(x->name, err.code);
	msg_error("%s" PARTFILE_SUFFIX ": %s", x->name, err_text(err.code));
	if (err.code == XC_E_PART_FILE)
		msg_hint("move it away, or choose another name with -o FILE");
	else if (err.code == ENOENT && x->o->parts_done)
		msg_hint("\"xtscrypt decrypt --part I/N\" makes it");
	return exit_code(err.code);
}

static struct err
decrypt_part(struct decrypt_parts *x)
{
	const struct options *o = x->o;
	struct container *c = &x->source.file;
	const struct job how = {
		.threads = o->threads,
		.interrupt = SIGNALS_TICK,
		.tick = job_report_tick,
		.damaged = job_report_damaged,
		.context = &x->source.report
	};

	job_report_start(&x->source.report, "decrypting",
	    layout_share(&c->hf.header.layout, x->length, o->part,
	    o->of).length, o->progress);
	return partfile_decrypt(&x->file, c, &how, o->part, o->of);
}

/* An error of the plaintext is one of the output here. */
static struct err
compare_all(struct decrypt_parts *x)
{
	struct io plain = io_at(x->file.fd);
	const struct job how = {
		.threads = x->o->threads,
		.interrupt = SIGNALS_TICK,
		.tick = tick_comparison,
		.damaged = report_damaged,
		.context = x
	};
	struct err err;

	job_report_start(&x->source.report, "verifying", x->length,
	    x->o->progress);
	err = parts_compare(&x->source.file, &how, &plain, add_missing);
	err.file = err.file == ERR_INPUT ? ERR_OUTPUT : ERR_INPUT;
	return err;
}

static struct err
finish_decrypted_parts(struct decrypt_parts *x)
{
	struct source *s = &x->source;
	struct err err = compare_all(x);

	if (err.code == XC_OK)
		err = (struct err){ source_unchanged(s, x->o), ERR_INPUT };
	if (err.code != XC_OK)
		return err;
	job_report_flush();
	return (struct err){
		partfile_place(&x->file, x->name, x->length,
		    target_flags(x->o), input_like(&s->in), &s->report.wait),
		ERR_OUTPUT
	};
}

static int
write_part(struct decrypt_parts *x)
{
	const struct options *o = x->o;
	struct err err = { XC_OK, ERR_OUTPUT };

	signals_hold();
	err.code = partfile_open(&x->file, x->name, x->length, o->parts_done);
	if (err.code == XC_OK && x->file.no_locks)
		in_parts_tell_no_locks(o, x->name);
	if (err.code == XC_OK)
		err = o->part != 0 ? decrypt_part(x) :
		    finish_decrypted_parts(x);
	job_report_end();
	job_report_release(err.code);
	if (o->parts_done && err.code == XC_E_DAMAGED &&
	    err.file == ERR_OUTPUT)
		return missing_tell(&x->missing, x->name, "decrypt");
	if (err.code != XC_OK)
		return decryption_part_fail(x, err);
	in_parts_tell_done(x->o, x->name, PARTFILE_SUFFIX);
	return EXIT_DONE;
}

static int
run_decryption_part(struct decrypt_parts *x)
{
	const struct options *o = x->o;
	struct source *s = &x->source;
	const struct layout *layout = &s->file.hf.header.layout;
	int code, err;

	if ((code = target_name(&x->name, o, false)) != EXIT_DONE ||
	    (code = source_open(s, o)) != EXIT_DONE)
		return code;
	if ((code = source_distinct(s, o, x->name, -1)) != EXIT_DONE ||
	    (code = target_check(o, x->name)) != EXIT_DONE ||
	    (code = in_parts_check_input(&s->in)) != EXIT_DONE ||
	    (code = source_unlock(s, o)) != EXIT_DONE)
		return code;
	x->length = container_length(&s->file);
	if (x->length == LAYOUT_UNKNOWN)
		return msg_fail(s->in.name, XC_E_SIZE);
	err = missing_begin(&x->missing, layout, x->length,
	    layout_stripes(layout, x->length));
	return err == XC_OK ? write_part(x) : msg_fail(s->in.name, err);
}

int
decrypt_parts(const struct options *o)
{
	struct decrypt_parts x = { .o = o, .file.fd = -1, .file.at.folder = -1,
	    .source.in.fd = -1 };
	int code;

	code = run_decryption_part(&x);
	partfile_close(&x.file);
	source_close(&x.source);
	missing_end(&x.missing);
	free(x.name);
	return code;
}
