/* SPDX-License-Identifier: ISC */
/*
 * Where a job under way reports to: the progress line, the signals, the
 * messages.
 */
#ifndef JOB_REPORT_H
#define JOB_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "io.h"
#include "progress.h"
#include "utf8.h"

struct job_report {
	const char *name;	/* of the input */
	uint64_t done;
	bool damaged;		/* and told */
	bool terminal;		/* the data comes from one, or goes to one */
	uint32_t segment;	/* of data whose length nobody wrote; or 0 */
	struct utf8 text;
	struct io_wait wait;
};

void job_report_init(struct job_report *report);

/*
 * Begin and end what is shown: "encrypting", of total bytes; and between, that
 * all of them are only to be made durable.
 */
void job_report_start(const struct job_report *report, const char *doing,
    uint64_t total, enum progress_when when);
void job_report_flush(void);
void job_report_end(void);

/* For struct job, which see; the context is the report. */
bool job_report_tick(void *report, uint64_t done);
void job_report_damaged(void *report, uint64_t from, uint64_t to);
bool job_report_accept_text(void *report, const uint8_t *plaintext, size_t len);

/*
 * The end of what signals_hold began, after everything was committed or cleaned
 * up: dies of the signal that stopped the work, or of a closed pipe (EPIPE).
 */
void job_report_release(int err);

#endif
