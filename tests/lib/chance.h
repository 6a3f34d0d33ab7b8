/* SPDX-License-Identifier: ISC */
/*
 * States that disk.c may leave, played one by one: all that there are where
 * they are few, else some at random.
 */
#ifndef CHANCE_H
#define CHANCE_H

#include <stdbool.h>
#include <stddef.h>

struct chance_game {
	/* What is found after n changes: is it honest?  Or NULL. */
	bool (*is_honest)(size_t n);
	bool (*mends)(size_t n);
	bool (*is_whole)(size_t n);	/* then; or NULL */
	bool twice;		/* sometimes mending is cut short in its turn */
	unsigned most;		/* states after as many changes, at most */
	unsigned states;	/* played, since the caller set it to 0 */
};

/*
 * Play the states that changes from..n-1 may leave; false: one is bad, and tell
 * notes which.
 */
bool chance_play(struct chance_game *game, size_t from, size_t n, bool tell);

#endif
