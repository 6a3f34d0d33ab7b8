/* SPDX-License-Identifier: ISC */
/*
 * Moves the data of one file through the engine, segment by segment: from
 * plaintext to payload, or back.
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

struct job {
	enum xts_direction direction;
	struct layout layout;
	const struct key *key;
	struct io *in;
	struct io *out;		/* NULL: check, and write nothing */
	uint64_t length;	/* of the plaintext, or LAYOUT_UNKNOWN */
	bool keep_going;	/* go on after damage, with zeros for it */

	/*
	 * tick is called at least 10 times a second with the bytes of plaintext
	 * done, on the thread that called job_run; false stops the work.
	 * damaged gets the bytes from..to-1 of the plaintext, merged and in
	 * order.  accept is asked before len bytes of good plaintext go out;
	 * false ends the work with XC_E_BINARY.  Each may be NULL.
	 */
	bool (*tick)(void *context, uint64_t done);
	void (*damaged)(void *context, uint64_t from, uint64_t to);
	bool (*accept)(void *context, const uint8_t *plaintext, size_t len);
	void *context;
};

enum job_side { JOB_NEITHER, JOB_INPUT, JOB_OUTPUT };

struct job_result {
	uint64_t length;	/* plaintext */
	uint64_t payload;	/* bytes of payload read or written */
	enum job_side side;	/* where an XC_E_SYSTEM comes from */
};

/*
 * Do all of it.  No plaintext is written before its segment's tag has been
 * checked.
 * XC_E_SYSTEM; XC_E_NOMEM; XC_E_STOPPED; XC_E_BINARY; encrypting: XC_E_SHRANK
 * and XC_E_GREW, an input of another length than was said; decrypting:
 * XC_E_DAMAGED; XC_E_CUT; XC_E_TRAILING, longer than its header says;
 * XC_E_SIZE, as no payload is long; and as xts_payload_crypt.
 */
enum xc_err job_run(const struct job *job, struct job_result *result);

#endif
