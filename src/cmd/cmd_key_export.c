/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "command.h"
#include "locked.h"
#include "mapping.h"
#include "msg.h"
#include "options.h"
#include "payload.h"
#include "show.h"
#include "signals.h"
#include "source.h"
#include "target.h"
#include "word.h"

/* Output buffer, in memory that is locked and wiped. */
struct text {
	uint8_t key[XTS_KEY_BYTES];
	char line[MAPPING_LINE];
};

struct export {
	const struct options *o;
	bool secret;		/* keys are written, not only their names */
	const char *name;	/* of the output; NULL: standard output */
	const char *device;	/* in the table */
	struct source source;
	struct mapping mapping;
	uint64_t first, end;	/* spans */
	struct output out;
};

/*
 * Refuse to write keys to a terminal, which may record them; -f does not help.
 */
static int
refuse_terminal(const struct export *e, int fd)
{
	if (!e->secret || isatty(fd) != 1)
		return EXIT_DONE;
	msg_error("%s: keys are not written to a terminal",
	    target_called(e->name));
	msg_hint("write them to a pipe, or to a new file with -o FILE");
	return EXIT_USAGE;
}

/*
 * Refuse to export one span's keys for all: the others would be read as noise,
 * and written so.
 */
static int
choose_spans(struct export *e)
{
	const uint64_t spans = e->mapping.spans, index = e->o->span_index;

	e->first = index == OPTIONS_NO_SPAN ? 0 : index;
	e->end = index == OPTIONS_NO_SPAN ? spans : index + 1;
	if (e->end > spans)
		return msg_refuse("%s: has no span %llu; its last is %llu",
		    e->source.in.name, (unsigned long long)index,
		    (unsigned long long)(spans - 1));
	if (e->o->dm_table || e->end - e->first == 1)
		return EXIT_DONE;
	msg_refuse("%s: has %llu spans, each with keys of its own",
	    e->source.in.name, (unsigned long long)spans);
	msg_hint("--dm-table makes a table of all; --span N exports the keys "
	    "of one");
	return EXIT_SYSTEM;
}

/* Set the name of the device in the table, or a word in its place. */
static void
choose_device(struct export *e)
{
	const struct input *in = &e->source.in;

	e->device = in->name;
	if (!e->o->dm_table ||
	    (S_ISBLK(in->st.st_mode) && word_of(in->name, NULL) != NULL &&
	    strlen(in->name) < MAPPING_DEVICE))
		return;
	e->device = "DEVICE";
	msg_note("%s: replace DEVICE in the table by the name of a block "
	    "device; \"losetup --find --show\" makes one of a file",
	    in->name);
}

static int
check_mapping(struct export *e)
{
	const struct source *s = &e->source;
	const struct header *h = &s->file.hf.header;
	int err = mapping_find(&e->mapping, h, s->file.detached);

	if (err == XC_OK && s->in.io.size != IO_UNKNOWN &&
	    s->in.io.size < h->length)
		err = XC_E_CUT;
	if (err != XC_OK)
		return msg_fail(s->in.name, err);
	return choose_spans(e);
}

/* Write the keys of a span, or its line; the table of one span begins at 0. */
static int
write_span(struct export *e, struct text *t, uint64_t span_index, uint64_t at,
    size_t *len)
{
	uint64_t start = (span_index - e->first) * e->mapping.span;

	if (e->secret)
		payload_span_key(t->key, span_index,
		    e->source.file.key->layout);
	if (!e->o->dm_table) {
		*len = sizeof(t->key);
		return io_write(&e->out.io, t->key, *len, at);
	}
	*len = mapping_line(t->line, &e->mapping, span_index, start,
	    e->secret ? t->key : NULL, e->device);
	return io_write(&e->out.io, (const uint8_t *)t->line, *len, at);
}

static int
write_spans(struct export *e, uint64_t *written)
{
	struct text *t = locked_malloc(sizeof(*t));
	size_t len;
	int err = XC_OK;

	*written = 0;
	if (t == NULL)
		return ENOMEM;
	for (uint64_t i = e->first; err == XC_OK && i < e->end; i++) {
		err = signals_caught() != 0 ? XC_E_STOPPED :
		    write_span(e, t, i, *written, &len);
		if (err == XC_OK)
			*written += len;
	}
	sodium_free(t);
	return err;
}

/*
 * Write the output whole or not at all: half a table would map half of the
 * data.
 */
static int
write_export(struct export *e)
{
	struct job_report report;
	uint64_t written;
	int err, code = EXIT_DONE;

	job_report_init(&report);
	signals_hold();
	err = output_open(&e->out, e->name, OUTPUT_PRIVATE, &report.wait);
	if (err == XC_OK)
		code = refuse_terminal(e, e->out.io.fd);
	if (err == XC_OK && code == EXIT_DONE)
		err = write_spans(e, &written);
	if (err == XC_OK && code == EXIT_DONE)
		err = output_commit(&e->out, written, NULL);
	output_abort(&e->out);
	target_tell_left(&e->out, e->name);
	job_report_release(err);
	return err == XC_OK ? code : msg_fail_new(target_called(e->name), err);
}

static int
run_export(struct export *e)
{
	const struct options *o = e->o;
	struct source *s = &e->source;
	int code;

	if (o->hex && !o->dm_table)
		return msg_usage("--hex is for --dm-table");
	if (e->name == NULL &&
	    (code = refuse_terminal(e, STDOUT_FILENO)) != EXIT_DONE)
		return code;
	if ((code = source_open(s, o)) != EXIT_DONE)
		return code;
	if ((code = source_distinct(s, o, e->name,
	    STDOUT_FILENO)) == EXIT_DONE &&
	    (code = source_check(s, o)) == EXIT_DONE &&
	    (code = check_mapping(e)) == EXIT_DONE &&
	    (e->name == NULL ||
	    (code = target_check_new(e->name)) == EXIT_DONE) &&
	    (!e->secret || (code = source_unlock(s, o)) == EXIT_DONE)) {
		choose_device(e);
		code = write_export(e);
	}
	source_close(s);
	return code;
}

int
cmd_key_export(const struct options *o)
{
	struct export e = {
		.o = o,
		.secret = !o->dm_table || o->hex,
		.name = options_is_stdio(o->output) ? NULL : o->output
	};

	return run_export(&e);
}
