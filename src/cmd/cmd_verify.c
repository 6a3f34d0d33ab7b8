/* SPDX-License-Identifier: ISC */
#include "command.h"
#include "msg.h"
#include "options.h"
#include "source.h"

static int
check_tags(const struct source *s)
{
	if (s->file.hf.header.layout.integrity == LAYOUT_TAGS)
		return EXIT_DONE;
	msg_error("%s: was encrypted without integrity: no change to it can be "
	    "detected", s->in.name);
	return EXIT_HEADER;
}

static int
verification_fail(const struct source *s, int err)
{
	const int code = job_report_fail(&s->report, err);

	if (code == EXIT_DATA)
		source_hint_damage(s, "use a backup, or \"xtscrypt decrypt "
		    "--keep-going -o FILE\", which", err);
	return code;
}

static int
check_all(struct source *s, const struct options *o)
{
	const struct job_result *result = &s->file.result;
	const int err = source_verify(s, o);

	if (err != XC_OK)
		return verification_fail(s, err);
	if (s->in_part)
		msg_note("%s: verified %llu of %llu bytes", s->in.name,
		    (unsigned long long)result->length,
		    (unsigned long long)container_length(&s->file));
	else
		msg_note("%s: every byte of the data is authentic (%llu "
		    "bytes)", s->in.name, (unsigned long long)result->length);
	return EXIT_DONE;
}

/* Check the header's own bytes, whatever its side file has. */
static int
check_header(const struct source *s)
{
	if (s->file.waiting[0] != '\0') {
		msg_error("%s: is the header of older data, though that of %s "
		    "is beside it", s->header, s->in.name);
		msg_hint("rename %s to %s", s->file.waiting, s->header);
		return EXIT_HEADER;
	}
	if (!s->file.hf.rescued)
		return EXIT_DONE;
	msg_error("%s: the header is damaged, though not the one in the side "
	    "file", s->header);
	msg_hint("any change of its keys, or \"xtscrypt header restore\", "
	    "repairs it");
	return EXIT_HEADER;
}

int
cmd_verify(const struct options *o)
{
	struct source s;
	int code;

	if ((code = source_open(&s, o)) != EXIT_DONE)
		return code;
	if ((code = source_distinct(&s, o, NULL, -1)) == EXIT_DONE &&
	    (code = check_tags(&s)) == EXIT_DONE &&
	    (code = source_unlock(&s, o)) == EXIT_DONE &&
	    (code = check_all(&s, o)) == EXIT_DONE)
		code = check_header(&s);
	source_close(&s);
	return code;
}
