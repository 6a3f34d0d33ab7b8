/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conversion.h"
#include "distinct.h"
#include "in_parts.h"
#include "msg.h"
#include "partfile.h"
#include "parts.h"
#include "signals.h"
#include "source.h"
#include "target.h"

/* The work of one program. */
struct in_parts {
	const struct options *o;
	struct job_report report;
	struct input in;	/* encrypting: the plaintext */
	struct parts parts;
	struct source source;	/* decrypting: the encrypted file */
	struct partfile file;
	char *name;		/* of the output */
	const struct layout *layout;
	uint64_t length;	/* of the plaintext */
	uint32_t n;		/* parts that the next has a bit for: */
	uint8_t *lacks;		/* those that are not there */
};

/* Are there options that only --parts takes, for the header? */
static bool
chooses(const struct options *o)
{
	const struct layout usual = LAYOUT_DEFAULT;

	return o->no_integrity || o->segment_given || o->name != NULL ||
	    o->recovery || o->recovery_file != NULL || o->cost.passes != 0 ||
	    o->cost.memory != 0 || o->layout.sector != usual.sector ||
	    o->layout.span_shift != usual.span_shift;
}

int
in_parts_check(const struct options *o, const struct command *command)
{
	if (!options_in_parts(o))
		return EXIT_DONE;
	if ((o->parts != 0) + (o->part != 0) + o->parts_done > 1)
		return msg_usage("--parts, --part and --parts-done contradict "
		    "each other");
	if (o->operands > 1)
		return msg_usage("--parts, --part and --parts-done are for one "
		    "FILE");
	if (o->in_place || o->to_stdout || o->rm || o->keep_going ||
	    options_in_part(o) || options_is_stdio(o->operand[0]) ||
	    (o->output != NULL && options_is_stdio(o->output)))
		return msg_usage("--parts, --part and --parts-done need the "
		    "name of a file, and neither -c, --in-place, --rm, "
		    "--keep-going, --offset nor --length");
	if (command->bit == CMD_ENCRYPT && o->parts == 0 && chooses(o))
		return msg_usage("the slots and the layout are chosen with "
		    "--parts: leave them out");
	return EXIT_DONE;
}

int
in_parts_check_input(const struct input *in)
{
	return in->io.seekable ? EXIT_DONE :
	    msg_refuse("%s: is empty, or no file or device: it has no parts",
	    in->name);
}

static bool
tick_part(void *context, uint64_t done)
{
	struct in_parts *x = context;

	return job_report_tick(&x->report, done);
}

/* damaged, for --parts-done: these bytes of the plaintext are not there. */
static void
note_lack(void *context, uint64_t from, uint64_t to)
{
	struct in_parts *x = context;
	uint32_t i = layout_share_with(x->layout, x->length, from, x->n);
	uint32_t last = layout_share_with(x->layout, x->length, to - 1, x->n);

	for (; i <= last; i++)
		x->lacks[i / 8] |= (uint8_t)(1U << i % 8);
}

static bool
lacks(const struct in_parts *x, uint32_t i)
{
	return i <= x->n && (x->lacks[i / 8] >> i % 8 & 1) != 0;
}

/* Make room to note what lacks, of n parts; false: there is none. */
static bool
note_lacks(struct in_parts *x, const struct layout *layout, uint64_t length,
    uint64_t n)
{
	x->layout = layout;
	x->length = length;
	x->n = n < LAYOUT_SHARES_MAX ? (uint32_t)n : LAYOUT_SHARES_MAX;
	x->lacks = calloc(1, x->n / 8 + 1);
	return x->lacks != NULL;
}

/*
 * Name the parts that lack, as a job array takes them; and of very many, the
 * first.
 */
static int
tell_lacks(const struct in_parts *x, const char *name, const char *command)
{
	char list[512] = "";
	size_t len = 0;
	uint32_t to;

	for (uint32_t i = 1; i <= x->n && len < sizeof(list) - 20; i = to + 1) {
		for (to = i; lacks(x, i) && lacks(x, to + 1);)
			to++;
		if (!lacks(x, i))
			continue;
		len += (size_t)snprintf(list + len, sizeof(list) - len,
		    to > i ? "%s%u-%u" : "%s%u", len > 0 ? "," : "", i, to);
	}
	msg_error("%s: of %u parts these are not there, or damaged: %s%s",
	    name, x->n, list, len < sizeof(list) - 20 ? "" : ",...");
	msg_hint("\"xtscrypt %s --part I/%u\" writes one of them again; then "
	    "use --parts-done once more", command, x->n);
	return EXIT_DATA;
}

/* The file with the header. */
static const char *
header_name(const struct in_parts *x)
{
	return x->o->header != NULL ? x->o->header : x->name;
}

static int
encryption_part_fail(const struct in_parts *x, struct err err)
{
	const struct container *c = &x->parts.file;
	int code;

	if (err.file == ERR_INPUT)
		return msg_fail(x->in.name, err.code);
	code = err.file == ERR_OUTPUT ? msg_fail(x->name, err.code) :
	    source_fail(header_name(x), err);
	if (err.code == XC_E_NOT_PARTS && c->waiting[0] != '\0')
		msg_hint("the header of %s is beside it: rename %s to %s",
		    x->name, c->waiting, header_name(x));
	else if (err.code == XC_E_NOT_PARTS ||
	    (err.code == ENOENT && err.file == ERR_OUTPUT))
		msg_hint("\"xtscrypt encrypt --parts N\" makes it");
	return code;
}

/* Open FILE, whose plaintext must be that of the parts before. */
static int
open_plaintext(struct in_parts *x)
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
unlock_parts(struct in_parts *x)
{
	return secret_open(&x->parts.file.key, NULL, &(const struct opening){
		.file = header_name(x),
		.hf = &x->parts.file.hf,
		.source = &x->o->secret,
		.slots = KEY_ALL_SLOTS,
		.limit = x->o->limit
	});
}

/* Report that something is written; a script knows it by the exit status. */
static void
tell_done(const struct in_parts *x)
{
	if (isatty(STDERR_FILENO) != 1)
		return;
	if (x->o->parts_done)
		msg_note("%s: all parts are there", x->name);
	else
		msg_note("%s: wrote part %u of %u", x->name, x->o->part,
		    x->o->of);
}

static int
encrypt_part(struct in_parts *x)
{
	const struct options *o = x->o;
	const struct header *h = &x->parts.file.hf.header;
	const struct job how = {
		.in = &x->in.io,
		.threads = o->threads,
		.interrupt = SIGNALS_TICK,
		.tick = tick_part,
		.context = x
	};
	struct err err;

	signals_hold();
	job_report_start(&x->report, "encrypting", layout_share(&h->layout,
	    h->length, o->part, o->of).length, o->progress);
	err = parts_encrypt(&x->parts, &how, o->part, o->of);
	job_report_end();
	job_report_release(err.code);
	if (err.code != XC_OK)
		return encryption_part_fail(x, err);
	tell_done(x);
	return EXIT_DONE;
}

static int
finish_encrypted_parts(struct in_parts *x)
{
	const struct header *h = &x->parts.file.hf.header;
	const struct job how = {
		.threads = x->o->threads,
		.interrupt = SIGNALS_TICK,
		.tick = tick_part,
		.damaged = note_lack,
		.context = x
	};
	struct err err;

	if (!note_lacks(x, &h->layout, h->length, h->parts))
		return msg_fail(x->name, ENOMEM);
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
		return tell_lacks(x, x->name, "encrypt");
	if (err.code != XC_OK)
		return encryption_part_fail(x, err);
	tell_done(x);
	return EXIT_DONE;
}

static int
run_encryption_part(struct in_parts *x)
{
	const struct options *o = x->o;
	struct err err;
	int code = target_name(&x->name, o, true);

	if (code != EXIT_DONE)
		return code;
	err = parts_open(&x->parts, x->name, o->header, o->parts_done);
	if (err.code != XC_OK)
		return encryption_part_fail(x, err);
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
in_parts_encrypt(const struct options *o)
{
	struct in_parts x = { .o = o, .parts.io.fd = -1, .in.fd = -1 };
	int code;

	job_report_init(&x.report);
	code = run_encryption_part(&x);
	input_close(&x.in);
	parts_close(&x.parts);
	free(x.lacks);
	free(x.name);
	return code;
}

/* Report an error of the encrypted file, or of the file of the plaintext. */
static int
decryption_part_fail(const struct in_parts *x, struct err err)
{
	int code;

	if (err.file == ERR_HEADER)
		return source_fail(x->source.header, err);
	if (err.file == ERR_INPUT) {
		/* Damage was already reported, with its range of bytes. */
		code = EXIT_DATA;
		if (err.code != XC_E_DAMAGED || !x->source.report.damaged)
			code = msg_fail(x->source.in.name, err.code);
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
decrypt_part(struct in_parts *x)
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
compare_all(struct in_parts *x)
{
	struct io plain = io_at(x->file.fd);
	const struct job how = {
		.threads = x->o->threads,
		.interrupt = SIGNALS_TICK,
		.tick = tick_part,
		.damaged = note_lack,
		.context = x
	};
	struct err err;

	x->report.name = x->source.in.name;
	job_report_start(&x->report, "verifying", x->length, x->o->progress);
	err = parts_compare(&x->source.file, &how, &plain);
	err.file = err.file == ERR_INPUT ? ERR_OUTPUT : ERR_INPUT;
	return err;
}

static struct err
finish_decrypted_parts(struct in_parts *x)
{
	const struct source *s = &x->source;
	struct err err = compare_all(x);

	if (err.code != XC_OK)
		return err;
	job_report_flush();
	return (struct err){
		partfile_place(&x->file, x->name, x->length,
		    target_flags(x->o), input_like(&s->in), &x->report.wait),
		ERR_OUTPUT
	};
}

static int
write_part(struct in_parts *x)
{
	const struct options *o = x->o;
	struct err err = { XC_OK, ERR_OUTPUT };

	signals_hold();
	err.code = partfile_open(&x->file, x->name, x->length, o->parts_done);
	if (err.code == XC_OK)
		err = o->part != 0 ? decrypt_part(x) :
		    finish_decrypted_parts(x);
	job_report_end();
	job_report_release(err.code);
	if (o->parts_done && err.code == XC_E_DAMAGED &&
	    err.file == ERR_OUTPUT)
		return tell_lacks(x, x->name, "decrypt");
	if (err.code != XC_OK)
		return decryption_part_fail(x, err);
	tell_done(x);
	return EXIT_DONE;
}

static int
run_decryption_part(struct in_parts *x)
{
	const struct options *o = x->o;
	struct source *s = &x->source;
	const struct layout *layout = &s->file.hf.header.layout;
	uint64_t length;
	int code;

	if ((code = target_name(&x->name, o, false)) != EXIT_DONE ||
	    (code = source_open(s, o)) != EXIT_DONE)
		return code;
	if ((code = source_distinct(s, o, x->name, -1)) != EXIT_DONE ||
	    (code = target_check(o, x->name)) != EXIT_DONE ||
	    (code = in_parts_check_input(&s->in)) != EXIT_DONE ||
	    (code = source_unlock(s, o)) != EXIT_DONE)
		return code;
	length = container_length(&s->file);
	if (length == LAYOUT_UNKNOWN)
		return msg_fail(s->in.name, XC_E_SIZE);
	if (!note_lacks(x, layout, length, layout_stripes(layout, length)))
		return msg_fail(s->in.name, ENOMEM);
	return write_part(x);
}

int
in_parts_decrypt(const struct options *o)
{
	struct in_parts x = { .o = o, .file.fd = -1, .file.at.folder = -1,
	    .source.in.fd = -1 };
	int code;

	job_report_init(&x.report);
	code = run_decryption_part(&x);
	partfile_close(&x.file);
	source_close(&x.source);
	free(x.lacks);
	free(x.name);
	return code;
}
