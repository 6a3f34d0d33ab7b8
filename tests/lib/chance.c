/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "chance.h"
#include "disk.h"
#include "lab.h"

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

bool
chance_crash(size_t n, unsigned i, unsigned most)
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

bool
chance_is_random(void)
{
	return chance.mode >= RANDOM;
}

void
chance_any(size_t n, unsigned of_100)
{
	chance.mode = RANDOM;
	chance.of_100 = of_100;
	disk_crash(n, choose);
}
