/* SPDX-License-Identifier: ISC */
/*
 * One whole encrypted file: its header and its payload, in one file or two.
 * Where an error is a struct err, its file is the input or the output, the
 * header's, or the side file of that one.
 */
#ifndef CONTAINER_H
#define CONTAINER_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "headerfile.h"
#include "job.h"
#include "key.h"
#include "output.h"
#include "pair.h"

/* One that is read. */
struct container {
	struct io *in;		/* the payload, behind any header */
	bool detached;		/* its header is in a file of its own; */
	bool alone;		/* none is in front of the payload, too */
	/*
	 * The name of a header that waits beside the detached one, and is its
	 * payload's, or cannot be read; or "".
	 */
	char waiting[sizeof(PAIR_WAITING)];
	struct headerfile hf;
	struct key *key;	/* for container_decrypt: from key_open */
};

/*
 * Find the header of the file open as in: in the file called detached, or where
 * that is NULL at the start of in, whose own name is path (NULL: none).
 * XC_E_MAGIC: too short for one; XC_E_REPLACED; and as headerfile_decode and
 * headerfile_read.
 */
struct err container_open(struct container *c, struct io *in,
    const char *path, const char *detached);

/*
 * Is a detached header the only one?  XC_E_HEADER_INSIDE: the payload begins
 * with another.  An errno of the input's.
 */
int container_alone(struct container *c);

/*
 * The length of the plaintext, as far as the header and the size of the input
 * show; else LAYOUT_UNKNOWN.
 */
uint64_t container_length(const struct container *c);

/*
 * Decrypt all of it, as job_run does, or check it.  how has what is written to,
 * the threads and the callbacks; the rest is filled in.
 * As header_whole, container_alone and job_run.
 */
struct err container_decrypt(struct container *c, const struct job *how,
    struct job_result *result);

/* Wipe and free the keys; the input stays open.  Harmless on zeros. */
void container_close(struct container *c);

/* One that is made. */
struct creation {
	struct header header;	/* its slots are for the caller to fill */
	struct key *key;
	const char *detached;	/* the header's own file, or NULL */
	struct output payload, head;
	int locks[2];		/* of the files that these replace */
};

/*
 * New keys for what is read from in.  Next come key_slot, container_measure,
 * container_create, container_encrypt and container_commit; and in any case, as
 * after an error here, container_abort.  ENOMEM; XC_E_LONG.
 */
int container_begin(struct creation *n, const struct layout *layout,
    const struct io *in);

/*
 * Find the length of the plaintext, as far as it is known before all is read: a
 * first block is, as shorter inputs have their length in any header.  said is
 * the length of a stream, or LAYOUT_UNKNOWN.  XC_E_LONG; io_peek's.
 */
int container_measure(struct creation *n, struct io *in, uint64_t said);

/*
 * Open path, or standard output where it is NULL, and the file for a detached
 * header, or NULL; flags are output_open's.  One program at a time replaces a
 * pair of files.
 * XC_E_LENGTH; and as output_open and pair_lock.
 */
struct err container_create(struct creation *n, const char *path,
    const char *detached, unsigned flags, const struct io_wait *wait);

/* The room that the output needs, as far as the length is known. */
uint64_t container_size(const struct creation *n);

/*
 * Write the header and the payload, the header last where it can wait for the
 * length.  how has the input, the threads and the callbacks; the rest is filled
 * in.  As job_run.
 */
struct err container_encrypt(struct creation *n, const struct job *how,
    struct job_result *result);

/*
 * Make all of it durable, and give both files their names or neither.  like is
 * as in output_settle.  As output_settle and pair_place.
 */
struct err container_commit(struct creation *n,
    const struct job_result *result, const struct stat *like);

/* Close, wipe the keys, and leave nothing behind that was not committed. */
void container_abort(struct creation *n);

#endif
