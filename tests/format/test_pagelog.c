/* SPDX-License-Identifier: ISC */
/*
 * Writing at random places, with a power cut at every moment: each sector that
 * was not synced may be there, or not, or torn.  From each state that a disk
 * may be left in, and from those that a replay may leave, the journal is
 * replayed.  Then all that was flushed is there, each sector is as it was at
 * the last flush or at a moment after it, and every segment is authentic.  With
 * one of the fsyncs left out, some state shows it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "chance.h"
#include "disk.h"
#include "fault.h"
#include "lab.h"
#include "tap.h"
#include "volumes.h"

#define LENGTH 20000
#define SECTOR 512
#define MOMENTS 24
#define STEPS_MAX 400

/* What is done: writes, of which some are flushed. */
static const struct {
	size_t at, len;
	bool flush;
} steps[] = {
	{ 4000, 200, true }, { 4000, 100, true }, { 12288, 4096, true },
	{ 0, 4096, true },
	/* More records than one, over the first two of the last epoch. */
	{ 0, 16384, true },
	{ 19500, 500, true },		/* the end of the file */
	{ 100, 10, false }, { 16384, 512, true },
	{ 0, LENGTH, false },		/* more than one commit has */
	{ 4096, 8192, false }, { 12288, 1, true },
	{ 700, 300, false }
};

/* The plaintext after each step, and how many changes there were then. */
static struct {
	uint8_t plain[LENGTH];
	size_t changes;
	bool flushed;
} moments[MOMENTS];
static size_t nmoments;

static void
take_moment(bool flushed)
{
	lab_must(nmoments < MOMENTS, "too many moments");
	memcpy(moments[nmoments].plain, volumes_now.plain, LENGTH);
	moments[nmoments].changes = fault_nrecords;
	moments[nmoments].flushed = flushed;
	nmoments++;
}

static int
do_step(size_t i)
{
	const size_t at = steps[i].at, len = steps[i].len;
	int err;

	randombytes_buf(volumes_now.plain + at, len);
	err = volume_write(volumes_now.v, volumes_now.plain + at, len, at).code;
	take_moment(false);
	if (err != XC_OK || !steps[i].flush)
		return err;
	err = volume_flush(volumes_now.v).code;
	take_moment(err == XC_OK);
	return err;
}

/* Open, do all steps, close. */
static int
use_volume(void)
{
	int err, closed;

	lab_pattern(volumes_now.plain, LENGTH);
	nmoments = 0;
	take_moment(true);
	err = volumes_start(true);
	if (err != XC_OK)
		return err;
	for (size_t i = 0; i < LAB_COUNT(steps) && err == XC_OK; i++)
		err = do_step(i);
	closed = volumes_stop();
	if (err == XC_OK)
		err = closed;
	take_moment(err == XC_OK);
	return err;
}

/* Record that; how many changes there are. */
static size_t
record_use(void)
{
	volumes_put();
	disk_begin();
	lab_must(use_volume() == XC_OK, "cannot use it");
	return disk_end();
}

/* Is each sector one that it had from the last flush before n changes on? */
static bool
is_of_moments(const uint8_t *got, size_t n)
{
	size_t from = 0, to = 0, at, len, i;

	for (i = 0; i < nmoments; i++)
		if (moments[i].flushed && moments[i].changes <= n)
			from = i;
	/* That which was begun last may be there in part. */
	while (to + 1 < nmoments && moments[to].changes <= n)
		to++;
	for (at = 0; at < LENGTH; at += SECTOR) {
		len = LENGTH - at < SECTOR ? LENGTH - at : SECTOR;
		for (i = from; i <= to; i++)
			if (memcmp(got + at, moments[i].plain + at, len) == 0)
				break;
		if (i > to)
			return false;
	}
	return true;
}

/* Is all of it authentic, and of those moments? */
static bool
reads_well(size_t n)
{
	static uint8_t got[LENGTH];

	return volume_read(volumes_now.v, got, LENGTH, 0) == XC_OK &&
	    is_of_moments(got, n);
}

/* A reader gets what is right, or nothing. */
static bool
is_honest(size_t n)
{
	bool good;

	if (volumes_start(false) != XC_OK)
		return true;
	good = reads_well(n);
	return volumes_stop() == XC_OK && good;
}

/* The journal of what was closed may be left: who writes next removes it. */
static bool
is_tidy(void)
{
	uint8_t byte;
	bool good;

	if (access(volumes_journal(), F_OK) != 0)
		return true;
	good = volumes_start(true) == XC_OK &&
	    volume_read(volumes_now.v, &byte, 1, 0) == XC_OK &&
	    volume_write(volumes_now.v, &byte, 1, 0).code == XC_OK;
	return volumes_stop() == XC_OK && good &&
	    access(volumes_journal(), F_OK) != 0;
}

/* Replay what there is after n changes. */
static bool
recovers(size_t n)
{
	bool good = is_honest(n) && volumes_start(true) == XC_OK;

	if (!good)
		return false;
	good = reads_well(n);
	good = volumes_stop() == XC_OK && good;
	return good && is_tidy() &&
	    volumes_start(false) == XC_OK && reads_well(n) &&
	    volumes_stop() == XC_OK;
}

static unsigned
most_states(void)
{
	return lab_all() ? 40 : lab_quick() ? 4 : 24;
}

static struct chance_game game = { .mends = recovers, .twice = true };

static void
test_power(const char *what)
{
	size_t n = record_use();
	bool good;

	game.states = 0;
	good = chance_play(&game, 0, n, true);
	tap_ok(good && game.states > n, "%s: power gone, %u states of the disk",
	    what, game.states);
}

static bool
is_sync(size_t i, ino_t ino)
{
	return disk_change(i)->change == FAULT_SYNCED &&
	    disk_change(i)->ino == ino;
}

/* What was written to the journal begins so. */
static bool
is_written(size_t i, const char *magic)
{
	const struct fault_record *r = disk_change(i);

	return r->change == FAULT_WRITTEN && r->len >= 8 &&
	    memcmp(r->bytes, magic, 8) == 0;
}

enum sync { A_COMMIT, A_FILE, A_HEAD, A_BEGIN, AN_END };

/* The first fsync of this kind; n: there is none. */
static size_t
find_sync(size_t n, enum sync sync)
{
	const ino_t journal = disk_change(1)->ino;
	size_t i = sync == AN_END ? n - 1 : 4;
	ino_t data = 0;

	for (size_t k = 0; k < n && data == 0; k++)
		if (disk_change(k)->change == FAULT_WRITTEN &&
		    disk_change(k)->ino != journal)
			data = disk_change(k)->ino;
	for (; i > 0 && i < n; i += sync == AN_END ? (size_t)-1 : 1) {
		if (sync == A_COMMIT && is_sync(i, journal) &&
		    is_written(i - 1, "XTSJRECD"))
			return i;
		if (sync == A_HEAD && is_sync(i, journal) &&
		    is_written(i - 1, "XTSJOURN"))
			return i;
		if (sync == A_FILE && is_sync(i, data) &&
		    is_written(i + 1, "XTSJOURN"))
			return i;
		if (sync == A_BEGIN && is_sync(i, data))
			return i;
		if (sync == AN_END && is_sync(i, data) &&
		    is_written(i + 1, "XTSCRYPT"))
			return i;
	}
	return n;
}

/* Left out, it is seen. */
static void
test_sync(enum sync sync, const char *what)
{
	const unsigned usual = game.most;
	size_t n = record_use(), i = find_sync(n, sync);
	bool seen = false;

	lab_must(i < n, "no such fsync");
	disk_drop(i);
	for (size_t k = 0; k < nmoments; k++)
		moments[k].changes -= moments[k].changes > i;
	/* What it orders comes soon after it. */
	game.most = 40;
	for (unsigned k = 0; k < 20 && !seen; k++)
		seen = !chance_play(&game, i, i + 3 < n - 1 ? i + 3 : n - 1,
		    false);
	game.most = usual;
	tap_ok(seen, "without the fsync of %s data is lost", what);
}

static void
test_syncs(void)
{
	test_sync(A_COMMIT, "a commit");
	test_sync(A_FILE, "the file, before another epoch");
	test_sync(A_HEAD, "the head of another epoch");
	test_sync(A_BEGIN, "the header, before the first commit");
	test_sync(AN_END, "the file, before its header says it is whole");
}

/* Each call fails in its turn: what was flushed is there. */
static void
test_failures(const char *what)
{
	static const int errors[] = { EIO, ENOSPC };
	unsigned step = 0, bad = 0;
	bool done = false;

	while (!done && step < STEPS_MAX) {
		step++;
		for (size_t i = 0; i < LAB_COUNT(errors); i++) {
			volumes_put();
			fault_set((struct fault){
			    .at = step, .error = errors[i] });
			(void)use_volume();
			done = fault.calls < step;
			fault_set((struct fault){ 0 });
			if (recovers(SIZE_MAX))
				continue;
			tap_note("call %u fails with %d", step, errors[i]);
			bad++;
		}
	}
	tap_ok(bad == 0 && done && step > 60, "%s: each of %u calls fails",
	    what, step - 1);
}

static void
try_to_use(void)
{
	(void)use_volume();
}

static bool
is_replayed(void)
{
	return volumes_start(true) == XC_OK && volumes_stop() == XC_OK &&
	    is_tidy();
}

static void
test_replayed(const char *what)
{
	struct chance_runs runs = { .set_up = volumes_put, .first = try_to_use,
	    .next = is_replayed };
	struct chance_game g = game;
	bool good;

	g.most = 4;
	g.states = 0;
	good = chance_relay(&g, &runs);
	tap_ok(good && runs.calls > 60, "%s: an fsync fails, it is replayed, "
	    "and the power is gone, %u states", what, g.states);
}

int
main(void)
{
	lab_start();
	lab_enter("/dev/shm");
	game.most = most_states();
	for (int detached = 0; detached < 2; detached++) {
		const char *what = detached == 1 ? "detached" : "attached";

		volumes_make("1 512 4096 40", LENGTH, detached == 1);
		volumes_now.cache = 100000;
		test_power(what);
		if (detached == 0)
			test_syncs();
		test_failures(what);
		test_replayed(what);
		volumes_unmake();
	}
	lab_leave();
	return tap_done();
}
