/* SPDX-License-Identifier: ISC */
/*
 * Replacing a header, interrupted at every step: by a program that dies, by a
 * call that fails, by power that goes, when anything not yet synced may be
 * lost.  Always the file opens with the old header or with the new one.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chance.h"
#include "disk.h"
#include "fault.h"
#include "headers.h"
#include "lab.h"
#include "tap.h"

#define NAME HEADERS_NAME
#define SIDE HEADERS_NAME SIDE_SUFFIX
#define STEPS_MAX 64

/* What there is before. */
struct scene {
	const char *what;
	size_t payload;		/* 0: a detached header */
	bool damaged;		/* the file's own header */
	const uint8_t *side;	/* the side file's bytes, or NULL */
	size_t side_len;
};

static const uint8_t zeros[HEADER_BYTES];

static const struct scene scenes[] = {
	{ "attached", HEADERS_PAYLOAD, false, NULL, 0 },
	{ "detached", 0, false, NULL, 0 },
	{ "rescued", HEADERS_PAYLOAD, true, headers_old, HEADER_BYTES },
	{ "beside a side file that is left over", HEADERS_PAYLOAD, false,
	    headers_newer, HEADER_BYTES },
	{ "beside a part of a side file", HEADERS_PAYLOAD, false,
	    headers_newer, 700 },
	{ "beside zeros", HEADERS_PAYLOAD, false, zeros, HEADER_BYTES },
	{ "detached, beside a side file", 0, false,
	    headers_newer, HEADER_BYTES },
	{ "detached and rescued", 0, true, headers_old, HEADER_BYTES }
};

static const size_t torn[] = { HEADER_BYTES, 2048, 1, 512, 4095 };

static const struct scene *now;

static void
set_up(const struct scene *s)
{
	uint8_t bytes[HEADERS_SIZE];

	disk_clear();
	disk_put(NAME, bytes, headers_bytes(bytes, s->payload, s->damaged));
	if (s->side != NULL)
		disk_put(SIDE, s->side, s->side_len);
}

/* The file's size and payload are what they were. */
static bool
payload_kept(const struct scene *s)
{
	uint8_t bytes[HEADERS_SIZE + 1];

	return headers_get(NAME, bytes, sizeof(bytes)) ==
	    (ssize_t)(HEADER_BYTES + s->payload) &&
	    memcmp(bytes + HEADER_BYTES, headers_payload, s->payload) == 0;
}

/* Unless it was there before, a side file never holds the old header. */
static bool
side_good(const struct scene *s)
{
	uint8_t bytes[HEADER_BYTES];
	ssize_t n = headers_get(SIDE, bytes, sizeof(bytes));

	return n < HEADER_BYTES || s->side == headers_old ||
	    memcmp(bytes, headers_old, HEADER_BYTES) != 0;
}

/* The newest header that was written. */
static int newest = 2;

/* After an interruption: all is good, and the next writer cleans up. */
static bool
recovers(const struct scene *s)
{
	int found = headers_opens();
	uint8_t bytes[HEADERS_SIZE];

	if (found < 1 || found > newest || !payload_kept(s) || !side_good(s)) {
		tap_note("header %d%s%s", found,
		    payload_kept(s) ? "" : ", payload changed",
		    side_good(s) ? "" : ", the old header lives on");
		return false;
	}
	if (headers_change(headers_newer) == XC_OK && headers_opens() == 3 &&
	    payload_kept(s) && access(SIDE, F_OK) != 0 &&
	    headers_get(NAME, bytes, HEADER_BYTES) == HEADER_BYTES &&
	    memcmp(bytes, headers_newer, HEADER_BYTES) == 0)
		return true;
	tap_note("the next writer leaves a mess");
	return false;
}

static int
change(void)
{
	return headers_change(headers_new);
}

/* Die at a step of a change, after this many bytes.  true: it did not. */
static bool
completes(unsigned step, size_t bytes)
{
	return fault_survives((struct fault){ .at = step, .torn = bytes },
	    change);
}

/* Not all the places to tear a write at, in a quick run. */
static size_t
skip(void)
{
	return lab_quick() ? 3 : 1;
}

static void
test_deaths(const struct scene *s)
{
	unsigned step = 0, bad = 0;
	bool done = false;

	while (!done && step < STEPS_MAX) {
		step++;
		for (size_t i = 0; i < LAB_COUNT(torn); i += skip()) {
			set_up(s);
			done = completes(step, i == 0 ? 0 : torn[i]);
			if (done)
				bad += headers_opens() != 2;
			if (recovers(s))
				continue;
			tap_note("dead at step %u, torn at %zu", step, torn[i]);
			bad++;
		}
	}
	tap_ok(bad == 0 && done && step > 5, "%s: dead at each of %u steps",
	    s->what, step - 1);
}

/* Calls without which all is well. */
static bool
ignored(enum fault_call call)
{
	return call == FAULT_CLOSE || call == FAULT_FCHOWN ||
	    call == FAULT_FCHMOD || call == FAULT_FUTIMENS;
}

/* One run in which call number step fails; true: there was none. */
static bool
fails_good(const struct scene *s, unsigned step, int error, size_t bytes,
    unsigned *bad)
{
	int err;
	struct fault did;
	bool good, hit;

	set_up(s);
	fault_set((struct fault){ .at = step, .error = error, .torn = bytes });
	err = headers_change(headers_new);
	did = fault;
	hit = did.calls >= step;
	fault_set((struct fault){ 0 });
	if (!hit || ignored(did.hit))
		good = err == XC_OK && headers_opens() == 2;
	else
		good = err == error;
	/* A bad sector is what the side file helps against. */
	if (did.hit == FAULT_READ && error == EIO && err == XC_OK)
		good = headers_opens() == 2;
	if (did.hit == FAULT_CLOSE && !s->payload)
		good = err == XC_OK || err == error;
	good = recovers(s) && good;
	if (!good)
		tap_note("call %u (kind %d) fails: error %d", step,
		    (int)did.hit, (int)err);
	*bad += !good;
	return !hit;
}

static void
test_failures(const struct scene *s)
{
	static const int errors[] = { EIO, ENOSPC };
	unsigned step = 0, bad = 0;
	bool done = false;

	while (!done && step < STEPS_MAX) {
		step++;
		for (size_t i = 0; i < LAB_COUNT(errors) * LAB_COUNT(torn);
		    i += skip())
			done = fails_good(s, step, errors[i % 2],
			    i < 2 ? 0 : torn[i / 2], &bad);
	}
	tap_ok(bad == 0 && done && step > 5,
	    "%s: each of %u calls fails", s->what, step - 1);
}

static bool
mends(size_t n)
{
	(void)n;
	return recovers(now);
}

static struct chance_game game = { .mends = mends, .torn = torn };

static void
test_power(const struct scene *s)
{
	unsigned bad = 0;
	bool good;
	size_t n;
	int err;

	set_up(s);
	disk_begin();
	err = headers_change(headers_new);
	n = disk_end();
	game.states = 0;
	good = chance_play(&game, 0, n, true);
	/* When it is said to be done, it lasts; the side file is gone. */
	for (unsigned set = 0; set < 1U << disk_loose(n); set++) {
		disk_restore(n, set, HEADER_BYTES);
		bad += headers_opens() != 2 || access(SIDE, F_OK) == 0;
	}
	tap_ok(err == XC_OK && good && bad == 0 && n > 3,
	    "%s: power gone, %u states of the disk", s->what, game.states);
}

static void
set_up_now(void)
{
	set_up(now);
}

static void
try_to_change(void)
{
	(void)change();
}

static bool
changes_again(void)
{
	return headers_change(headers_newer) == XC_OK;
}

static void
test_power_again(const struct scene *s)
{
	struct chance_runs runs = { .set_up = set_up_now,
	    .first = try_to_change, .next = changes_again };
	bool good;

	game.states = 0;
	newest = 3;
	good = chance_relay(&game, &runs);
	newest = 2;
	tap_ok(good && runs.calls > 10, "%s: an fsync fails, another changes "
	    "it, and the power is gone, %u states", s->what, game.states);
}

static void
test_lock(void)
{
	int a, b;

	set_up(&scenes[0]);
	tap_ok(headerfile_lock(&a, NAME, false) == XC_OK &&
	    headerfile_lock(&b, NAME, false) == XC_E_BUSY,
	    "only one at a time");
	close(a);
	tap_ok(headerfile_lock(&a, NAME, false) == XC_OK, "then the next");
	close(a);
	tap_ok(headerfile_lock(&a, "nothing", false) == ENOENT, "no such file");
}

static mode_t
mode_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void
test_links(void)
{
	bool good;

	set_up(&scenes[0]);
	lab_must(mkdir("d", 0700) == 0 && rename(NAME, "d/real") == 0 &&
	    symlink("d/real", NAME) == 0, "no link");
	for (unsigned step = 1; access("d/real" SIDE_SUFFIX, F_OK) != 0; step++)
		lab_must(!completes(step, 0), "there was no side file");
	good = mode_of("d/real" SIDE_SUFFIX) == 0600 && access(SIDE, F_OK) != 0;
	tap_ok(good, "behind a link: the side file is beside the file, 0600");
	good = headers_change(headers_newer) == XC_OK && headers_opens() == 3 &&
	    access("d/real" SIDE_SUFFIX, F_OK) != 0;
	unlink("d/real");
	rmdir("d");

	set_up(&scenes[1]);
	chmod(NAME, 0640);
	good = good && headers_change(headers_new) == XC_OK;
	tap_ok(good && mode_of(NAME) == 0640,
	    "a detached header keeps its permissions");
	disk_put(NAME, headers_old, HEADER_BYTES - 1);
	tap_ok(headers_change(headers_new) == XC_E_MAGIC,
	    "too short for a header");
}

int
main(void)
{
	lab_start();
	lab_enter("/tmp");
	headers_make();
	game.ntorn = lab_quick() ? 2 : LAB_COUNT(torn);
	for (size_t i = 0; i < LAB_COUNT(scenes); i++) {
		now = &scenes[i];
		test_deaths(&scenes[i]);
		test_failures(&scenes[i]);
		test_power(&scenes[i]);
		test_power_again(&scenes[i]);
	}
	test_lock();
	test_links();
	disk_clear();
	lab_leave();
	return tap_done();
}
