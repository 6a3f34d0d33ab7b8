/* SPDX-License-Identifier: ISC */
/*
 * Advisory locks on files.
 */
#ifndef LOCK_H
#define LOCK_H

/*
 * Lock fd until it is closed.  Errors: an errno; XC_E_BUSY: another program has
 * locked it; XC_E_NO_LOCKS.
 */
int lock_file(int fd);

/* Lock fd for reading, as other programs may do at the same time. */
int lock_shared(int fd);

/* Likewise; a lock of another program on a range of the file counts, too. */
int lock_alone(int fd);

#endif
