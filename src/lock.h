/* SPDX-License-Identifier: ISC */
/*
 * Advisory locks on files.
 */
#ifndef LOCK_H
#define LOCK_H

#include <stdbool.h>

/*
 * Lock fd until it is closed.  Errors: an errno; XC_E_BUSY: another program has
 * locked it; XC_E_NO_LOCKS.
 */
int lock_file(int fd);

/* Likewise; a lock of another program on a range of the file counts, too. */
int lock_alone(int fd);

/* Lock fd for reading, as other programs may do at the same time. */
int lock_shared(int fd);

/*
 * Has another program the regular file of fd open for writing, or mapped so,
 * whatever it locks?  fd is open to read alone.  false also where that is not
 * known: it is on Linux, if room_local, and to the owner of the file or root.
 */
bool lock_written(int fd);

#endif
