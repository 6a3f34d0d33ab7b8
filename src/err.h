/* SPDX-License-Identifier: ISC */
/*
 * Every way in which the library can fail.
 *
 * A call that can fail returns an int: XC_OK; above 0, the errno of the system
 * call that failed; below 0, one of these.  What a number means to the user is
 * known where the call was made: EEXIST from creating an output and EEXIST from
 * reading a file are not the same news.
 */
#ifndef ERR_H
#define ERR_H

enum {
	XC_OK = 0,

	XC_E_STOPPED = -64,	/* the caller's tick asked for it */

	/* the engine */
	XC_E_BACKEND,
	XC_E_CPU,
	XC_E_SELFTEST,
	XC_E_UNIT,	/* a length or an offset that no data unit has */
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
	XC_E_SIDE,	/* it has the name of a side file, but is none */
	XC_E_NAME,	/* with what a side file's has more it is too long */

	/* the slots */
	XC_E_SECRET,
	XC_E_LIMIT,
	XC_E_NEEDS_PASSPHRASE,
	XC_E_NEEDS_KEY_FILE,
	XC_E_NEEDS_BOTH,
	XC_E_KIND,
	XC_E_KEY_EMPTY,	/* a key file with nothing in it */
	XC_E_KEY_LARGE,

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
	XC_E_NO_LOCKS,	/* the file system refuses every kind */
	XC_E_REPLACED,	/* the name is another file's by now */
	XC_E_DESCRIPTOR,	/* where only the name of a file will do */

	/* outputs */
	XC_E_EXISTS,	/* what is there is not to be replaced */
	XC_E_DEVICE,	/* nor is what is on a block device */
	XC_E_MOUNTED,	/* a device that the system itself uses */
	XC_E_LONG,	/* more than can be encrypted */
	XC_E_LENGTH,	/* needed before the first byte of a stream */

	/* the terminal */
	XC_E_BINARY
};

/* The file that an error is about, where a call has several. */
enum err_file { ERR_INPUT, ERR_OUTPUT, ERR_HEADER, ERR_SIDE };

struct err {
	int code;
	enum err_file file;
};

/* The error in a few English words, without a newline. */
const char *err_text(int err);

#endif
