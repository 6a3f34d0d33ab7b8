/* SPDX-License-Identifier: ISC */
/*
 * The speed of the engine's backends, of the libraries found when this was
 * built, and of the CPU's AES instructions alone, on one core and on the same
 * work: data units in place.  All of them run in turns within each repetition,
 * so that what slows the machine down for a while slows all of them.  --aesni
 * leaves out VAES, and what would use it all the same; --json prints for
 * programs.
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

/* What is measured, in both directions. */
static const struct shape {
	size_t bytes, unit;
	size_t call;		/* units in one, or 0 for all of them */
} shapes[] = {
	{ HOT, 512, 0 }, { HOT, 4096, 0 }, { HOT, 512, 8 }, { HOT, 512, 1 },
	{ HOT, 4096, 1 }, { COLD, 512, 0 }, { COLD, 4096, 0 }
};
#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* Bytes a second, or instructions. */
struct rate {
	double samples[REPETITIONS], best, median;
};

/* A backend of ours, or a peer. */
struct engine {
	const char *name;
	const struct xts_backend *backend;
	const struct peer *peer;
	const struct limit *limit;
	struct rate rates[N_SHAPES][2];		/* [shape][decrypt] */
	struct rate aes[N_SHAPES][2];		/* its instructions alone */
	bool fast;				/* seen to be */
};

static struct engine engines[MAX_ENGINES];
static size_t n_engines;
static struct xts_keys keys;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
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
	if (e->peer != NULL && s->call != 0)
		return false;
	return s->bytes == HOT || e->fast;
}

static double
measure(const struct engine *e, const struct shape *s, uint8_t *buf,
    bool encrypt)
{
	double start, end;
	int rounds = 0;

	work(e, s, buf, encrypt);
	start = now();
	do {
		work(e, s, buf, encrypt);
		rounds++;
		end = now();
	} while (end - start < SLICE);
	return rounds * (double)s->bytes / (end - start);
}

static double
measure_limit(const struct limit *limit)
{
	double start, end;
	int rounds = 0;

	limit->run();
	start = now();
	do {
		limit->run();
		rounds++;
		end = now();
	} while (end - start < SLICE);
	return rounds * (double)LIMIT_BATCH / (end - start);
}

/*
 * The limit is measured anew beside each: wide AES lowers the clock of a core
 * for some milliseconds, and so that of what comes after.
 */
static void
measure_once(uint8_t *buf, size_t rep)
{
	struct engine *e;
	double rate;
	size_t s, d;

	for (s = 0; s < N_SHAPES; s++)
		for (d = 0; d < 2; d++)
			for (e = engines; e < engines + n_engines; e++) {
				if (!applies(e, &shapes[s]))
					continue;
				if (e->limit != NULL)
					e->aes[s][d].samples[rep] =
					    measure_limit(e->limit);
				rate = measure(e, &shapes[s], buf, d == 0);
				e->rates[s][d].samples[rep] = rate;
				e->fast |= rate > FAST;
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
measure_all(uint8_t *buf)
{
	struct engine *e;
	size_t rep, s;

	for (rep = 0; rep < REPETITIONS; rep++)
		measure_once(buf, rep);
	for (e = engines; e < engines + n_engines; e++)
		for (s = 0; s < 2 * N_SHAPES; s++) {
			sum_up(&e->rates[s / 2][s % 2]);
			sum_up(&e->aes[s / 2][s % 2]);
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
			if (shapes[s].bytes != HOT ||
			    (e->peer != NULL && shapes[s].call != 0))
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

/* To the best of the libraries, one unit a call; 0 without any. */
static double
ratio(const struct engine *e, size_t s, size_t d)
{
	const struct engine *p;
	double best = 0;
	size_t i;

	for (i = 0; shapes[i].bytes != shapes[s].bytes ||
	    shapes[i].unit != shapes[s].unit; i++)
		;
	for (p = engines; p < engines + n_engines; p++)
		if (p->peer != NULL && p->rates[i][d].best > best)
			best = p->rates[i][d].best;
	return best == 0 ? 0 : e->rates[s][d].best / best;
}

/*
 * The share of what the AES instructions alone allow, a block more a unit for
 * its first tweak; 0 where that is not known.
 */
static double
share(const struct engine *e, size_t s, size_t d)
{
	double blocks = (double)shapes[s].unit / 16;

	if (e->limit == NULL)
		return 0;
	return e->rates[s][d].best * (blocks + 1) * ROUNDS /
	    ((double)shapes[s].unit * (double)e->limit->blocks *
	    e->aes[s][d].best);
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
			for (d = 0; d < 2 && e->rates[s][d].best > 0; d++) {
				printf("%s\n{\"name\": \"%s\", \"bytes\": %zu, "
				    "\"unit\": %zu, \"call\": %zu, "
				    "\"direction\": \"%s\", \"best\": %.4f, "
				    "\"median\": %.4f, \"ratio\": %.3f, "
				    "\"limit\": %.3f}", comma, e->name,
				    shapes[s].bytes, shapes[s].unit,
				    e->peer != NULL ? 1 : shapes[s].call != 0 ?
				    shapes[s].call :
				    shapes[s].bytes / shapes[s].unit,
				    d == 0 ? "encrypt" : "decrypt",
				    e->rates[s][d].best / 1e9,
				    e->rates[s][d].median / 1e9,
				    ratio(e, s, d), share(e, s, d));
				comma = ",";
			}
	printf("\n]\n");
}

static void
print_title(const struct shape *s)
{
	printf("\n%zu %s, units of %zu, ", s->bytes >> (s->bytes < 1 << 20 ?
	    10 : 20), s->bytes < 1 << 20 ? "KiB" : "MiB", s->unit);
	if (s->call == 0)
		printf("all in one call");
	else
		printf("%zu a call", s->call);
	printf(" (libraries: one a call)\n%-14s%32s%32s\n%-14s", "",
	    "--------- encrypt ---------", "--------- decrypt ---------",
	    "GB/s");
	printf(" %6s %6s %8s %7s %7s %6s %8s %7s\n", "best", "median",
	    "library", "limit", "best", "median", "library", "limit");
}

static void
print_table(void)
{
	const struct engine *e;
	size_t s, d;

	for (s = 0; s < N_SHAPES; s++) {
		print_title(&shapes[s]);
		for (e = engines; e < engines + n_engines; e++) {
			if (e->rates[s][0].best <= 0)
				continue;
			printf("%-14s", e->name);
			for (d = 0; d < 2; d++) {
				printf(" %6.2f %6.2f %7.2fx",
				    e->rates[s][d].best / 1e9,
				    e->rates[s][d].median / 1e9,
				    ratio(e, s, d));
				if (e->limit == NULL)
					printf(" %7s", "");
				else
					printf(" %6.1f%%",
					    100 * share(e, s, d));
			}
			printf("\n");
		}
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
