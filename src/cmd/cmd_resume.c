/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "conversion.h"
#include "distinct.h"
#include "in_place.h"
#include "msg.h"
#include "replay.h"
#include "signals.h"

/* Leave the data as it is, if no step was begun. */
static int
undo_it(struct in_place *p, uint64_t k)
{
	struct err err;

	if (k > 0) {
		msg_error("%s: cannot be left as it was: the data has been "
		    "changed", p->c.path);
		conversion_hint("", p->c.path, p->c.detached);
		return EXIT_SYSTEM;
	}
	err = resume_undo(&p->c);
	if (err.code != XC_OK)
		return in_place_fail(p, err);
	msg_note("%s: is as it was", p->c.path);
	return EXIT_DONE;
}

/* Write to a volume that was not closed what its journal has. */
static int
replay_it(struct in_place *p)
{
	struct pagelog *log;
	struct err err = { ENOMEM, ERR_INPUT };

	if (p->o->undo)
		return msg_usage("%s is not being converted: leave out --undo",
		    p->c.path);
	if ((log = calloc(1, sizeof(*log))) == NULL)
		return in_place_fail(p, err);
	log->c = p->c;
	log->c.rule.key = p->key;
	err.code = pagelog_open(log);
	if (err.code == XC_OK)
		err = replay_log(log);
	pagelog_close(log);
	p->c.journal = log->c.journal;
	p->c.held = log->c.held;
	p->c.rule.due = log->c.rule.due;
	free(log);
	if (err.code != XC_OK)
		return in_place_fail(p, err);
	msg_note("%s: is closed now; nothing that was flushed is lost",
	    p->c.path);
	return EXIT_DONE;
}

/* On a terminal, before the first step: that may take a while. */
static void
tell_resumed(const struct in_place *p, uint64_t k)
{
	const struct chunks *c = &p->c.rule.chunks;
	const double done = (double)convert_done(c, k) / (double)c->length;

	if (isatty(STDERR_FILENO) == 1)
		msg_note("%s: resumes at %u %%", p->c.path,
		    (unsigned)(done * 100));
}

static int
continue_it(struct in_place *p)
{
	uint64_t k;
	struct err err;

	if (p->c.head.purpose == JOURNAL_WRITING)
		return replay_it(p);
	p->c.rule.key = p->key;
	err = resume_load(&p->c, &k);
	if (err.code != XC_OK)
		return in_place_fail(p, err);
	if (p->o->undo)
		return undo_it(p, k);
	signals_hold();
	job_report_end_at_second(&p->report);
	tell_resumed(p, k);
	return in_place_run(p, k, resume_redo(&p->c, k));
}

/* Finish: the header says that all is done, and its MAC was checked. */
static int
tidy(struct in_place *p)
{
	struct err err = convert_remove_journal(&p->c);

	if (err.code != XC_OK)
		return in_place_fail(p, err);
	msg_note("%s: was done; removed the journal", p->c.path);
	return EXIT_DONE;
}

/* Say where a conversion might be found, if there is none. */
static void
hint_finished(const struct options *o)
{
	if (o->header == NULL)
		msg_hint("if its header is in a file of its own, name that "
		    "with -H");
	else if (access(o->header, F_OK) != 0)
		msg_hint("neither %s nor a journal beside it is there",
		    o->header);
	else
		msg_hint("\"xtscrypt info\" shows its state; if its header is "
		    "in front of the data, leave out -H");
}

static int
find_it(struct in_place *p, struct headerfile *hf, bool *done)
{
	struct err err = resume_find(&p->c, hf);
	const struct options *o = p->o;
	int code;

	*done = err.code == XC_E_JOURNAL_LEFT;
	if (err.code == XC_E_JOURNAL_LOST || err.code == XC_E_JOURNAL_OTHER ||
	    err.code == XC_E_MOMENT)
		return conversion_check(p->c.path, p->c.detached, &hf->header);
	if (err.code != XC_OK && !*done) {
		code = in_place_fail(p, err);
		if (err.code == XC_E_FINISHED)
			hint_finished(o);
		return code;
	}
	return secret_open(&p->key, NULL, &(const struct opening){
		.file = p->c.path,
		.hf = hf,
		.source = &o->secret,
		.slots = KEY_ALL_SLOTS,
		.limit = o->limit
	});
}

int
cmd_resume(const struct options *o)
{
	struct in_place p = { .c.fd = -1 };
	struct headerfile hf;
	bool done;
	int code;

	if ((code = in_place_open(&p, o)) == EXIT_DONE &&
	    (code = distinct_files(o, p.c.fd, NULL, -1,
	    o->header == NULL ? p.c.path : NULL)) == EXIT_DONE &&
	    (code = find_it(&p, &hf, &done)) == EXIT_DONE)
		code = done ? tidy(&p) : continue_it(&p);
	in_place_close(&p);
	return code;
}
