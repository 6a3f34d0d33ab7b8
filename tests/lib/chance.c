/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "chance.h"
#include "disk.h"
#include "lab.h"
#include "tap.h"

/* Choices: all that there are where they are few, else some at random. */
static struct {
	enum { FIRST, EACH, RANDOM, ALL_BUT_ONE, ONLY_ONE } mode;
	unsigned digit[64], base[64];
	size_t n;
	unsigned of_100;	/* how many last */
	size_t odd;
} chance;

static unsigned
choose(unsigned n)
{
	const size_t i = chance.n++;

	if (chance.mode == ALL_BUT_ONE)
		return i != chance.odd ? 1 : n > 2 ? 2 : 0;
	if (chance.mode == ONLY_ONE)
		return i == chance.odd ? n - 1 : 0;
	if (chance.mode == RANDOM)
		return randombytes_uniform(100) >= chance.of_100 ? 0 :
		    1 + randombytes_uniform(n - 1);
	if (i >= LAB_COUNT(chance.digit))
		return 0;
	chance.base[i] = n;
	return chance.digit[i];
}

/* The next of each; false: there is none. */
static bool
next_choice(void)
{
	for (size_t i = 0; i < chance.n; i++) {
		if (++chance.digit[i] < chance.base[i])
			return true;
		chance.digit[i] = 0;
	}
	return false;
}

/* Are there at most this many? */
static bool
few_choices(unsigned most)
{
	unsigned product = 1;

	for (size_t i = 0; i < chance.n && product <= most; i++)
		product *= i < LAB_COUNT(chance.base) ? chance.base[i] : 3;
	return product <= most;
}

/*
 * Lay out state number i of those after n changes, of which most are tried at
 * most; false: there are no more.
 */
static bool
lay_out(size_t n, unsigned i, unsigned most)
{
	static const unsigned shares[] = { 50, 90, 10, 99 };

	if (i == 0) {
		memset(&chance, 0, sizeof(chance));
	} else if (i == 1 && few_choices(most)) {
		chance.mode = EACH;
	} else if (i == 1) {
		chance.mode = RANDOM;
		chance.of_100 = 100;
	}
	if (chance.mode == EACH && !next_choice())
		return false;
	if (chance.mode != EACH && i >= most)
		return false;
	if (chance.mode >= RANDOM && i > 1) {
		chance.odd = randombytes_uniform((uint32_t)chance.n + 1);
		chance.mode = i % 10 == 9 ? ONLY_ONE : i % 5 == 4 ?
		    ALL_BUT_ONE : RANDOM;
		chance.of_100 = shares[i % 4];
	}
	chance.n = 0;
	disk_crash(n, choose);
	return true;
}

/* Lay out one in which each sector and name lasts in of_100 of 100 cases. */
static void
lay_out_any(size_t n, unsigned of_100)
{
	chance.mode = RANDOM;
	chance.of_100 = of_100;
	disk_crash(n, choose);
}

static bool
is_honest(const struct chance_game *g, size_t n)
{
	return g->is_honest == NULL || g->is_honest(n);
}

static bool
is_whole(const struct chance_game *g, size_t n)
{
	return g->is_whole == NULL || g->is_whole(n);
}

static bool
recovers(struct chance_game *g, size_t n)
{
	g->states++;
	return is_honest(g, n) && g->mends(n) && is_whole(g, n);
}

/* And when mending, of which alone the changes count, is cut short. */
static bool
recovers_twice(struct chance_game *g, size_t n)
{
	bool good = is_honest(g, n);
	size_t m;

	disk_push();
	disk_begin();
	good = g->mends(n) && good;
	m = disk_end();
	good = good && is_whole(g, n);
	for (unsigned i = 0; i < 6 && good && m > 0; i++) {
		lay_out_any(randombytes_uniform((uint32_t)m) + 1, i * 20);
		good = recovers(g, n);
	}
	disk_pop();
	return good;
}

/* Play states after the first at changes; *i is the number of a bad one. */
static bool
play_chances(struct chance_game *g, size_t at, unsigned *i)
{
	for (*i = 0; lay_out(at, *i, g->most); ++*i) {
		const bool twice = g->twice && *i % 8 == 3 &&
		    chance.mode >= RANDOM;

		if (!(twice ? recovers_twice(g, at) : recovers(g, at)))
			return false;
	}
	return true;
}

/* Play all: *i is made from the changes that last, and the way of tearing. */
static bool
play_all(struct chance_game *g, size_t at, unsigned *i)
{
	const unsigned ways = (unsigned)g->ntorn;
	const unsigned states = (1U << disk_loose(at)) * ways;

	for (*i = 0; *i < states; ++*i) {
		disk_restore(at, *i / ways, g->torn[*i % ways]);
		if (!recovers(g, at))
			return false;
	}
	return true;
}

bool
chance_play(struct chance_game *g, size_t from, size_t n, bool tell)
{
	unsigned i;

	for (size_t at = from; at <= n; at++) {
		if (g->torn == NULL ? play_chances(g, at, &i) :
		    play_all(g, at, &i))
			continue;
		if (tell)
			tap_note("after %zu of %zu changes, state %u", at, n,
			    i);
		return false;
	}
	return true;
}

/* Do both, the first with the fault, which comes after *from changes. */
static bool
relay(struct chance_game *g, struct chance_runs *r, struct fault f,
    size_t *from)
{
	const size_t before = *from;
	bool good, adds;
	size_t n;

	r->set_up();
	disk_begin();
	fault = f;
	fault.before = SIZE_MAX;
	r->first();
	r->calls = fault.calls;
	fault.at = 0;
	*from = fault.before;
	/* Killed before it has changed more, it leaves the same. */
	adds = f.killed ? *from != before : fault.hit == FAULT_FSYNC ||
	    *from < fault_nrecords;
	good = r->next();
	n = disk_end();
	if (good && adds && *from <= n)
		good = chance_play(g, *from, n, true);
	if (!good)
		tap_note("call %u %s", f.at, f.killed ? "was the last" :
		    "failed");
	return good;
}

bool
chance_relay(struct chance_game *g, struct chance_runs *r)
{
	const unsigned step = lab_quick() ? 7 : 1;
	bool good = true;

	for (int killed = 0; killed < 2; killed++) {
		struct fault f = { .error = EIO, .killed = killed == 1 };
		size_t from = SIZE_MAX;

		do {
			f.at += f.at == 0 ? randombytes_uniform(step) + 1 :
			    step;
			good = relay(g, r, f, &from) && good;
		} while (f.at <= r->calls);
	}
	return good;
}
