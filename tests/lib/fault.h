/* SPDX-License-Identifier: ISC */
/*
 * System calls that can be made to fail, to die on the way, or to do things by
 * halves; and a record of what they changed.  fault_calls.h has the modules of
 * the library call them: a program that links fault.c has those modules from
 * libfault.a.
 */
#ifndef FAULT_H
#define FAULT_H

#include <sys/types.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_call {
	FAULT_OPEN, FAULT_CLOSE, FAULT_READ, FAULT_WRITE,
	FAULT_FSYNC, FAULT_FCHOWN, FAULT_FCHMOD, FAULT_FUTIMENS, FAULT_RENAME,
	FAULT_RENAMEAT2, FAULT_LINK, FAULT_UNLINK, FAULT_TRUNCATE
};

struct fault {
	unsigned at;		/* the call that goes wrong, from 1; 0: none */
	int error;		/* how: its errno; 0: the program dies */
	bool killed;		/* all calls after it fail, too */
	size_t torn;		/* of a write: the bytes done before */
	size_t chop;		/* a read or write does at most; 0: all */
	unsigned retry;		/* one read or write in N fails first, */
	int retry_error;	/* with EINTR or EAGAIN */
	int no_renameat2;	/* the errno where there is no such call, */
	int no_link;		/* or no hard link */

	void (*before_name)(void);	/* a file is about to get its name */
	void (*before_sync)(void);	/* or to be made durable */

	/* Threads count these: */
	atomic_uint calls;	/* so far */
	atomic_uint moves;	/* reads and writes, where some fail first */
	atomic_uint reads;	/* at an offset */
	bool half;		/* torn bytes were written; now it fails */
	enum fault_call hit;	/* the call that went wrong, */
	size_t before;		/* and how many changes were recorded then */

	/* Counted by themselves, so that the numbers of calls stay the same: */
	unsigned lack;		/* the allocation that fails, from 1 */
	unsigned look;		/* the look at a file that fails with error */
	atomic_uint allocations, looks;	/* so far */
};

extern struct fault fault;

/* Forget the record, and do as f says from here on. */
void fault_set(struct fault f);

/*
 * Do work, as f says, in a child, whose error must be XC_OK.  false: it died on
 * the way.
 */
bool fault_survives(struct fault f, int (*work)(void));

/* What was changed on disk, or made to last there. */
enum fault_change {
	FAULT_CREATED,		/* name */
	FAULT_WRITTEN,		/* len bytes at offset of ino */
	FAULT_TRUNCATED,	/* ino, to len bytes */
	FAULT_SYNCED,		/* ino */
	FAULT_LINKED,		/* name, to ino */
	FAULT_RENAMED,		/* from, name */
	FAULT_EXCHANGED,	/* these two */
	FAULT_REMOVED,		/* name */
	FAULT_NAMES_SYNCED
};

struct fault_record {
	enum fault_change change;
	ino_t ino;
	char name[64], from[64];	/* without directories */
	size_t offset, len;
	uint8_t *bytes;		/* freed by fault_set */
};

#define FAULT_RECORDS 256
extern struct fault_record fault_records[FAULT_RECORDS];
extern size_t fault_nrecords;

#endif
