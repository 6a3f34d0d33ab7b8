/* SPDX-License-Identifier: ISC */
/*
 * Locks on files, which keep those apart who take them.
 */
#ifndef LOCK_H
#define LOCK_H

/*
 * Lock fd until it is closed.  Errors: an errno; XC_E_BUSY: another program has
 * locked it; XC_E_NO_LOCKS.
 */
int lock_file(int fd);

/* The same for a program that only reads: others may do so, too. */
int lock_shared(int fd);

/* As lock_file, and all other programs' locks of ranges count as well. */
int lock_alone(int fd);

#endif
