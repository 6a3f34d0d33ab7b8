/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "conversion.h"
#include "distinct.h"
#include "foreign.h"
#include "msg.h"
#include "options.h"
#include "secret.h"
#include "side.h"
#include "signals.h"
#include "source.h"

/* Report what is wrong with the header; or the journal has it. */
static int
open_fail(const struct source *s, const struct options *o, struct err err)
{
	int code;

	if (s->in.path != NULL && (code = conversion_check(s->in.path,
	    o->header, NULL)) != EXIT_DONE)
		return code;
	if (err.file == ERR_INPUT)
		return msg_fail(s->in.name, err.code);
	if (s->file.waiting[0] != '\0')
		return msg_fail(s->file.waiting, err.code);
	return o->header == NULL && err.code == XC_E_MAGIC ?
	    foreign_fail(s->in.name, &s->in.io) : source_fail(s->header, err);
}

int
source_open(struct source *s, const struct options *o)
{
	const struct container *c = &s->file;
	struct err err;
	int code;

	*s = (struct source){ .in_part = options_in_part(o), .range = {
		o->offset == LAYOUT_UNKNOWN ? 0 : o->offset, o->length
	} };
	job_report_init(&s->report);
	if ((code = input_open(&s->in, o, &s->report)) != EXIT_DONE)
		return code;
	s->header = o->header != NULL ? o->header : s->in.name;
	err = container_open(&s->file, &s->in.io, s->in.path, o->header);
	if (err.code != XC_OK) {
		code = open_fail(s, o, err);
		source_close(s);
		return code;
	}
	opening_tell_found(c, s->header);
	if (c->hf.header.length == LAYOUT_UNKNOWN)
		s->report.segment = c->hf.header.layout.segment;
	return EXIT_DONE;
}

int
source_fail(const char *name, struct err err)
{
	int code;
	char *side;

	if (err.code == XC_E_NAME) {
		code = msg_fail(name, err.code);
		msg_hint("give it a shorter name");
		return code;
	}
	if (err.file != ERR_SIDE || side_path(&side, name) != XC_OK)
		return msg_fail(name, err.code);
	if (err.code == XC_E_SIDE) {
		code = msg_refuse("%s: has the name of the side file of %s, "
		    "but is another file", side, name);
		msg_hint("move it away");
	} else {
		code = msg_fail(side, err.code);
	}
	free(side);
	return code;
}

int
source_distinct(const struct source *s, const struct options *o,
    const char *output, int out)
{
	return distinct_files(o, s->in.fd, output, out,
	    o->header == NULL ? s->in.path : NULL);
}

int
source_alone(struct source *s)
{
	int err = container_alone(&s->file);

	if (err != XC_E_HEADER_INSIDE)
		return err == XC_OK ? EXIT_DONE : msg_fail(s->in.name, err);
	msg_error("%s: %s", s->in.name, err_text(err));
	msg_hint("leave out -H; if the header in it is damaged, \"xtscrypt "
	    "header restore %s %s\" puts that one back", s->in.name,
	    s->header);
	return exit_code(err);
}

/*
 * Was a saved header given for a file that still has its own, damaged?  Read as
 * data, that would shift all that follows.
 */
static bool
has_lost_header(const struct source *s)
{
	const struct header *h = &s->file.hf.header;

	return s->file.detached && h->length != LAYOUT_UNKNOWN &&
	    s->in.io.size != IO_UNKNOWN && s->in.io.size ==
	    layout_payload(&h->layout, h->length) + HEADER_BYTES;
}

bool
source_has_data(const struct source *s)
{
	const struct header *h = &s->file.hf.header;

	return s->file.detached || !s->in.io.seekable || s->in.io.size > 0 ||
	    (h->length != LAYOUT_UNKNOWN &&
	    layout_payload(&h->layout, h->length) == 0);
}

/* Check that the file can be read in part, and has the range. */
static int
fit_range(struct source *s)
{
	const uint64_t length = container_length(&s->file);
	struct layout_range *r = &s->range;
	bool ends = r->length != LAYOUT_UNKNOWN;

	if (!s->in_part)
		return EXIT_DONE;
	if (!s->in.io.seekable) {
		msg_error("%s: is no file or device, and cannot be read in "
		    "part", s->in.name);
		msg_hint("leave out --offset and --length to read all of it");
		return EXIT_USAGE;
	}
	if (length == LAYOUT_UNKNOWN)
		return msg_fail(s->in.name, XC_E_SIZE);
	if (layout_range_fit(r, length) != XC_OK) {
		msg_error("%s: its plaintext has %llu bytes, too few for a "
		    "range up to %llu", s->in.name,
		    (unsigned long long)length,
		    (unsigned long long)(r->offset + (ends ? r->length : 0)));
		if (r->offset <= length)
			msg_hint("without --length the range goes to the end");
		return exit_code(XC_E_RANGE);
	}
	/* Only the last segment can be short. */
	if (r->offset + r->length < length)
		s->report.segment = 0;
	return EXIT_DONE;
}

int
source_whole(const struct source *s, const struct options *o)
{
	const struct header *h = &s->file.hf.header;
	int err = header_whole(h);

	if (s->in.path != NULL)
		return conversion_check(s->in.path, o->header, h);
	return err == XC_OK ? EXIT_DONE : msg_fail(s->header, err);
}

int
source_check(struct source *s, const struct options *o)
{
	int code;

	if ((code = source_whole(s, o)) != EXIT_DONE ||
	    (code = source_alone(s)) != EXIT_DONE)
		return code;
	if (!source_has_data(s) && !o->keep_going) {
		msg_error("%s: %s, a header without its data", s->in.name,
		    err_text(XC_E_CUT));
		msg_hint("if the data is in a file of its own, name that, and "
		    "the header with -H %s", s->in.name);
		return EXIT_DATA;
	}
	if (has_lost_header(s) && !o->keep_going) {
		msg_error("%s: is longer by %d bytes, the size of a header, "
		    "than the data of %s", s->in.name, HEADER_BYTES,
		    s->header);
		msg_hint("if its own header is damaged, \"xtscrypt header "
		    "restore %s %s\" puts that one back; it is read without "
		    "-H then", s->in.name, s->header);
		return EXIT_DATA;
	}
	return fit_range(s);
}

int
source_unlock(struct source *s, const struct options *o)
{
	const int code = source_check(s, o);

	if (code != EXIT_DONE)
		return code;
	return secret_open(&s->file.key, NULL, &(const struct opening){
		.file = s->header,
		.hf = &s->file.hf,
		.source = &o->secret,
		.slots = KEY_ALL_SLOTS,
		.limit = o->limit
	});
}

uint64_t
source_length(const struct source *s)
{
	return s->in_part ? s->range.length : container_length(&s->file);
}

int
source_unchanged(struct source *s, const struct options *o)
{
	const int err = container_unchanged(&s->file, o->header);

	/* The header was good: save what can be saved. */
	if (err > 0 && o->keep_going)
		return XC_OK;
	if (err > 0)
		s->report.name = s->header;
	return err;
}

int
source_verify(struct source *s, const struct options *o)
{
	const struct job how = {
		.range = s->in_part ? &s->range : NULL,
		.threads = o->threads,
		.interrupt = SIGNALS_TICK,
		.tick = job_report_tick,
		.damaged = job_report_damaged,
		.context = &s->report
	};
	int err;

	signals_hold();
	job_report_start(&s->report, "verifying", source_length(s),
	    o->progress);
	err = container_decrypt(&s->file, &how).code;
	job_report_end();
	if (err == XC_OK)
		err = source_unchanged(s, o);
	if (err == XC_OK && s->in.path == NULL)
		err = io_finish(&s->in.io, s->file.result.payload);
	job_report_release(err);
	return err;
}

void
source_hint_damage(const struct source *s, const char *rescue, int err)
{
	if (s->file.detached && err != EIO)
		msg_hint("if %s has a damaged header of its own, put %s in its "
		    "place with \"xtscrypt header restore\"; if not, %s "
		    "writes what is good, and zeros for the rest", s->in.name,
		    s->header, rescue);
	else
		msg_hint("%s writes %s", rescue, err == XC_E_TRAILING ?
		    "the data without them" :
		    "what is good, and zeros for the rest");
}

void
source_close(struct source *s)
{
	input_close(&s->in);
	container_close(&s->file);
}
