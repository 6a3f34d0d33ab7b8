/* SPDX-License-Identifier: ISC */
/*
 * A file that appears whole or not at all: it is written beside its target
 * under another name, and renamed when all of it is on disk.  Devices, pipes
 * and descriptors, of which standard output is one, are written directly.
 */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <sys/stat.h>

#include <stdbool.h>

#include "err.h"
#include "io.h"
#include "place.h"

/* Replace a file that is there by then; write to a block device. */
#define OUTPUT_REPLACE 1U
/* Stay at mode 0600, or what the caller sets, and at the time of writing. */
#define OUTPUT_PRIVATE 2U

/* What a file is called, with other letters for the Xs, until it is whole. */
#define OUTPUT_TEMPORARY ".xtscrypt-XXXXXX"

struct output {
	struct io io;
	struct place at;	/* of the file it becomes; none when direct */
	char temporary[sizeof(OUTPUT_TEMPORARY)];
	unsigned flags;
	bool opened;		/* the descriptor is ours to close */
	bool unnamed;		/* it has its temporary name only, */
	bool placed;		/* or its own, */
	bool replaces;		/* which another file had before */
	bool left;		/* output_abort could not remove temporary */
	bool dressed;		/* like says how: */
	struct stat like;
};

/*
 * Can path be written, as far as can be seen before it is tried?  An errno, or
 * without OUTPUT_REPLACE XC_E_EXISTS: a file is there; XC_E_DEVICE: a block
 * device.
 */
int output_check(const char *path, unsigned flags);

/*
 * Is the folder there in which the file would appear, and may it be written?
 * What is written directly needs none.  place_find's.
 */
int output_check_folder(const char *path);

/*
 * Prepare to write path, or standard output when path is NULL; that is closed
 * in the end, too.  As output_check and place_find; XC_E_MOUNTED: a device
 * that is; XC_E_STOPPED.
 */
int output_open(struct output *output, const char *path,
    unsigned flags, const struct io_wait *wait);

/*
 * Bytes for which there is room where a regular file is written; IO_UNKNOWN
 * where the system does not know for certain, or it is another kind of file.
 */
uint64_t output_room(const struct output *output);

/*
 * Make what was written durable.  length is how much.  With its name it will
 * get the group and times of like, and as much of its permissions as the umask
 * allows (NULL: those of a new file).  Next comes output_place or output_abort.
 * An errno; XC_E_STOPPED.
 */
int output_settle(struct output *output, uint64_t length,
    const struct stat *like);

/*
 * Give what is settled its name.  An errno; XC_E_EXISTS: a file of that name
 * has appeared.
 */
int output_place(struct output *output);

/*
 * Give what has its name by now the group, permissions and times that it is to
 * have; output_place does.
 */
void output_dress(const struct output *output);

/* Take that back, unless it has replaced another file. */
void output_withdraw(struct output *output);

/* output_settle, output_place, output_abort. */
int output_commit(struct output *output, uint64_t length,
    const struct stat *like);

/*
 * With an access control list the group's bits in st show what the list allows
 * to anyone: make them what the group itself may do with fd.
 */
void output_own_group(struct stat *st, int fd);

/*
 * Give fd the group of like and its permissions, without set-id bits.  Where it
 * cannot have the group, group and others may do what both might before.
 */
void output_permit(int fd, const struct stat *like);

/*
 * Leave nothing behind, or say in left that the temporary file could not be
 * removed.  Harmless after output_commit, twice, and on zeros.
 */
void output_abort(struct output *output);

#endif
