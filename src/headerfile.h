/* SPDX-License-Identifier: ISC */
/*
 * The header in its file: at the start of a file, or alone in a file of its
 * own.  While it is replaced, a valid copy exists at every moment.
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
	bool shown;		/* with the file id of the file's own header */
};

/*
 * Decode a header that was read from the start of path, open as fd.  If it is
 * damaged or overwritten, take the side file's, unless the file id shows that
 * it belongs to another file.  path is NULL if the file has no name.
 * Errors: header_decode's; an errno, of the file or of the side file.
 */
struct err headerfile_decode(struct headerfile *hf,
    const uint8_t bytes[HEADER_BYTES], int fd, const char *path);

/*
 * Take a valid header from the side file of path, open as fd, whatever the file
 * itself has.  Errors: an errno: the side file cannot be read, and may have
 * one; any other: there is none.
 */
struct err headerfile_rescue(struct headerfile *hf, int fd,
    const char *path);

/*
 * Likewise, after err has said that the header cannot be read: a bad sector is
 * damage, too.  Returns err if there is none.
 */
struct err headerfile_unread(struct headerfile *hf, int err, int fd,
    const char *path);

/*
 * Open path to change its header, and lock it until it is closed; anyway: also
 * if its file system has no locks.
 * Errors: an errno; XC_E_BUSY: another program has locked it; XC_E_NO_LOCKS;
 * XC_E_REPLACED: just now; XC_E_MAGIC: a stream has no header; XC_E_DESCRIPTOR:
 * its file may have no name, hence no place for a side file.
 */
int headerfile_lock(int *fd, const char *path, bool anyway);

/*
 * Read and decode the header at the start of fd, which is path.
 * Errors: XC_E_MAGIC: too short for a header; headerfile_decode's;
 * headerfile_unread's.
 */
struct err headerfile_read(struct headerfile *hf, int fd, const char *path);

/*
 * Check that the header at the start of fd is still the one in bytes.
 * Errors: an errno; XC_E_REPLACED.
 */
int headerfile_unchanged(int fd, const uint8_t bytes[HEADER_BYTES]);

/*
 * Replace the header of path, open as fd and locked.  After a failure, or a
 * crash at any moment, path has the old header or the new one.
 * Errors, of either file: an errno; XC_E_SIDE: another file has the side file's
 * name; XC_E_REPLACED.
 */
struct err headerfile_replace(int fd, const char *path,
    const uint8_t bytes[HEADER_BYTES]);

/*
 * Did a crash leave a side file beside the file, with the id in the file's own
 * header, damaged or not?
 */
bool headerfile_left(uint8_t id[HEADER_ID_BYTES], const struct side *side);

/*
 * Check that the header of a new file at path can be changed later.
 * Errors: XC_E_SIDE: the name of its side file is taken, and not by one that a
 * crash left; XC_E_NAME: that name would be too long (a detached header needs
 * none); place_find's.
 */
int headerfile_check_new(const char *path, bool detached);

#endif
