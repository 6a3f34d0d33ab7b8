/* SPDX-License-Identifier: ISC */
/*
 * Memory that the system did not lock.
 */
#ifndef UNLOCKED_H
#define UNLOCKED_H

/* Report, as a detail, what the system did not lock in memory. */
void unlocked_tell(void);

#endif
