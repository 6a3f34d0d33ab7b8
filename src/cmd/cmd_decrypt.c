/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "decrypt_parts.h"
#include "distinct.h"
#include "in_place.h"
#include "target.h"
#include "msg.h"
#include "removal.h"
#include "source.h"
#include "signals.h"

struct decryption {
	const struct options *o;
	struct source source;
	char *name;		/* of the output; NULL: standard output */
	struct output out;
	int lock;		/* on the file that it replaces */
	struct removal removal;
};

static struct err
decrypt_payload(struct decryption *d)
{
	const struct options *o = d->o;
	struct job how = {
		.out = &d->out.io,
		.range = d->source.in_part ? &d->source.range : NULL,
		.keep_going = o->keep_going,
		.threads = o->threads,
		.interrupt = SIGNALS_TICK,
		.tick = job_report_tick,
		.damaged = job_report_damaged,
		.context = &d->source.report
	};
	struct err err;

	if (target_guards_terminal(o, d->out.io.fd))
		how.accept = job_report_accept_text;
	err = container_decrypt(&d->source.file, &how);
	return err.code != XC_OK ? err : (struct err){
		source_unchanged(&d->source, o), ERR_INPUT
	};
}

/* With --keep-going, damage does not withhold the rest of the data. */
static bool
salvaged(const struct decryption *d, int err)
{
	return d->o->keep_going && (err == XC_E_DAMAGED || err == XC_E_SIZE ||
	    err == XC_E_CUT || err == XC_E_TRAILING);
}

static struct err
commit_plaintext(struct decryption *d)
{
	const struct job_result *result = &d->source.file.result;
	struct input *in = &d->source.in;
	struct err err = { XC_OK, ERR_OUTPUT };

	err.code = output_commit(&d->out, result->length, input_like(in));
	if (err.code == XC_OK && in->path == NULL)
		err = (struct err){
			io_finish(&in->io, result->payload), ERR_INPUT
		};
	return err;
}

static int
check_room(const struct decryption *d)
{
	uint64_t length = source_length(&d->source);

	return target_room(d->o, &d->out, d->name,
	    length == LAYOUT_UNKNOWN ? 0 : length);
}

static int
decryption_fail(const struct decryption *d, struct err err)
{
	int code;

	if (err.file == ERR_OUTPUT)
		return msg_fail(target_called(d->name), err.code);
	code = job_report_fail(&d->source.report, err.code);
	if (d->o->keep_going || (code != EXIT_DATA &&
	    !(err.code == EIO && d->source.in.io.seekable)))
		return code;
	source_hint_damage(&d->source, "--keep-going -o FILE", err.code);
	return code;
}

static int
write_decrypted(struct decryption *d)
{
	struct err err = { XC_OK, ERR_OUTPUT };
	int damage = XC_OK, code = EXIT_DONE;

	signals_hold();
	err.code = output_open(&d->out, d->name, target_flags(d->o),
	    &d->source.report.wait);
	if (err.code == XC_OK)
		err.code = pair_lock(&d->lock, &d->out);
	d->removal.made = removal_safe(&d->source.in, &d->out);
	d->out.io.sparse = d->out.io.ours && !d->o->no_holes;
	if (err.code == XC_OK && (code = check_room(d)) == EXIT_DONE) {
		d->source.report.terminal |= isatty(d->out.io.fd) == 1;
		job_report_start(&d->source.report, "decrypting",
		    source_length(&d->source), d->o->progress);
		err = decrypt_payload(d);
		if (salvaged(d, err.code)) {
			damage = err.code;
			err.code = XC_OK;
		}
		if (err.code == XC_OK) {
			job_report_flush();
			err = commit_plaintext(d);
		}
		job_report_end();
		if (err.code == XC_OK)
			target_made(&d->source.report, d->name,
			    d->source.file.result.length);
	}
	output_abort(&d->out);
	if (d->lock >= 0)
		close(d->lock);
	target_tell_left(&d->out, d->name);
	job_report_release(err.code);
	if (err.code == XC_OK && damage != XC_OK)
		err = (struct err){ damage, ERR_INPUT };
	return err.code == XC_OK ? code : decryption_fail(d, err);
}

static int
run_decryption(struct decryption *d)
{
	const struct options *o = d->o;
	int code;

	if ((code = target_name(&d->name, o, false)) != EXIT_DONE ||
	    (code = source_open(&d->source, o)) != EXIT_DONE)
		return code;
	if ((code = source_distinct(&d->source, o, d->name,
	    STDOUT_FILENO)) == EXIT_DONE &&
	    (code = distinct_later(o, d->name)) == EXIT_DONE &&
	    (code = target_check(o, d->name)) == EXIT_DONE &&
	    (code = removal_begin(&d->removal, o, &d->source.in,
	    d->name)) == EXIT_DONE &&
	    (code = source_unlock(&d->source, o)) == EXIT_DONE)
		code = write_decrypted(d);
	if (code == EXIT_DONE)
		code = removal_finish(&d->removal, &d->source.in);
	removal_end(&d->removal);
	source_close(&d->source);
	return code;
}

int
cmd_decrypt(const struct options *o)
{
	struct decryption d = { .lock = -1 };
	int code;

	if (o->in_place)
		return in_place_decrypt(o);
	if (o->part != 0 || o->parts_done)
		return decrypt_parts(o);
	d.o = o;
	code = run_decryption(&d);
	free(d.name);
	return code;
}
