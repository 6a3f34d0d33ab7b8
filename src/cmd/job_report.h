/* SPDX-License-Identifier: ISC */
/*
 * Reports of a job: the progress line, signals, messages.
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
	bool damaged;		/* and reported */
	bool terminal;		/* the data comes from one, or goes to one */
	uint32_t segment;	/* segment size if length unknown; else 0 */
	struct utf8 text;
	struct io_wait wait;
};

void job_report_init(struct job_report *report);

/*
 * Start the progress line, of "encrypting" total bytes; show that all of them
 * are written, but not yet durable.
 */
void job_report_start(const struct job_report *report, const char *doing,
    uint64_t total, enum progress_when when);
void job_report_flush(void);
void job_report_end(void);

/*
 * From now on a second signal ends the program at once (signals.h); the first
 * is answered on a terminal when it comes.
 */
void job_report_end_at_second(const struct job_report *report);

/* Callbacks for struct job; the context is the report. */
bool job_report_tick(void *report, uint64_t done);
void job_report_damaged(void *report, uint64_t from, uint64_t to);
bool job_report_accept_text(void *report, uint64_t at,
    const uint8_t *plaintext, size_t len);

/* Report why a job failed, unless it was damage: that was reported already. */
int job_report_fail(const struct job_report *report, int err);

/*
 * End what signals_hold began, after everything was committed or removed: die
 * of the signal that stopped the job, or of a closed pipe (EPIPE).
 */
void job_report_release(int err);

#endif
