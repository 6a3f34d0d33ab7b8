/* SPDX-License-Identifier: ISC */
/*
 * The journal where it lies: beside the file that has the header, under that
 * one's name with a suffix.  Source: xtscrypt(5), "The journal".
 */
#ifndef JOURNALFILE_H
#define JOURNALFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "journal.h"
#include "place.h"

#define JOURNALFILE_SUFFIX ".xtsjnl"

struct journalfile {
	struct place beside;	/* the file that has the header, or will */
	char *name;		/* of the journal, in the same folder */
	int fd;			/* open and locked; or -1 */
};

/* Find the journal's path, for messages; free it.  Errors: path_follow's. */
int journalfile_path(char **journal, const char *path);

/*
 * Find the place of the journal of the file called path.  journalfile_close is
 * harmless after an error, too.  Errors: place_find's.
 */
int journalfile_find(struct journalfile *j, const char *path);

/*
 * Likewise, for one that is to be made: it outlasts a power cut if what is open
 * as data does.  Errors: those, of the header; XC_E_NO_SYNC, of the journal.
 */
struct err journalfile_find_new(struct journalfile *j, const char *path,
    int data);
void journalfile_close(struct journalfile *j);

/*
 * Open and lock it, to read and write it.  Errors: an errno; XC_E_MAGIC: there
 * is none; XC_E_JOURNAL_FILE: it is not a regular file with one link, of the
 * user or of root, that nobody else can write; XC_E_BUSY.
 */
int journalfile_open(struct journalfile *j);

/*
 * Create it beside the file called path, and open it: the len bytes of front,
 * then zeros up to size.  It is durable before it has its name.
 * Errors: an errno; XC_E_EXISTS; XC_E_NO_SYNC: nothing can be made durable
 * there.
 */
int journalfile_make(struct journalfile *j, const char *path,
    const uint8_t *front, size_t len, uint64_t size);

/* Remove it, durably.  Errors: an errno. */
int journalfile_remove(struct journalfile *j);

/* A journal as read without a key. */
struct journal_seen {
	struct journal_head head;
	uint64_t sequence;	/* of the newest record */
	bool has_header;	/* and the copy of the header: */
	struct header header;
};

/*
 * Look at the journal, if any, of the file called path.  Errors: of path
 * (ERR_HEADER), place_find's but those of its name; of the journal, an errno;
 * XC_E_MAGIC: there is none; XC_E_JOURNAL, XC_E_JOURNAL_FILE: what has its name
 * is none, or damaged.
 */
struct err journalfile_look(struct journal_seen *seen, const char *path);

#endif
