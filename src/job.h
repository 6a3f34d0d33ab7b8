/* SPDX-License-Identifier: ISC */
/*
 * Moves the data of one file through the engine: from plaintext to payload, or
 * back.  All the threads are here; where both ends can seek, each takes the
 * next chunk there is, from reading to writing, and no one waits for another.
 * An end that cannot is read or written in order.
 */
#ifndef JOB_H
#define JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "io.h"
#include "key.h"
#include "layout.h"
#include "xts.h"

#define JOB_THREADS_MAX 64

struct job {
	enum xts_direction direction;
	struct layout layout;
	const struct key *key;
	struct io *in;
	struct io *out;		/* NULL: check, and write nothing */
	uint64_t length;	/* of the plaintext, or LAYOUT_UNKNOWN */
	bool keep_going;	/* go on after damage, with zeros for it */

	/*
	 * At most this many threads; 0: one a CPU, but no more than 8.  With 1
	 * all is done on the thread that called job_run.
	 */
	unsigned threads;
	/* Data that a thread takes at a time, in whole segments; 0: enough. */
	size_t chunk;
	/*
	 * A signal that interrupts a call and does nothing else.  It is sent to
	 * threads that still wait for a pipe when the work is over, or that are
	 * in damaged or accept; they block every other signal.
	 * 0: there is none, and job_run returns when the pipe lets it.
	 */
	int interrupt;

	/*
	 * tick is called at least 10 times a second with the bytes of plaintext
	 * done, on the thread that called job_run; false stops the work.
	 * damaged gets the bytes from..to-1 of the plaintext, merged and in
	 * order.  accept is asked before len bytes of good plaintext go out, in
	 * order too; false ends the work with XC_E_BINARY.
	 * damaged and accept may be called on any thread, but no two of the
	 * three are ever called at once.  While a thread is in one of them,
	 * tick is left out, and the thread gets the signal above as often.
	 * Each may be NULL.
	 */
	bool (*tick)(void *context, uint64_t done);
	void (*damaged)(void *context, uint64_t from, uint64_t to);
	bool (*accept)(void *context, const uint8_t *plaintext, size_t len);
	void *context;
};

struct job_result {
	uint64_t length;	/* plaintext */
	uint64_t payload;	/* bytes of payload read or written */
};

/*
 * Do all of it; when this returns, every thread has ended.  No plaintext is
 * written before its segment's tag has been checked.  Of several failures the
 * first in the file counts, however many threads there are.
 * The error is the input's or the output's: an errno; XC_E_STOPPED;
 * XC_E_BINARY; encrypting: XC_E_SHRANK
 * and XC_E_GREW, an input of another length than was said; decrypting:
 * XC_E_DAMAGED; XC_E_CUT; XC_E_TRAILING, longer than its header says;
 * XC_E_SIZE, as no payload is long; and as payload_crypt.
 */
struct err job_run(const struct job *job, struct job_result *result);

#endif
