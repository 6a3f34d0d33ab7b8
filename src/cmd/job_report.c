/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "job_report.h"
#include "msg.h"
#include "say.h"
#include "signals.h"

bool
job_report_tick(void *report, uint64_t done)
{
	struct job_report *r = report;

	r->done = done;
	progress_update(done);
	return signals_caught() == 0;
}

static bool
go_on(void *report)
{
	struct job_report *r = report;

	return job_report_tick(r, r->done);
}

void
job_report_init(struct job_report *r)
{
	*r = (struct job_report){ .wait = { go_on, r } };
}

void
job_report_start(const struct job_report *r, const char *doing, uint64_t total,
    enum progress_when when)
{
	char what[1024];

	snprintf(what, sizeof(what), "%s %s", doing, r->name);
	progress_start(what, total, when, r->terminal);
}

void
job_report_flush(void)
{
	progress_flush();
}

void
job_report_end(void)
{
	progress_end();
}

void
job_report_damaged(void *report, uint64_t from, uint64_t to)
{
	struct job_report *r = report;
	/* Only the last segment is short: the rest of it may be missing. */
	bool end = r->segment != 0 && to % r->segment != 0;

	r->damaged = true;
	msg_error("%s: bytes %llu to %llu of the plaintext are damaged or "
	    "were changed%s", r->name, (unsigned long long)from,
	    (unsigned long long)to - 1,
	    end ? ", or the end was cut off" : "");
}

bool
job_report_accept_text(void *report, uint64_t at, const uint8_t *plaintext,
    size_t len)
{
	struct job_report *r = report;

	(void)at;

	return utf8_continues(&r->text, plaintext, len);
}

void
job_report_end_at_second(const struct job_report *r)
{
	const bool terminal = isatty(STDERR_FILENO) == 1;

	if (terminal)
		say_keep("%s: stopping after the current step; a second signal "
		    "ends it at once", r->name);
	signals_end_at_second(terminal ? say_kept : NULL);
}

int
job_report_fail(const struct job_report *r, int err)
{
	return err == XC_E_DAMAGED && r->damaged ? EXIT_DATA :
	    msg_fail(r->name, err);
}

void
job_report_release(int err)
{
	signals_release();
	if (err == EPIPE)
		signals_die_of_pipe();
}
