/* SPDX-License-Identifier: ISC */
/*
 * Every way in which the library can fail.
 */
#ifndef ERR_H
#define ERR_H

enum xc_err {
	XC_OK,
	XC_E_SYSTEM,	/* errno says how */
	XC_E_SIDE,	/* likewise, of the side file of a header */
	XC_E_NOMEM,
	XC_E_STOPPED,	/* the caller's tick asked for it */

	/* the engine */
	XC_E_BACKEND,
	XC_E_CPU,
	XC_E_SELFTEST,
	XC_E_UNIT,	/* of a length or a place that none has */
	XC_E_BUFFER,	/* they overlap, or wrap around */
	XC_E_KEYS,

	/* the header */
	XC_E_MAGIC,
	XC_E_VERSION,
	XC_E_CHECKSUM,
	XC_E_CIPHER,
	XC_E_FIELD,
	XC_E_CONVERTING,
	XC_E_WRITING,
	XC_E_GENERATION,

	/* the slots */
	XC_E_SECRET,
	XC_E_LIMIT,
	XC_E_NEEDS_PASSPHRASE,
	XC_E_NEEDS_KEY_FILE,
	XC_E_NEEDS_BOTH,
	XC_E_KIND,

	/* the data */
	XC_E_DAMAGED,
	XC_E_SIZE,	/* of a payload that no writer makes */
	XC_E_CUT,
	XC_E_TRAILING,
	XC_E_HEADER_INSIDE,

	/* files that did not keep still, or that someone else has */
	XC_E_SHRANK,
	XC_E_GREW,
	XC_E_BUSY,
	XC_E_REPLACED,	/* the name is another file's by now */
	XC_E_DESCRIPTOR,	/* where only the name of a file will do */

	/* the terminal */
	XC_E_BINARY
};

/* The error in a few English words, without a newline. */
const char *err_text(enum xc_err err);

#endif
