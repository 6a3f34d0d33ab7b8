/* SPDX-License-Identifier: ISC */
/*
 * The plaintext of an encrypted file at random places, to read and to write,
 * while the file stays as it is.  Calls may come from several threads at once,
 * but for those that open and close it.
 * Source: xtscrypt(5), "Random access".
 */
#ifndef VOLUME_H
#define VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "container.h"
#include "err.h"
#include "key.h"

struct volume;

struct volume_how {
	size_t cache;		/* bytes for segments that were authenticated */
	/* Called with a range of the plaintext that is found damaged. */
	void (*damaged)(void *context, uint64_t from, uint64_t to);
	void *context;
};

/*
 * Open path, whose header is in the file called detached (NULL: in front of the
 * data), and lock it: alone, if it is to be written.  Next: open the header in
 * volume_file with a secret (key_open), and call volume_start.  volume_close is
 * due unless *volume is NULL, also after an error of volume_start.  Nothing is
 * written.
 * Errors: hold_open's; container_open's; convert_judge's; XC_E_CUT and
 * XC_E_TRAILING: the size of the payload contradicts the length; XC_E_SIZE;
 * XC_E_UNREPAIRED: to be written, but its header was found beside it;
 * XC_E_NO_SYNC: likewise, but its journal would be in memory.
 */
struct err volume_open(struct volume **volume, const char *path,
    const char *detached, bool writable);
const struct container *volume_file(const struct volume *volume);

/*
 * Start with the keys, which the volume frees then.  What a crash left in the
 * journal of a volume that is to be written is written to the payload now.
 * Errors: ENOMEM; replay_log's.
 */
struct err volume_start(struct volume *volume, struct key *key,
    const struct volume_how *how);

/* The plaintext's length; bytes in a segment, or 0. */
uint64_t volume_length(const struct volume *volume);
size_t volume_segment(const struct volume *volume);

/*
 * Can it be written?  Not if it was not opened for that, or its last data unit
 * is no whole number of blocks and has no tag.
 */
bool volume_writable(const struct volume *volume);

/*
 * Read, write, or write zeros.  What was written lasts once volume_flush has
 * returned XC_OK.  Errors: XC_E_RANGE; XC_E_DAMAGED: of what is read or only
 * partly written; EROFS; ENOMEM; XC_E_REPLACED: another file has the name;
 * pagelog_begin's; an errno: EIO from then on, for all that writes, once
 * something could not be made durable.
 */
int volume_read(struct volume *volume, void *buf, size_t len, uint64_t at);
struct err volume_write(struct volume *volume, const void *buf, size_t len,
    uint64_t at);
struct err volume_zero(struct volume *volume, uint64_t len, uint64_t at);
struct err volume_flush(struct volume *volume);

/*
 * Flush it, and leave the file whole and without a journal.  After an error,
 * too, all is closed and freed, and what was flushed is in the journal.
 */
struct err volume_close(struct volume *volume);

#endif
