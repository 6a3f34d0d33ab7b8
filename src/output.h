/* SPDX-License-Identifier: ISC */
/*
 * A file that appears whole or not at all: it is written beside its target
 * under a temporary name, and renamed when it is durable.  Devices, pipes and
 * descriptors, including standard output, are written directly.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <sys/stat.h>

#include <stdbool.h>

#include "err.h"
#include "io.h"
#include "place.h"

/* Replace an existing file; write to a block device. */
#define OUTPUT_REPLACE 1U
/* Keep mode 0600, or what the caller sets, and the time of writing. */
#define OUTPUT_PRIVATE 2U

/*
 * Temporary name of a file until it is whole: letters are drawn for the Xs, and
 * "-" and the final name follow where they fit.
 */
#define OUTPUT_TEMPORARY ".xtscrypt-XXXXXX"
#define OUTPUT_TEMPORARY_MAX 256

struct output {
	struct io io;
	struct place at;	/* of the file it becomes; none when direct */
	char temporary[OUTPUT_TEMPORARY_MAX];
	unsigned flags;
	bool opened;		/* the descriptor is ours to close */
	bool unnamed;		/* it has only its temporary name, */
	bool placed;		/* or its final one, */
	bool replaces;		/* which another file had before */
	bool taken;		/* it was there before, under temporary */
	bool left;		/* output_abort could not remove temporary */
	bool dressed;		/* like is set: */
	struct stat like;
};

/*
 * Check that path can be written, as far as is known before trying.
 * Errors: an errno; without OUTPUT_REPLACE, XC_E_EXISTS: the file exists;
 * XC_E_DEVICE: a block device.
 */
int output_check(const char *path, unsigned flags);

/*
 * Check that the folder for the file exists and can be written.  What is
 * written directly needs none.  Errors: place_find's.
 */
int output_check_folder(const char *path);

/*
 * Prepare to write path, or standard output if path is NULL; that too is closed
 * in the end.
 * Errors: output_check's; place_find's; XC_E_MOUNTED: a device in use;
 * XC_E_UNNAMEABLE: the file system refuses the name; XC_E_STOPPED.
 */
int output_open(struct output *output, const char *path,
    unsigned flags, const struct io_wait *wait);

/*
 * Take the file beside path that has this name and is open as fd, which stays
 * the caller's, as an output that is written.  output_leave, after whatever
 * else, leaves it where it is.  Errors: place_find's; ENAMETOOLONG.
 */
int output_take(struct output *output, int fd, const char *name,
    const char *path, unsigned flags);
void output_leave(struct output *output);

/*
 * Make length written bytes durable.  The file will get the group and times of
 * like, and those of its permissions that the umask allows (NULL: those of a
 * new file).  Call output_place or output_abort next.
 * Errors: an errno; XC_E_STOPPED.
 */
int output_settle(struct output *output, uint64_t length,
    const struct stat *like);

/*
 * Give the settled file its name.  Errors: an errno; XC_E_EXISTS: a file of
 * that name has appeared.
 */
int output_place(struct output *output);

/*
 * Give the placed file its final group, permissions and times; output_place
 * does it, too.
 */
void output_dress(const struct output *output);

/*
 * Undo output_place, unless it has replaced another file; a file that was taken
 * has the name again under which it was taken, or keeps the new one.
 */
void output_withdraw(struct output *output);

/* output_settle, output_place, output_abort. */
int output_commit(struct output *output, uint64_t length,
    const struct stat *like);

/*
 * Close, and remove the temporary file; left: it could not be removed.
 * Harmless after output_commit, twice, and on zeros.
 */
void output_abort(struct output *output);

#endif
