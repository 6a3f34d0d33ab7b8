/* SPDX-License-Identifier: ISC */
/*
 * Encrypts or decrypts the data of one file, with threads.  If both ends can
 * seek, each thread takes the next chunk, reads, processes and writes it, and
 * waits for no other.  An end that cannot seek is read or written in order.
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
	struct io *out;		/* NULL: check only */
	uint64_t length;	/* of the plaintext, or LAYOUT_UNKNOWN */
	/*
	 * The range of the plaintext to decrypt or check, reading no more of
	 * the payload than it needs; NULL: all.  Encrypting: whole segments, or
	 * without tags whole data units, which are written where they are in
	 * the payload.
	 */
	const struct layout_range *range;
	bool keep_going;	/* continue after damage, with zeros for it */

	/*
	 * Maximum number of threads; 0: one for each CPU, up to 8.  With 1 the
	 * thread that calls job_run does everything.
	 */
	unsigned threads;
	/* Data for a thread at a time, in whole segments; 0: a default. */
	size_t chunk;
	/*
	 * A signal that interrupts a call and does nothing else; threads block
	 * every other.  It is sent to threads that still wait for a pipe when
	 * the job is over, or that are in damaged or accept.  0: none; job_run
	 * then returns only when the pipe lets it.
	 */
	int interrupt;

	/*
	 * tick is called at least 10 times a second with the bytes of plaintext
	 * done, on the thread that called job_run; false stops the job.
	 * damaged gets ranges from..to-1 of the plaintext, merged and in
	 * order.  accept is asked, also in order, before the len bytes from
	 * byte at of the plaintext on, which are authenticated, are released;
	 * false ends the job with XC_E_BINARY.
	 * damaged and accept are called on any thread, but never two of the
	 * three at once.  While a thread is in one of them, tick is not called,
	 * and the thread gets the signal above instead.
	 * Each may be NULL.
	 */
	bool (*tick)(void *context, uint64_t done);
	void (*damaged)(void *context, uint64_t from, uint64_t to);
	bool (*accept)(void *context, uint64_t at, const uint8_t *plaintext,
	    size_t len);
	void *context;
};

struct job_result {
	uint64_t length;	/* plaintext */
	uint64_t payload;	/* bytes of payload up to where it ended */
};

/*
 * Run the job; every thread has ended when this returns.  No plaintext is
 * released before its segment's tag was checked.  Of several failures the first
 * in the file is returned, whatever the number of threads.
 * Errors, of the input or the output: an errno; XC_E_STOPPED; XC_E_BINARY;
 * payload_crypt's; encrypting, if the input has another length than was said:
 * XC_E_SHRANK, XC_E_GREW; decrypting: XC_E_DAMAGED; XC_E_CUT; XC_E_TRAILING:
 * longer than its header says; XC_E_SIZE: no payload has this size; with a
 * range: XC_E_RANGE; ESPIPE: the input cannot seek.
 */
struct err job_run(const struct job *job, struct job_result *result);

#endif
