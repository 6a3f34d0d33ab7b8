/* SPDX-License-Identifier: ISC */
/*
 * States that disk.c may leave, chosen: all that there are where they are few,
 * else some at random.
 */
#ifndef CHANCE_H
#define CHANCE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Lay out state number i of those after n changes, of which most are tried at
 * most; false: there are no more.
 */
bool chance_crash(size_t n, unsigned i, unsigned most);

/* Are the states after these changes too many for all of them? */
bool chance_is_random(void);

/* Lay out one in which each sector and name lasts in of_100 of 100 cases. */
void chance_any(size_t n, unsigned of_100);

#endif
