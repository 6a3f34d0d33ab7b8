/* SPDX-License-Identifier: ISC */
/*
 * Memory that could reach the swap space.
 */
#ifndef SWAP_H
#define SWAP_H

/* Report, as a detail, what the system did not lock in memory. */
void swap_tell(void);

#endif
