/* SPDX-License-Identifier: ISC */
/*
 * Replacing a header, interrupted at every step: by a program that dies, by a
 * call that fails, by power that goes, when anything not yet synced may be
 * lost.  Always the file opens with the old header or with the new one.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "fault.h"
#include "headerfile.h"
#include "lab.h"
#include "tap.h"

#define NAME "sealed"
#define SIDE NAME SIDE_SUFFIX
#define PAYLOAD 100
#define SIZE (HEADER_BYTES + PAYLOAD)
#define STEPS_MAX 64
#define FIRST_READ 1	/* the calls that fault.c counts */

/* What there is before. */
struct scene {
	const char *what;
	size_t payload;		/* 0: a detached header */
	bool damaged;		/* the file's own header */
	const uint8_t *side;	/* the side file's bytes, or NULL */
	size_t side_len;
};

/* Three generations of the header, and the payload behind it. */
static uint8_t old[HEADER_BYTES], new[HEADER_BYTES], newer[HEADER_BYTES];
static uint8_t payload[PAYLOAD];
static const uint8_t zeros[HEADER_BYTES];

static const struct scene scenes[] = {
	{ "attached", PAYLOAD, false, NULL, 0 },
	{ "detached", 0, false, NULL, 0 },
	{ "rescued", PAYLOAD, true, old, HEADER_BYTES },
	{ "beside a side file that is left over", PAYLOAD, false, newer,
	    HEADER_BYTES },
	{ "beside a part of a side file", PAYLOAD, false, newer, 700 },
	{ "beside zeros", PAYLOAD, false, zeros, HEADER_BYTES },
	{ "detached, beside a side file", 0, false, newer, HEADER_BYTES },
	{ "detached and rescued", 0, true, old, HEADER_BYTES }
};

static const size_t torn[] = { HEADER_BYTES, 1, 512, 2048, 4095 };

static void
make_headers(void)
{
	struct layout l = LAYOUT_DEFAULT;
	struct header h;
	struct key *key;

	lab_header(&h, &key, &l, PAYLOAD - LAYOUT_RECORD);
	key_mac_header(old, &h, key);
	h.generation = 2;
	key_mac_header(new, &h, key);
	h.generation = 3;
	key_mac_header(newer, &h, key);
	key_free(key);
	lab_pattern(payload, sizeof(payload));
}

/* Up to size bytes of a file; -1: there is none. */
static ssize_t
get_file(const char *name, uint8_t *bytes, size_t size)
{
	int fd = open(name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, bytes, size);
	close(fd);
	return n;
}

static size_t
first_bytes(uint8_t bytes[SIZE], const struct scene *s)
{
	memcpy(bytes, old, HEADER_BYTES);
	if (s->damaged)
		memset(bytes + 1000, 0xee, 600);
	memcpy(bytes + HEADER_BYTES, payload, PAYLOAD);
	return HEADER_BYTES + s->payload;
}

static void
set_up(const struct scene *s)
{
	uint8_t bytes[SIZE];

	disk_clear();
	disk_put(NAME, bytes, first_bytes(bytes, s));
	if (s->side != NULL)
		disk_put(SIDE, s->side, s->side_len);
}

/* What every command does that changes a header. */
static int
change(const uint8_t bytes[HEADER_BYTES])
{
	struct headerfile hf;
	int err;
	int fd;

	if ((err = headerfile_lock(&fd, NAME)) != XC_OK)
		return err;
	err = headerfile_read(&hf, fd, NAME).code;
	if (err == XC_OK)
		err = headerfile_replace(fd, NAME, bytes).code;
	close(fd);
	return err;
}

/* The header that a reader finds: 1, 2, 3; or 0. */
static int
opens(void)
{
	struct headerfile hf;
	int fd, n = 0;

	if (headerfile_lock(&fd, NAME) != XC_OK)
		return 0;
	if (headerfile_read(&hf, fd, NAME).code == XC_OK)
		n = (int)hf.header.generation;
	close(fd);
	if (n < 1 || n > 3)
		return 0;
	return memcmp(hf.bytes, n == 1 ? old : n == 2 ? new : newer,
	    HEADER_BYTES) == 0 ? n : 0;
}

/* The file's size and payload are what they were. */
static bool
payload_kept(const struct scene *s)
{
	uint8_t bytes[SIZE + 1];

	return get_file(NAME, bytes, sizeof(bytes)) ==
	    (ssize_t)(HEADER_BYTES + s->payload) &&
	    memcmp(bytes + HEADER_BYTES, payload, s->payload) == 0;
}

/* Unless it was there before, a side file never holds the old header. */
static bool
side_good(const struct scene *s)
{
	uint8_t bytes[HEADER_BYTES];
	ssize_t n = get_file(SIDE, bytes, sizeof(bytes));

	return n < HEADER_BYTES || s->side == old ||
	    memcmp(bytes, old, HEADER_BYTES) != 0;
}

/* After an interruption: all is good, and the next writer cleans up. */
static bool
recovers(const struct scene *s)
{
	int found = opens();
	uint8_t bytes[SIZE];

	if ((found != 1 && found != 2) || !payload_kept(s) || !side_good(s)) {
		tap_note("header %d%s%s", found,
		    payload_kept(s) ? "" : ", payload changed",
		    side_good(s) ? "" : ", the old header lives on");
		return false;
	}
	if (change(newer) == XC_OK && opens() == 3 && payload_kept(s) &&
	    access(SIDE, F_OK) != 0 &&
	    get_file(NAME, bytes, HEADER_BYTES) == HEADER_BYTES &&
	    memcmp(bytes, newer, HEADER_BYTES) == 0)
		return true;
	tap_note("the next writer leaves a mess");
	return false;
}

/* In a child: change the header, and die at a step.  true: it did not. */
static bool
completes(unsigned step, size_t bytes)
{
	pid_t pid;
	int status = 0;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		fault_set((struct fault){ .at = step, .torn = bytes });
		_exit(change(new) == XC_OK ? 0 : 1);
	}
	lab_must(pid > 0 && waitpid(pid, &status, 0) == pid &&
	    WIFEXITED(status), "no child");
	lab_must(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAULT_DIED,
	    "the child failed");
	return WEXITSTATUS(status) == 0;
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
				bad += opens() != 2;
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
	err = change(new);
	did = fault;
	hit = did.calls >= step;
	fault_set((struct fault){ 0 });
	if (!hit || ignored(did.hit))
		good = err == XC_OK && opens() == 2;
	else
		good = err == error;
	/* A bad sector is what the side file helps against. */
	if (did.hit == FAULT_READ && error == EIO && err == XC_OK)
		good = opens() == 2;
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

/* Dead after n of the changes, and the power gone with it. */
static unsigned
power_goes(const struct scene *s, size_t n, unsigned *states)
{
	unsigned bad = 0, loose = disk_loose(n);

	for (unsigned set = 0; set < 1U << loose; set++)
		for (size_t t = 0; t < LAB_COUNT(torn); t += skip()) {
			disk_restore(n, set, torn[t]);
			++*states;
			if (recovers(s))
				continue;
			tap_note("after %zu changes, loose ones %x of %u bits",
			    n, set, loose);
			bad++;
		}
	return bad;
}

static void
test_power(const struct scene *s)
{
	unsigned bad = 0, states = 0;
	size_t n;
	int err;

	set_up(s);
	disk_begin();
	err = change(new);
	n = disk_end();
	for (size_t i = 0; i <= n; i++)
		bad += power_goes(s, i, &states);
	/* When it is said to be done, it lasts; the side file is gone. */
	for (unsigned set = 0; set < 1U << disk_loose(n); set++) {
		disk_restore(n, set, HEADER_BYTES);
		bad += opens() != 2 || access(SIDE, F_OK) == 0;
	}
	tap_ok(err == XC_OK && bad == 0 && n > 3,
	    "%s: power gone, %u states of the disk", s->what, states);
}

static void
test_lock(void)
{
	int a, b;

	set_up(&scenes[0]);
	tap_ok(headerfile_lock(&a, NAME) == XC_OK &&
	    headerfile_lock(&b, NAME) == XC_E_BUSY, "only one at a time");
	close(a);
	tap_ok(headerfile_lock(&a, NAME) == XC_OK, "then the next");
	close(a);
	tap_ok(headerfile_lock(&a, "nothing") == ENOENT, "no such file");
}

/* Whoever may write beside a file can make what has the name; not its owner. */
static void
test_owner(void)
{
	if (geteuid() != 0)
		return;
	lab_must(chown(SIDE, 1000, (gid_t)-1) == 0, "no chown");
	tap_ok(opens() == 0, "nor one of another user");
	lab_must(chown(NAME, 1000, (gid_t)-1) == 0, "no chown");
	tap_ok(opens() == 1, "unless the file is that user's, too");
}

/* A side file that is none: left alone, and not waited for. */
static void
test_side(void)
{
	const struct scene *s = &scenes[2];
	uint8_t b[SIZE];

	set_up(s);
	rename(SIDE, "elsewhere");
	lab_must(symlink("elsewhere", SIDE) == 0, "no link");
	tap_ok(opens() == 0, "a symbolic link is no side file");
	unlink(SIDE);
	lab_must(mkfifo(SIDE, 0600) == 0, "no FIFO");
	tap_ok(opens() == 0, "nor is a FIFO, and nobody waits for it");
	unlink(SIDE);
	disk_put(SIDE, old, HEADER_BYTES - 1);
	tap_ok(opens() == 0, "nor one too short");
	memcpy(b, old, HEADER_BYTES);
	b[HEADER_BYTES] = 0;
	disk_put(SIDE, b, HEADER_BYTES + 1);
	tap_ok(opens() == 0, "nor one too long");
	b[700] ^= 1;
	disk_put(SIDE, b, HEADER_BYTES);
	tap_ok(opens() == 0, "nor one with a bad checksum");
	disk_put(SIDE, old, HEADER_BYTES);
	tap_ok(opens() == 1, "but this is");

	lab_must(link(SIDE, "second") == 0, "no link");
	tap_ok(opens() == 0, "nor one with a second name");
	unlink("second");
	tap_ok(opens() == 1, "which may go again");
	test_owner();
}

/* What is left of the header, and whether the side file's takes its place. */
static void
test_front(void)
{
	const struct scene *s = &scenes[2];
	struct headerfile hf;
	uint8_t b[SIZE];
	int fd;

	set_up(s);
	lab_must((fd = open(NAME, O_RDONLY)) >= 0, "no file");
	first_bytes(b, s);
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_OK &&
	    hf.rescued && hf.shown, "a wrong checksum: it is said to be rescued");
	tap_ok(headerfile_decode(&hf, b, fd, NULL).code == XC_E_CHECKSUM &&
	    !hf.rescued && memcmp(hf.bytes, b, HEADER_BYTES) == 0,
	    "without a path, nothing is looked for");
	b[0] ^= 1;
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_OK &&
	    hf.rescued && hf.shown, "the first byte is gone");
	memset(b, 0xff, HEADER_FRONT_BYTES);
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_OK &&
	    hf.rescued && hf.shown, "the first 10 bytes are gone");
	b[HEADER_ID_AT] ^= 1;
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_E_MAGIC &&
	    !hf.rescued, "and the file id: no xtscrypt file");
	memset(b, 0, 512);
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_OK &&
	    hf.rescued && !hf.shown, "the first sector is gone: rescued, but not sure");
	first_bytes(b, s);
	b[HEADER_ID_AT] ^= 1;
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_E_CHECKSUM &&
	    !hf.rescued, "the side file has another id: another file's");
	memcpy(b, old, HEADER_BYTES);
	b[HEADER_MAGIC_BYTES]++;
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_E_VERSION &&
	    !hf.rescued, "a newer header is not damaged");
	fault_set((struct fault){ .at = FIRST_READ, .error = EIO });
	tap_ok(headerfile_read(&hf, fd, NAME).code == XC_OK && hf.rescued &&
	    !hf.shown, "the first sector cannot be read: the same");
	fault_set((struct fault){ .at = FIRST_READ, .error = ENOMEM });
	tap_ok(headerfile_read(&hf, fd, NAME).code == ENOMEM,
	    "any other error is told");
	unlink(SIDE);
	fault_set((struct fault){ .at = FIRST_READ, .error = EIO });
	tap_ok(headerfile_read(&hf, fd, NAME).code == EIO,
	    "so is this, where there is no side file");
	fault_set((struct fault){ 0 });
	close(fd);
}

/* Whether a change is refused, and what has the side file's name is kept. */
static bool
stays(const struct scene *s, const uint8_t *bytes, size_t len)
{
	uint8_t b[SIZE];

	set_up(s);
	disk_put(SIDE, bytes, len);
	return change(new) == XC_E_SIDE && opens() == 1 &&
	    get_file(SIDE, b, sizeof(b)) == (ssize_t)len &&
	    memcmp(b, bytes, len) == 0;
}

/* Someone's file that has the name of a side file: nothing is changed. */
static void
test_foreign(const struct scene *s)
{
	static const char key[] = "a key file, 32 bytes of anything";
	uint8_t b[HEADER_BYTES];

	tap_ok(stays(s, (const uint8_t *)key, sizeof(key)),
	    "%s: what is no side file stays", s->what);
	memcpy(b, newer, sizeof(b));
	b[HEADER_MAGIC_BYTES]++;
	tap_ok(stays(s, b, sizeof(b)), "so does a header of a newer version");
	memcpy(b, newer, sizeof(b));
	b[HEADER_ID_AT] ^= 1;
	tap_ok(stays(s, b, sizeof(b)), "and a damaged one of another id");
	tap_ok(stays(s, b, HEADER_ID_AT + 1), "and as much as shows that");
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
	good = change(newer) == XC_OK && opens() == 3 &&
	    access("d/real" SIDE_SUFFIX, F_OK) != 0;
	unlink("d/real");
	rmdir("d");

	set_up(&scenes[1]);
	chmod(NAME, 0640);
	tap_ok(good && change(new) == XC_OK && mode_of(NAME) == 0640,
	    "a detached header keeps its permissions");
	disk_put(NAME, old, HEADER_BYTES - 1);
	tap_ok(change(new) == XC_E_MAGIC, "too short for a header");
}

int
main(void)
{
	char dir[] = "/tmp/test_headerfile-XXXXXX";

	lab_start();
	lab_must(mkdtemp(dir) != NULL && chdir(dir) == 0, "no directory");
	make_headers();
	for (size_t i = 0; i < LAB_COUNT(scenes); i++) {
		test_deaths(&scenes[i]);
		test_failures(&scenes[i]);
		test_power(&scenes[i]);
	}
	test_lock();
	test_side();
	test_front();
	test_foreign(&scenes[0]);
	test_foreign(&scenes[1]);
	test_links();
	disk_clear();
	lab_must(chdir("/") == 0 && rmdir(dir) == 0, "cannot clean up");
	return tap_done();
}
