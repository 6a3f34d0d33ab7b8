/* SPDX-License-Identifier: ISC */
/*
 * The speed of the engine's backends, of the libraries found when this was
 * built, and of the CPU's AES instructions alone, on one core and on the same
 * work: data units in place.  A library takes one unit a call, and so do we
 * where we are compared with it; runs of units come after.  All of them run in
 * turn within each repetition, so that a slow phase of the machine slows all of
 * them, and by two clocks: time that the machine gives to others counts in one
 * alone.  --aesni leaves out VAES, and libraries that use it nevertheless;
 * --json prints for programs.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "bytes.h"
#include "limit.h"
#include "peers.h"
#include "xts.h"

#define HOT (256 * 1024)
#define COLD (64 * 1024 * 1024)
#define REPETITIONS 21
#define SLICE 1e-3		/* seconds, at least, of one measurement */
#define FAST 1e9		/* bytes a second that memory might hold up */
#define ROUNDS 14
#define MAX_ENGINES 16

/* Units of any length, as many as there is room for. */
#define LONE(unit, shape) { HOT / (unit) * (unit), unit, 1, shape }

/* What is measured, in both directions. */
static const struct shape {
	size_t bytes, unit;
	size_t call;		/* units in one, or 0 for all of them */
	size_t lone;		/* the same with one a call, as libraries do */
} shapes[] = {
	{ HOT, 512, 1, 0 }, { HOT, 4096, 1, 1 }, { HOT, 512, 0, 0 },
	{ HOT, 4096, 0, 1 }, { HOT, 512, 8, 0 }, { COLD, 512, 1, 5 },
	{ COLD, 4096, 1, 6 }, { COLD, 512, 0, 5 }, { COLD, 4096, 0, 6 },
	LONE(16, 9), LONE(496, 10), LONE(1040, 11), LONE(4080, 12),
	LONE(4111, 13)
};
#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* Bytes a second, or instructions. */
struct rate {
	double samples[REPETITIONS], best, median;
};

/* By the clock on the wall, and by the thread's. */
struct rates {
	struct rate wall, cpu;
};

/* A backend of ours, or a peer. */
struct engine {
	const char *name;
	const struct xts_backend *backend;
	const struct peer *peer;
	const struct limit *limit;
	struct rates rates[N_SHAPES][2];	/* [shape][decrypt] */
	struct rates aes[N_SHAPES][2];		/* its instructions alone */
	bool fast;				/* seen to be */
};

static struct engine engines[MAX_ENGINES];
static size_t n_engines;
static struct xts_keys keys;

static double
now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec;
}

/* The whole buffer once. */
static void
work(const struct engine *e, const struct shape *s, uint8_t *buf, bool encrypt)
{
	size_t all = s->bytes / s->unit, i;
	size_t call = s->call == 0 ? all : s->call;
	uint8_t tweak[16] = { 0 };

	if (e->peer != NULL) {
		for (i = 0; i < all; i++)
			e->peer->crypt(buf + i * s->unit, s->unit, i, encrypt);
		return;
	}
	for (i = 0; i < all; i += call) {
		bytes_store64(tweak, i);
		(encrypt ? e->backend->encrypt : e->backend->decrypt)(
		    buf + i * s->unit, buf + i * s->unit, call, s->unit, tweak,
		    &keys);
	}
}

/* Libraries can be called in one way; memory holds up only what is fast. */
static bool
applies(const struct engine *e, const struct shape *s)
{
	if (e->peer != NULL && (s->call != 1 ||
	    (!e->peer->any_length && s->unit % 512 != 0)))
		return false;
	return s->bytes <= HOT || e->fast;
}

/* The whole buffer, or without one the AES instructions alone, for a while. */
static void
measure(struct rates *rates, size_t rep, const struct engine *e,
    const struct shape *s, uint8_t *buf, bool encrypt)
{
	double amount = buf == NULL ? LIMIT_BATCH : (double)s->bytes;
	double start = 0, cpu = 0, end;
	int rounds = -1;			/* the first is not timed */

	do {
		if (buf == NULL)
			e->limit->run();
		else
			work(e, s, buf, encrypt);
		if (++rounds == 0) {
			cpu = now(CLOCK_THREAD_CPUTIME_ID);
			start = now(CLOCK_MONOTONIC);
		}
		end = now(CLOCK_MONOTONIC);
	} while (end - start < SLICE);
	cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
	rates->wall.samples[rep] = rounds * amount / (end - start);
	rates->cpu.samples[rep] = rounds * amount / cpu;
}

/*
 * The limit is measured again beside each: wide AES lowers the clock of a core
 * for some milliseconds, and so that of what comes after.
 */
static void
measure_once(uint8_t *buf, size_t rep)
{
	struct engine *e;
	struct rates *rates;
	size_t s, d;

	for (s = 0; s < N_SHAPES; s++)
		for (d = 0; d < 2; d++)
			for (e = engines; e < engines + n_engines; e++) {
				if (!applies(e, &shapes[s]))
					continue;
				if (e->limit != NULL)
					measure(&e->aes[s][d], rep, e, NULL,
					    NULL, false);
				rates = &e->rates[s][d];
				measure(rates, rep, e, &shapes[s], buf, d == 0);
				e->fast |= rates->wall.samples[rep] > FAST;
			}
}

static int
compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void
sum_up(struct rate *rate)
{
	qsort(rate->samples, REPETITIONS, sizeof(double), compare);
	rate->best = rate->samples[REPETITIONS - 1];
	rate->median = rate->samples[REPETITIONS / 2];
}

static void
sum_up_both(struct rates *rates)
{
	sum_up(&rates->wall);
	sum_up(&rates->cpu);
}

static void
measure_all(uint8_t *buf)
{
	struct engine *e;
	size_t rep, s;

	for (rep = 0; rep < REPETITIONS; rep++)
		measure_once(buf, rep);
	for (e = engines; e < engines + n_engines; e++)
		for (s = 0; s < 2 * N_SHAPES; s++) {
			sum_up_both(&e->rates[s / 2][s % 2]);
			sum_up_both(&e->aes[s / 2][s % 2]);
		}
}

static void
add_engine(struct engine engine)
{
	if (n_engines < MAX_ENGINES)
		engines[n_engines++] = engine;
}

static void
find_engines(const uint8_t key[XTS_KEY_BYTES], bool vaes)
{
	const struct xts_backend *const *b;
	const struct limit *limit;
	const struct peer *peer;

	for (b = xts_backends; *b != NULL; b++) {
		if (!(*b)->usable() ||
		    (!vaes && strncmp((*b)->name, "vaes", 4) == 0))
			continue;
		for (limit = limits; limit->backend != NULL; limit++)
			if (strcmp(limit->backend, (*b)->name) == 0)
				break;
		add_engine((struct engine){ .name = (*b)->name, .backend = *b,
		    .limit = limit->backend == NULL ? NULL : limit });
	}
	for (peer = peers; peer->name != NULL; peer++) {
		if (!vaes && !peer_hold_to_aesni(peer))
			continue;
		peer->make(key);
		add_engine((struct engine){ .name = peer->name, .peer = peer });
	}
}

/* What is fast but wrong does not count: all must agree, there and back. */
static void
check_engines(uint8_t *buf)
{
	uint8_t hashes[N_SHAPES][32], hash[32];
	struct engine *e;
	size_t s;

	for (e = engines; e < engines + n_engines; e++)
		for (s = 0; s < N_SHAPES; s++) {
			if (shapes[s].bytes > HOT || !applies(e, &shapes[s]))
				continue;
			memset(buf, 0, HOT);
			work(e, &shapes[s], buf, true);
			crypto_generichash(hash, 32, buf, HOT, NULL, 0);
			if (e == engines)
				memcpy(hashes[s], hash, 32);
			work(e, &shapes[s], buf, false);
			if (memcmp(hashes[s], hash, 32) == 0 &&
			    sodium_is_zero(buf, HOT))
				continue;
			fprintf(stderr, "engine: %s computes something else\n",
			    e->name);
			exit(1);
		}
}

static double
best(const struct engine *e, size_t s, size_t d)
{
	return e->rates[s][d].wall.best;
}

/* The fastest of the libraries, or NULL without any. */
static const struct engine *
best_library(size_t s, size_t d)
{
	const size_t lone = shapes[s].lone;
	const struct engine *found = NULL, *p;

	for (p = engines; p < engines + n_engines; p++)
		if (p->peer != NULL && best(p, lone, d) > 0 &&
		    (found == NULL || best(p, lone, d) > best(found, lone, d)))
			found = p;
	return found;
}

static double
ratio(const struct engine *e, size_t s, size_t d)
{
	const struct engine *library = best_library(s, d);

	return library == NULL ? 0 :
	    best(e, s, d) / best(library, shapes[s].lone, d);
}

/*
 * The share of what the AES instructions alone allow, a block more a unit for
 * its first tweak; 0 where that is not known.
 */
static double
share(const struct engine *e, size_t s, double rate, double aes)
{
	double blocks = (double)shapes[s].unit / 16;

	if (e->limit == NULL)
		return 0;
	return rate * (blocks + 1) * ROUNDS /
	    ((double)shapes[s].unit * (double)e->limit->blocks * aes);
}

static double
wall_share(const struct engine *e, size_t s, size_t d)
{
	return share(e, s, best(e, s, d), e->aes[s][d].wall.best);
}

static double
cpu_share(const struct engine *e, size_t s, size_t d)
{
	return share(e, s, e->rates[s][d].cpu.best, e->aes[s][d].cpu.best);
}

static void
print_object(const struct engine *e, size_t s, size_t d)
{
	const struct shape *shape = &shapes[s];
	const struct engine *library = best_library(s, d);
	const struct rates *r = &e->rates[s][d];

	printf("{\"name\": \"%s\", \"ours\": %s, \"bytes\": %zu, "
	    "\"unit\": %zu, \"call\": %zu, \"direction\": \"%s\", "
	    "\"best\": %.4f, \"median\": %.4f, \"cpu\": %.4f, "
	    "\"library\": \"%s\", \"ratio\": %.3f, \"limit\": %.3f, "
	    "\"cpu_limit\": %.3f}",
	    e->name, e->peer == NULL ? "true" : "false", shape->bytes,
	    shape->unit, shape->call != 0 ? shape->call :
	    shape->bytes / shape->unit, d == 0 ? "encrypt" : "decrypt",
	    r->wall.best / 1e9, r->wall.median / 1e9, r->cpu.best / 1e9,
	    library == NULL ? "" : library->name, ratio(e, s, d),
	    wall_share(e, s, d), cpu_share(e, s, d));
}

static void
print_json(void)
{
	const struct engine *e;
	const char *comma = "";
	size_t s, d;

	printf("[");
	for (s = 0; s < N_SHAPES; s++)
		for (e = engines; e < engines + n_engines; e++)
			for (d = 0; d < 2 && best(e, s, d) > 0; d++) {
				printf("%s\n", comma);
				print_object(e, s, d);
				comma = ",";
			}
	printf("\n]\n");
}

static void
print_title(size_t s)
{
	const struct shape *shape = &shapes[s];
	const struct engine *library;
	size_t d;

	printf("\n%zu %s, units of %zu, ",
	    shape->bytes >> (shape->bytes <= HOT ? 10 : 20),
	    shape->bytes <= HOT ? "KiB" : "MiB", shape->unit);
	if (shape->call == 0)
		printf("all in one call");
	else
		printf("%zu a call", shape->call);
	for (d = 0; d < 2; d++) {
		if ((library = best_library(s, d)) == NULL)
			continue;
		printf("%s %s %.2f",
		    d == 0 ? "; the best library, 1 a call:" : ",",
		    library->name, best(library, shape->lone, d) / 1e9);
	}
	printf("\n%-13s%37s%37s\n%-13s", "",
	    "------------- encrypt -------------",
	    "------------- decrypt -------------", "GB/s");
	for (d = 0; d < 2; d++)
		printf("  %6s %6s %7s %6s %6s", "best", "median", "library",
		    "limit", "CPU's");
	printf("\n");
}

static void
print_line(const struct engine *e, size_t s)
{
	size_t d;

	printf("%-13s", e->name);
	for (d = 0; d < 2; d++) {
		printf("  %6.2f %6.2f %6.2fx", best(e, s, d) / 1e9,
		    e->rates[s][d].wall.median / 1e9, ratio(e, s, d));
		if (e->limit == NULL)
			printf(" %6s %6s", "", "");
		else
			printf(" %5.1f%% %5.1f%%", 100 * wall_share(e, s, d),
			    100 * cpu_share(e, s, d));
	}
	printf("\n");
}

static void
print_table(void)
{
	const struct engine *e;
	size_t s;

	for (s = 0; s < N_SHAPES; s++) {
		print_title(s);
		for (e = engines; e < engines + n_engines; e++)
			if (best(e, s, 0) > 0)
				print_line(e, s);
	}
}

int
main(int argc, char **argv)
{
	bool json = false, vaes = true;
	uint8_t *buf = aligned_alloc(4096, COLD), key[XTS_KEY_BYTES];
	size_t i;

	for (i = 1; i < (size_t)argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			json = true;
		} else if (strcmp(argv[i], "--aesni") == 0) {
			vaes = false;
		} else {
			fprintf(stderr, "usage: engine [--aesni] [--json]\n");
			return 2;
		}
	}
	if (buf == NULL || sodium_init() < 0)
		return 1;
	memset(buf, 0, COLD);
	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	if (xts_choose("portable") != XC_OK || xts_expand(&keys, key) != XC_OK)
		return 1;
	find_engines(key, vaes);
	check_engines(buf);
	measure_all(buf);
	if (json)
		print_json();
	else
		print_table();
	free(buf);
	return 0;
}
