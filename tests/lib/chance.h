/* SPDX-License-Identifier: ISC */
/*
 * States that disk.c may leave, played one by one: all that there are where
 * they are few, else some at random; or, with ways to tear a write, all.
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
	const size_t *torn;	/* NULL; or bytes that a torn write has done */
	size_t ntorn;
	unsigned states;	/* played, since the caller set it to 0 */
};

/* A program that is cut short, and the next one, which finds what that left. */
struct chance_runs {
	void (*set_up)(void);
	void (*first)(void);
	bool (*next)(void);	/* false: it should have gone well */
	unsigned calls;		/* that the first has; set by chance_relay */
};

/*
 * Play the states that changes from..n-1 may leave; false: one is bad, and tell
 * notes which.
 */
bool chance_play(struct chance_game *game, size_t from, size_t n, bool tell);

/*
 * Fail each call of the first, or kill it there, and have the next do its work:
 * what the first has changed, or taken back after a failure, may be in memory
 * alone.  Play the states from that call on.  false: one is bad, and notes tell
 * which.  In a quick run one call in seven, others each time.
 */
bool chance_relay(struct chance_game *game, struct chance_runs *runs);

#endif
