/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "distinct.h"
#include "msg.h"
#include "options.h"
#include "secret.h"
#include "side.h"
#include "source.h"

int
source_open(struct source *s, const struct options *o,
    struct job_report *report)
{
	const struct container *c = &s->file;
	struct err err;
	int code;

	*s = (struct source){ 0 };
	if ((code = input_open(&s->in, o->operand[0], report)) != EXIT_DONE)
		return code;
	s->header = o->header != NULL ? o->header : s->in.name;
	err = container_open(&s->file, &s->in.io, s->in.path, o->header);
	if (err.code != XC_OK) {
		code = source_fail(s->header, err);
		source_close(s);
		return code;
	}
	if (c->waiting[0] != '\0')
		msg_note("%s: is the header of older data; used %s beside it",
		    s->header, c->waiting);
	if (c->hf.rescued)
		source_tell_rescued(s->header);
	if (c->hf.header.length == LAYOUT_UNKNOWN)
		report->segment = c->hf.header.layout.segment;
	return EXIT_DONE;
}

void
source_tell_rescued(const char *name)
{
	char *side;

	(void)side_path(&side, name);
	msg_note("%s: the header is damaged; used the one in %s", name,
	    side == NULL ? "its side file" : side);
	free(side);
}

int
source_fail(const char *name, struct err err)
{
	int code;
	char *side;

	if (err.file != ERR_SIDE || side_path(&side, name) != XC_OK)
		return msg_fail(name, err.code);
	if (err.code == XC_E_SIDE) {
		code = msg_refuse("%s: has the name of the side file of %s, "
		    "but is not that", side, name);
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

	return err == XC_OK ? EXIT_DONE : msg_fail(s->in.name, err);
}

int
source_unlock(struct source *s, const struct options *o)
{
	int err = header_whole(&s->file.hf.header);
	unsigned slot = 0;
	int code;

	if (err != XC_OK)
		return msg_fail(s->header, err);
	if ((code = source_alone(s)) != EXIT_DONE)
		return code;
	return secret_open(&s->file.key, &slot, &(const struct opening){
		.file = s->header,
		.hf = &s->file.hf,
		.source = &o->secret,
		.slots = KEY_ALL_SLOTS,
		.limit = o->limit
	});
}

void
source_close(struct source *s)
{
	input_close(&s->in);
	container_close(&s->file);
}
