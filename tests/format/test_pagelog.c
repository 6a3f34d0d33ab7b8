/* SPDX-License-Identifier: ISC */
/*
 * Writing at random places, with the power gone at every moment: of what was not
 * synced, each sector may be there, or not, or torn.  From each state that a
 * disk may be left in, and from those that a replay may leave, the journal is
 * replayed.  All that was flushed is there then, each sector is as it was at the
 * last flush or at a moment after it, and every segment is authentic.  With one
 * of the fsyncs left out, some state shows it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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

/* What is done: writes, of which some are flushed. */
static const struct {
	size_t at, len;
	bool flush;
} steps[] = {
	{ 4000, 200, true },		/* two segments */
	{ 512, 512, false }, { 8192, 4096, true },
	{ 0, LENGTH, true },		/* more records than one */
	{ 19500, 500, true },		/* the end of the file */
	{ 100, 10, false }, { 16384, 512, true },
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
	err = volume_write(volumes_now.v, volumes_now.plain + at, len, at);
	take_moment(false);
	if (err != XC_OK || !steps[i].flush)
		return err;
	err = volume_flush(volumes_now.v);
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
	    volume_write(volumes_now.v, &byte, 1, 0) == XC_OK;
	return volumes_stop() == XC_OK && good &&
	    access(volumes_journal(), F_OK) != 0;
}

static unsigned states, most;

/* Replay what there is after n changes. */
static bool
recovers(size_t n)
{
	bool good = is_honest(n) && volumes_start(true) == XC_OK;

	states++;
	if (!good)
		return false;
	good = reads_well(n);
	good = volumes_stop() == XC_OK && good;
	return good && is_tidy() &&
	    volumes_start(false) == XC_OK && reads_well(n) &&
	    volumes_stop() == XC_OK;
}

/* And when that is cut short in its turn. */
static bool
recovers_twice(size_t n)
{
	bool good;
	size_t m;

	disk_push();
	disk_begin();
	good = recovers(n);
	m = disk_end();
	for (unsigned i = 0; i < 6 && good && m > 0; i++) {
		chance_any(randombytes_uniform((uint32_t)m) + 1, i * 20);
		good = recovers(n);
	}
	disk_pop();
	return good;
}

/* Every state that the changes recorded may leave; false: one is bad. */
static bool
play(size_t n, bool tell)
{
	for (size_t at = 0; at <= n; at++)
		for (unsigned i = 0; chance_crash(at, i, most); i++) {
			const bool twice = i % 8 == 3 && chance_is_random();

			if (twice ? recovers_twice(at) : recovers(at))
				continue;
			if (tell)
				tap_note("after %zu of %zu changes, state %u",
				    at, n, i);
			return false;
		}
	return true;
}

static void
test_power(const char *what)
{
	size_t n = record_use();
	bool good;

	states = 0;
	good = play(n, true);
	tap_ok(good && states > n, "%s: power gone, %u states of the disk",
	    what, states);
}

int
main(void)
{
	char shm[] = "/dev/shm/test_pagelog-XXXXXX";
	char tmp[] = "/tmp/test_pagelog-XXXXXX", *dir = shm;
	const char *wanted = getenv("XTSCRYPT_TEST_ALL");
	bool all = wanted != NULL && strcmp(wanted, "1") == 0;

	lab_start();
	most = all ? 40 : lab_quick() ? 4 : 24;
	if (mkdtemp(dir) == NULL)
		dir = mkdtemp(tmp);
	lab_must(dir != NULL && chdir(dir) == 0, "no directory");
	for (int detached = 0; detached < 2; detached++) {
		volumes_make("1 512 4096 40", LENGTH, detached == 1);
		test_power(detached == 1 ? "detached" : "attached");
		volumes_unmake();
	}
	lab_must(chdir("/") == 0 && rmdir(dir) == 0, "cannot clean up");
	return tap_done();
}
