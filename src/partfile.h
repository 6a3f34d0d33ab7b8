/* SPDX-License-Identifier: ISC */
/*
 * The plaintext that several programs decrypt, each a part of it: a file beside
 * the one that it becomes, until one of them has compared all of it.
 * Source: xtscrypt(5), "Writing in parts".
 */
#ifndef PARTFILE_H
#define PARTFILE_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>

#include "container.h"

#define PARTFILE_SUFFIX ".xtsparts"

struct partfile {
	struct place at;	/* the file itself */
	int fd;
	bool no_locks;		/* its file system has no locks */
};

/*
 * Open the file beside path for length bytes of plaintext and lock it until
 * partfile_close, which is due in any case: to finish it, alone, or to write a
 * part together with others, and then create it if it does not exist.  Where
 * there are no locks, no_locks is set.
 * Errors: an errno; XC_E_BUSY; XC_E_PART_FILE: it could be another file;
 * XC_E_REPLACED: it is finished just now.
 */
int partfile_open(struct partfile *parts, const char *path, uint64_t length,
    bool finish);
void partfile_close(struct partfile *parts);

/*
 * Decrypt part i of n of a file, and make it durable.  how has the threads and
 * the callbacks.  Errors: container_decrypt's; of the output also
 * XC_E_REPLACED.
 */
struct err partfile_decrypt(struct partfile *parts, struct container *file,
    const struct job *how, uint32_t i, uint32_t n);

/*
 * Make it durable, and give it the name path.  flags and like are as in
 * output_open and output_settle.  Errors: pair_lock's, output_settle's,
 * output_place's; XC_E_REPLACED.
 */
int partfile_place(struct partfile *parts, const char *path, uint64_t length,
    unsigned flags, const struct stat *like, const struct io_wait *wait);

#endif
