/* SPDX-License-Identifier: ISC */
/*
 * A file that several programs encrypt, each a part of it, in any order and at
 * the same time, on any machine that sees it; and one that makes it whole.
 * The file that a struct err names is the encrypted one (ERR_OUTPUT), the
 * header's, its side file, or that of the plaintext (ERR_INPUT).
 * Source: xtscrypt(5), "Writing in parts".
 */
#ifndef PARTS_H
#define PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "container.h"

struct parts {
	const char *path, *detached;
	struct io io;
	struct container file;	/* the caller opens its key */
	bool no_locks;		/* its file system has no locks */
};

/*
 * Write the header alone of a file that is written in n parts from now on, and
 * give the file its full size; after container_create, in place of
 * container_encrypt.  Errors: an errno.
 */
struct err parts_create(struct creation *new, uint16_t n);

/*
 * Open the file called path, whose header is in the file called detached, or
 * its own (NULL), and lock it until parts_close, which is due in any case:
 * alone, or together with the programs that write the other parts.  Where there
 * are no locks, no_locks is set.
 * Errors: an errno; XC_E_BUSY; XC_E_NOT_PARTS; XC_E_CUT, XC_E_TRAILING: it has
 * not the full size; container_open's; header_whole's.
 */
struct err parts_open(struct parts *parts, const char *path,
    const char *detached, bool alone);
void parts_close(struct parts *parts);

/*
 * Encrypt part i of n and make it durable.  how has the input, of the length in
 * the header, the threads and the callbacks.
 * Errors: XC_E_SHRANK, XC_E_GREW: it has another length; XC_E_REPLACED;
 * job_run's.
 */
struct err parts_encrypt(struct parts *parts, const struct job *how,
    uint32_t i, uint32_t n);

/*
 * Find out whether every part is there.  Without tags, only a comparison with
 * the plaintext can show it.  how has the threads and the callbacks; damaged
 * gets the ranges that are not there.  Errors: XC_E_DAMAGED; parts_compare's.
 */
struct err parts_verify(struct parts *parts, const struct job *how,
    const struct io *plain);

/*
 * Then make all of it durable, and the file whole, durably.
 * Errors: an errno; XC_E_GENERATION; XC_E_REPLACED: by another header, too;
 * headerfile_lock's, headerfile_replace's.
 */
struct err parts_finish(struct parts *parts);

/*
 * Compare the plaintext of a file with what is in plain.  differs, which
 * may be NULL, gets the ranges that differ, as damaged does those of the file.
 * Errors: of plain, ERR_INPUT: an errno; XC_E_DAMAGED: it differs, and the file
 * has no damage; of the file, ERR_OUTPUT: container_decrypt's.
 */
struct err parts_compare(struct container *file, const struct job *how,
    const struct io *plain,
    void (*differs)(void *context, uint64_t from, uint64_t to));

#endif
