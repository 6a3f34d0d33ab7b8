/* SPDX-License-Identifier: ISC */
/*
 * One whole encrypted file: its header and its payload, in one file or two.
 * The file that a struct err names is the input or the output, the header's
 * file, or the side file of that one.
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

/* An encrypted file that is read. */
struct container {
	struct io *in;		/* at the payload, behind any header */
	bool detached;		/* the header is in a file of its own; and */
	bool alone;		/* the payload has no header in front */
	/*
	 * Name of a waiting header beside the detached one that belongs to this
	 * payload, or cannot be read; else "".
	 */
	char waiting[sizeof(PAIR_WAITING)];
	struct headerfile hf;
	struct key *key;	/* for container_decrypt: from key_open */
	struct job_result result;	/* of container_decrypt */
};

/*
 * Find the header of the file open as in: in the file called detached, or when
 * that is NULL at the start of in, whose own name is path (NULL: none).
 * Errors: XC_E_MAGIC: too short for a header; XC_E_REPLACED; of the payload
 * that a detached header is for, io_peek's, except that a bad sector is left
 * to the job if no other header could be meant; headerfile_decode's;
 * headerfile_read's.
 */
struct err container_open(struct container *c, struct io *in,
    const char *path, const char *detached);

/*
 * Check that a detached header is the only one.  Errors: an errno, of the
 * input; XC_E_HEADER_INSIDE: the payload begins with another header.
 */
int container_alone(struct container *c);

/*
 * Length of the plaintext, if the header or the size of the input gives it;
 * else LAYOUT_UNKNOWN.
 */
uint64_t container_length(const struct container *c);

/*
 * Decrypt the payload, as job_run does, or check it.  how says where to write,
 * how many threads to use and what to call back; the rest is filled in.
 * Errors: header_whole's, container_alone's, job_run's.
 */
struct err container_decrypt(struct container *c, const struct job *how);

/*
 * Check that no program has begun to write to the payload since container_open:
 * each says so in the header first.  detached: as it was given there.  A change
 * of keys does not count.  What has no header any more that could be read
 * again, as of a pipe, is not checked.  Errors: an errno, of the file with the
 * header; XC_E_CHANGED.
 */
int container_unchanged(const struct container *c, const char *detached);

/* Wipe and free the keys; leave the input open.  Harmless on zeros. */
void container_close(struct container *c);

/* An encrypted file that is created. */
struct creation {
	struct io *in;
	struct header header;	/* the caller fills its slots */
	struct key *key;
	bool measured;
	const char *detached;	/* the header's own file, or NULL */
	struct output payload, head;
	int locks[2];		/* on the files that these replace */
	struct job_result result;	/* of container_encrypt */
};

/*
 * Generate keys to encrypt what is read from in.  Call key_slot,
 * container_create, container_encrypt and container_commit next; and in any
 * case, also after an error here, container_abort.
 * Errors: ENOMEM; XC_E_LONG.
 */
struct err container_begin(struct creation *n, const struct layout *layout,
    struct io *in);

/*
 * Find the length of the plaintext if it is known before all is read.  That of
 * an input shorter than a block always is: it is read ahead.  said is the
 * length of a stream, or LAYOUT_UNKNOWN.  Errors: XC_E_LONG; io_peek's.
 */
int container_measure(struct creation *n, uint64_t said);

/*
 * Open path, or standard output if NULL, and the file for a detached header, or
 * NULL; flags are output_open's.  What they replace is locked: no program may
 * have it open for writing.  container_measure is called unless it was.
 * Errors: container_measure's; XC_E_LENGTH; output_open's; pair_lock's.
 */
struct err container_create(struct creation *n, const char *path,
    const char *detached, unsigned flags, const struct io_wait *wait);

/* Bytes that the output needs, if the length is known. */
uint64_t container_size(const struct creation *n);

/*
 * Write the header and the payload: the header last if the output can seek, so
 * that it has the length.  how has the threads and the callbacks (NULL: the
 * defaults); the rest is filled in.  Errors: job_run's.
 */
struct err container_encrypt(struct creation *n, const struct job *how);

/* Write the header alone, before or after the payload.  Errors: an errno. */
struct err container_put_header(struct creation *n);

/*
 * Make the files durable, and give both their names or neither.  like is as in
 * output_settle.  Errors: output_settle's, pair_place's.
 */
struct err container_commit(struct creation *n, const struct stat *like);

/* Close the files, wipe the keys, and remove what was not committed. */
void container_abort(struct creation *n);

#endif
