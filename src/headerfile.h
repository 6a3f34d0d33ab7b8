/* SPDX-License-Identifier: ISC */
/*
 * The header where it lies: at the start of a file, or alone in a file of its
 * own.  Replacing it leaves a good copy behind at every moment.
 * Source: xtscrypt(5), "Writing".
 */
#ifndef HEADERFILE_H
#define HEADERFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "header.h"

/* What a header is kept in until it is safe in its place. */
#define HEADERFILE_SUFFIX ".xtshdr"

struct headerfile {
	uint8_t bytes[HEADER_BYTES];
	struct header header;
	bool rescued;		/* taken from the side file */
};

/* The side file of path, behind symbolic links; NULL, with errno. */
char *headerfile_side(const char *path);

/*
 * Decode a header that was read from the start of path; where its checksum is
 * wrong, headerfile_rescue.  path is NULL where there is none.  Errors:
 * header_decode's; XC_E_SYSTEM; XC_E_SIDE.
 */
enum xc_err headerfile_decode(struct headerfile *hf,
    const uint8_t bytes[HEADER_BYTES], const char *path);

/*
 * Take a good header from the side file of path.  XC_E_SYSTEM; XC_E_SIDE: there
 * may be one that cannot be read; any other error: there is none.
 */
enum xc_err headerfile_rescue(struct headerfile *hf, const char *path);

/*
 * Open path to change its header, and lock it until it is closed.
 * XC_E_SYSTEM; XC_E_BUSY: another program has it locked; XC_E_REPLACED: just
 * now; XC_E_MAGIC: a stream, which has none.
 */
enum xc_err headerfile_lock(int *fd, const char *path);

/*
 * Read and decode the header at the start of fd, which is path.
 * XC_E_MAGIC: too short for one; and as headerfile_decode.
 */
enum xc_err headerfile_read(struct headerfile *hf, int fd, const char *path);

/*
 * Replace the header of path, open as fd and locked.  After a failure, or a
 * crash at any moment, path has the old header or the new one.
 * XC_E_SYSTEM; XC_E_SIDE (EEXIST: what has its name is not its own); XC_E_NOMEM;
 * XC_E_REPLACED.
 */
enum xc_err headerfile_replace(int fd, const char *path,
    const uint8_t bytes[HEADER_BYTES]);

/* Remove the side file of path, which has a new header of its own. */
enum xc_err headerfile_forget(const char *path);

#endif
