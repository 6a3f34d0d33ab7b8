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
#include "side.h"

struct headerfile {
	uint8_t bytes[HEADER_BYTES];
	struct header header;
	bool rescued;		/* taken from the side file, */
	bool shown;		/* whose file id is still in the file, too */
};

/*
 * Decode a header that was read from the start of path, open as fd; where it is
 * damaged or its front is gone, take that of the side file, unless the file id
 * shows that this is another file's.  path is NULL where there is none.
 * Errors: header_decode's; an errno of the file's or of the side file's.
 */
struct err headerfile_decode(struct headerfile *hf,
    const uint8_t bytes[HEADER_BYTES], int fd, const char *path);

/*
 * Take a good header from the side file of path, open as fd, whatever the file
 * itself has.  An errno: there may be one that cannot be read; any other error:
 * there is none.
 */
struct err headerfile_rescue(struct headerfile *hf, int fd,
    const char *path);

/*
 * The same, after err has said that the header cannot be read: a bad sector is
 * damage, too.  err stays where there is none.
 */
struct err headerfile_unread(struct headerfile *hf, int err, int fd,
    const char *path);

/*
 * Open path to change its header, and lock it until it is closed; anyway: also
 * where its file system has no locks.
 * An errno; XC_E_BUSY: another program has it locked; XC_E_NO_LOCKS;
 * XC_E_REPLACED: just now; XC_E_MAGIC: a stream, which has none;
 * XC_E_DESCRIPTOR: its file may have no name, and its side file no place.
 */
int headerfile_lock(int *fd, const char *path, bool anyway);

/*
 * Read and decode the header at the start of fd, which is path.
 * XC_E_MAGIC: too short for one; and as headerfile_decode and
 * headerfile_unread.
 */
struct err headerfile_read(struct headerfile *hf, int fd, const char *path);

/*
 * Replace the header of path, open as fd and locked.  After a failure, or a
 * crash at any moment, path has the old header or the new one.
 * Of either file: an errno; XC_E_SIDE: the side file's name is that of another
 * file; XC_E_REPLACED.
 */
struct err headerfile_replace(int fd, const char *path,
    const uint8_t bytes[HEADER_BYTES]);

/*
 * Is there a side file that a crash left beside the file, of the id in the
 * file's own header, damaged or not?
 */
bool headerfile_left(uint8_t id[HEADER_ID_BYTES], const struct side *side);

/*
 * Will the header of a new file at path be free to change?  XC_E_SIDE: the
 * name of its side file is taken, but for one that a crash left.  XC_E_NAME: it
 * would be too long, and the header is not detached, which needs none.  As
 * place_find.
 */
int headerfile_check_new(const char *path, bool detached);

#endif
