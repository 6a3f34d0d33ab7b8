/* SPDX-License-Identifier: ISC */
/*
 * Every way in which the library can fail.
 *
 * A call that can fail returns an int: XC_OK; above 0, the errno of the system
 * call that failed; below 0, one of these codes.  Only the caller knows what a
 * number means to the user: EEXIST from creating an output is not EEXIST from
 * reading a file.
 */
#ifndef ERR_H
#define ERR_H

enum {
	XC_OK = 0,

	XC_E_STOPPED = -80,	/* the caller asked to stop */

	/* the engine */
	XC_E_BACKEND,
	XC_E_CPU,
	XC_E_SELFTEST,
	XC_E_UNIT,	/* no data unit has this length or offset */
	XC_E_BUFFER,	/* buffers overlap, or wrap around */
	XC_E_KEYS,

	/* the header */
	XC_E_MAGIC,
	XC_E_VERSION,
	XC_E_CHECKSUM,
	XC_E_CIPHER,
	XC_E_FIELD,
	XC_E_CONVERTING,
	XC_E_WRITING,
	XC_E_PARTS,	/* being written in parts */
	XC_E_NOT_PARTS,	/* not being written in parts */
	XC_E_PART_FILE,	/* could be another file */
	XC_E_UNREPAIRED,	/* only what is beside it is good */
	XC_E_GENERATION,
	XC_E_SIDE,	/* has a side file's name, but is none */
	XC_E_NAME,	/* too long with a side file's suffix */

	/* the slots */
	XC_E_SECRET,
	XC_E_LIMIT,
	XC_E_NEEDS_PASSPHRASE,
	XC_E_NEEDS_KEY_FILE,
	XC_E_NEEDS_BOTH,
	XC_E_KIND,
	XC_E_KEY_EMPTY,	/* an empty key file */
	XC_E_KEY_LARGE,

	/* the data */
	XC_E_DAMAGED,
	XC_E_SIZE,	/* no payload has this size */
	XC_E_RANGE,	/* not within the plaintext */
	XC_E_CUT,
	XC_E_TRAILING,
	XC_E_HEADER_INSIDE,

	/* mapping by dm-crypt */
	XC_E_MAP_TAGS,
	XC_E_MAP_LENGTH,	/* 0, or not whole data units */

	/* files that changed, or that another program uses */
	XC_E_SHRANK,
	XC_E_GREW,
	XC_E_CHANGED,	/* a header or a time shows that */
	XC_E_BUSY,
	XC_E_NO_LOCKS,	/* the file system supports no lock */
	XC_E_REPLACED,	/* the name now belongs to another file */
	XC_E_DESCRIPTOR,	/* not a descriptor: a name is required */

	/* conversions in place */
	XC_E_JOURNAL,	/* none of its records, or not its head, is whole */
	XC_E_JOURNAL_FILE,	/* another user could have written it */
	XC_E_JOURNAL_LOST,
	XC_E_JOURNAL_OTHER,	/* of another file */
	XC_E_JOURNAL_LEFT,	/* of a conversion that was done: to remove */
	XC_E_MOMENT,	/* payload, header and journal are not of one moment */
	XC_E_UNFIT,	/* for a conversion: too short, or large segments */
	XC_E_MOVES,	/* its data would move, so witnesses do not suffice */
	XC_E_TORN,	/* a sector is neither as it was nor as it is to be */
	XC_E_NOT_FILE,	/* nor a block device */
	XC_E_LINKS,	/* it has other names */
	XC_E_NO_SYNC,	/* nothing can be made durable there */
	XC_E_FINISHED,	/* there is nothing to resume */

	/* outputs */
	XC_E_EXISTS,	/* the file exists, and may not be replaced */
	XC_E_ONE_NAME,	/* of header and payload, where case is ignored */
	XC_E_DEVICE,	/* likewise a block device */
	XC_E_MOUNTED,	/* a device that is in use */
	XC_E_UNNAMEABLE,	/* its file system refuses the name */
	XC_E_LONG,	/* more than can be encrypted */
	XC_E_LENGTH,	/* required before a stream's first byte */

	/* the terminal */
	XC_E_BINARY
};

/* The file that an error is about, if a call has several. */
enum err_file { ERR_INPUT, ERR_OUTPUT, ERR_HEADER, ERR_SIDE, ERR_JOURNAL };

struct err {
	int code;
	enum err_file file;
};

/* The error in a few English words, without a newline. */
const char *err_text(int err);

#endif
