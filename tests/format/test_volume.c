/* SPDX-License-Identifier: ISC */
/*
 * Random access: the same operations on a volume and on a plain copy, for both
 * modes, all sizes of units and segments that matter, tails and spans.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "disk.h"
#include "lab.h"
#include "side.h"
#include "tap.h"
#include "volumes.h"

/* A random place, and a length that is often that of a sector. */
static void
choose(size_t *at, size_t *len)
{
	const uint32_t length = (uint32_t)volumes_now.length;

	*at = randombytes_uniform(length);
	*len = randombytes_uniform(3) == 0 ? 1 + randombytes_uniform(length) :
	    512u << randombytes_uniform(4);
	if (randombytes_uniform(2) == 0)
		*at = *at / 512 * 512;
	if (*len > volumes_now.length - *at)
		*len = volumes_now.length - *at;
}

/* Read, write and zero at random. */
static bool
play(unsigned n)
{
	const bool writable = volume_writable(volumes_now.v);
	bool good = true;
	size_t at, len;

	for (unsigned i = 0; i < n && good; i++) {
		choose(&at, &len);
		switch (randombytes_uniform(writable ? 4 : 1)) {
		case 0:
			good = volumes_same(at, len);
			break;
		case 1:
			memset(volumes_now.plain + at, 0, len);
			good = volume_zero(volumes_now.v, len,
			    at).code == XC_OK;
			break;
		case 2:
			good = volume_flush(volumes_now.v).code == XC_OK;
			/* FALLTHROUGH */
		default:
			randombytes_buf(volumes_now.plain + at, len);
			good = good && volume_write(volumes_now.v,
			    volumes_now.plain + at, len, at).code == XC_OK;
		}
	}
	return good && volumes_same(0, volumes_now.length);
}

static void
test_random(const char *layout, size_t length, bool detached, size_t cache)
{
	bool good;

	volumes_make(layout, length, detached);
	volumes_now.cache = cache;
	good = volumes_start(true) == XC_OK && play(lab_quick() ? 60 : 300) &&
	    volumes_stop() == XC_OK && volumes_start(false) == XC_OK &&
	    play(20) && volumes_stop() == XC_OK;
	tap_ok(good, "%s, %zu bytes%s, cache %zu: as a plain copy", layout,
	    length, detached ? ", detached" : "", cache);
	volumes_unmake();
}

/* The bytes of a file. */
static uint8_t *
load(const char *name, size_t *len)
{
	int fd = open(name, O_RDONLY);
	struct stat st;
	uint8_t *bytes;

	lab_must(fd >= 0 && fstat(fd, &st) == 0, "cannot open");
	*len = (size_t)st.st_size;
	bytes = lab_memory(*len);
	lab_must(read(fd, bytes, *len) == st.st_size, "cannot read");
	close(fd);
	return bytes;
}

static bool
is_as_made(void)
{
	size_t len;
	uint8_t *now = load(VOLUMES_DATA, &len);
	bool same = len == volumes_now.len &&
	    memcmp(now, volumes_now.file, len) == 0;

	free(now);
	return same && disk_count() == 1;
}

/* Who reads changes nothing, and neither does who could write. */
static void
test_reading(const char *layout)
{
	bool good;

	volumes_make(layout, 70000, false);
	good = volumes_start(false) == XC_OK && play(20) &&
	    volume_write(volumes_now.v, "", 1, 0).code == EROFS &&
	    volume_zero(volumes_now.v, 1, 0).code == EROFS &&
	    volume_flush(volumes_now.v).code == XC_OK &&
	    volumes_stop() == XC_OK;
	tap_ok(good && is_as_made(), "%s: reading leaves the file as it is",
	    layout);
	good = volumes_start(true) == XC_OK &&
	    volumes_same(0, volumes_now.length) &&
	    volume_flush(volumes_now.v).code == XC_OK &&
	    volume_write(volumes_now.v, "", 0, 0).code == XC_OK &&
	    volume_write(volumes_now.v, "", 1, 70000).code == XC_E_RANGE &&
	    volume_read(volumes_now.v, &good, 1, UINT64_MAX) == XC_E_RANGE &&
	    volumes_stop() == XC_OK;
	tap_ok(good && is_as_made(), "%s: so does who could write", layout);
	volumes_unmake();
}

/* Readers share it, and one that writes has it alone. */
static void
test_locks(void)
{
	struct volume *other;
	bool good;

	volumes_make("1 512 4096 40", 5000, false);
	good = volumes_start(false) == XC_OK &&
	    volume_open(&other, VOLUMES_DATA, NULL, true).code == XC_E_BUSY &&
	    volume_open(&other, VOLUMES_DATA, NULL, false).code == XC_OK &&
	    volume_close(other).code == XC_OK && volumes_stop() == XC_OK &&
	    volumes_start(true) == XC_OK &&
	    volume_open(&other, VOLUMES_DATA, NULL, false).code == XC_E_BUSY &&
	    volumes_stop() == XC_OK;
	tap_ok(good, "readers share a volume; a writer has it alone");
	volumes_unmake();
}

/* Can a program change the keys in the detached header? */
static int
change_header(void)
{
	struct header h = volumes_now.header;
	uint8_t bytes[HEADER_BYTES];
	int fd, err = headerfile_lock(&fd, VOLUMES_HEADER, false);

	if (err != XC_OK)
		return err;
	h.generation++;
	key_mac_header(bytes, &h, volumes_now.key);
	err = headerfile_replace(fd, VOLUMES_HEADER, bytes).code;
	close(fd);
	return err;
}

/* Changes of its keys wait, and those that did not are not undone. */
static void
test_header(void)
{
	struct header h = { 0 };
	uint8_t bytes[HEADER_BYTES], *now;
	size_t len;
	bool good;

	volumes_make("1 512 4096 40", 5000, true);
	good = volumes_start(true) == XC_OK && change_header() == XC_E_BUSY &&
	    volume_write(volumes_now.v, "new", 3, 0).code == XC_OK &&
	    change_header() == XC_E_BUSY && volumes_stop() == XC_OK &&
	    change_header() == XC_OK;
	tap_ok(good, "a detached header is locked as long as its volume");
	volumes_put();
	good = volumes_start(true) == XC_OK;
	h = volumes_now.header;
	h.generation += 7;
	key_mac_header(bytes, &h, volumes_now.key);
	disk_put(VOLUMES_HEADER, bytes, sizeof(bytes));
	good = good && volume_write(volumes_now.v, "new", 3, 0).code ==
	    XC_E_REPLACED && volumes_stop() == XC_OK && disk_count() == 2;
	now = load(VOLUMES_HEADER, &len);
	tap_ok(good && len == HEADER_BYTES && memcmp(now, bytes, len) == 0,
	    "one that was changed all the same is not written back");
	free(now);
	volumes_unmake();
}

/* Is what is in a moved file whole, and as it must be, and nothing beside? */
static bool
is_whole(const char *name)
{
	lab_must(rename(name, VOLUMES_DATA) == 0, "cannot rename");
	return disk_count() == 1 && volumes_start(false) == XC_OK &&
	    volumes_same(0, volumes_now.length) && volumes_stop() == XC_OK;
}

/* The name goes to another file: nothing passes for written to that. */
static void
test_replaced(const char *layout)
{
	bool good;

	volumes_make(layout, 50000, false);
	good = volumes_start(true) == XC_OK &&
	    rename(VOLUMES_DATA, "moved") == 0 &&
	    volume_write(volumes_now.v, "new", 3, 0).code == XC_E_REPLACED;
	disk_put(VOLUMES_DATA, volumes_now.file, volumes_now.len);
	good = good && volume_write(volumes_now.v, "new", 3, 0).code ==
	    XC_E_REPLACED && volumes_stop() == XC_OK;
	tap_ok(good && is_whole("moved"), "%s: a file that was replaced is not "
	    "written", layout);
	memcpy(volumes_now.plain, "new", 3);
	good = volumes_start(true) == XC_OK &&
	    volume_write(volumes_now.v, "new", 3, 0).code == XC_OK &&
	    rename(VOLUMES_DATA, "moved") == 0;
	disk_put(VOLUMES_DATA, volumes_now.file, volumes_now.len);
	good = good && volume_flush(volumes_now.v).code == XC_E_REPLACED &&
	    volumes_stop() == XC_E_REPLACED;
	tap_ok(good && is_whole("moved"), "%s: nor does a flush succeed, and "
	    "what was moved is whole", layout);
	volumes_unmake();
}

/* Only the side file has a good header: that is read with, and not written. */
static void
test_rescued(const char *layout, bool detached)
{
	const char *file = detached ? VOLUMES_HEADER : VOLUMES_DATA;
	uint8_t *damaged;
	size_t len;
	bool good;

	volumes_make(layout, 5000, detached);
	disk_put(detached ? VOLUMES_HEADER SIDE_SUFFIX :
	    VOLUMES_DATA SIDE_SUFFIX, volumes_now.file, HEADER_BYTES);
	damaged = load(file, &len);
	damaged[HEADER_BYTES - 9] ^= 1;
	disk_put(file, damaged, len);
	free(damaged);
	good = volumes_start(true) == XC_E_UNREPAIRED &&
	    volumes_start(false) == XC_OK &&
	    volume_file(volumes_now.v)->hf.rescued && volumes_same(0, 5000) &&
	    volumes_stop() == XC_OK;
	tap_ok(good && disk_count() == (detached ? 3 : 2), "%s%s: a damaged "
	    "header has to be repaired first", layout,
	    detached ? ", detached" : "");
	volumes_unmake();
}

/* Segment 2 is damaged: only who touches it fails, until it is written. */
static void
test_damage(void)
{
	uint8_t *bytes, got[10000];
	size_t len;
	bool good;

	volumes_make("1 512 4096 40", 20000, false);
	volumes_now.cache = 9000;
	bytes = load(VOLUMES_DATA, &len);
	bytes[HEADER_BYTES + 2 * (4096 + LAYOUT_RECORD) + 77] ^= 1;
	disk_put(VOLUMES_DATA, bytes, len);
	free(bytes);
	good = volumes_start(true) == XC_OK && volumes_same(0, 8192) &&
	    volumes_same(12288, 20000 - 12288) && volumes_now.damaged == 0;
	tap_ok(good, "a damaged segment: others are read");
	good = volume_read(volumes_now.v, got, 10000, 0) == XC_E_DAMAGED &&
	    volumes_now.damaged == 1 && volumes_now.bad_from == 8192 &&
	    volumes_now.bad_to == 12288 &&
	    volume_read(volumes_now.v, got, 1, 12287) == XC_E_DAMAGED;
	tap_ok(good, "reading it fails, and is reported");
	good = volume_write(volumes_now.v, got, 100, 8192).code ==
	    XC_E_DAMAGED &&
	    volume_zero(volumes_now.v, 4095, 8192).code == XC_E_DAMAGED &&
	    volume_read(volumes_now.v, got, 1, 8192) == XC_E_DAMAGED;
	tap_ok(good, "so does writing some of it");
	memset(volumes_now.plain + 8000, 0, 5000);
	good = volume_zero(volumes_now.v, 5000, 8000).code == XC_OK &&
	    volumes_same(0, 20000) && volumes_stop() == XC_OK &&
	    volumes_start(false) == XC_OK && volumes_same(0, 20000) &&
	    volumes_stop() == XC_OK;
	tap_ok(good, "writing all of it heals it");
	volumes_unmake();
}

/* The file with another header, and this many bytes. */
static void
put_changed(struct header *h, size_t len)
{
	uint8_t *bytes = lab_memory(volumes_now.len + 1);

	memcpy(bytes, volumes_now.file, volumes_now.len);
	bytes[volumes_now.len] = 0;
	key_mac_header(bytes, h, volumes_now.key);
	disk_put(VOLUMES_DATA, bytes, len);
	free(bytes);
}

/* A file that is not of the size in its header, or becomes shorter. */
static void
test_sizes(const char *layout)
{
	uint8_t got[100] = { 0 };
	bool good;

	volumes_make(layout, 140000, false);
	put_changed(&volumes_now.header, volumes_now.len + 1);
	good = volumes_start(false) == XC_E_TRAILING;
	put_changed(&volumes_now.header, volumes_now.len - 1);
	tap_ok(good && volumes_start(false) == XC_E_CUT,
	    "%s: another size is refused", layout);
	volumes_put();
	good = volumes_start(true) == XC_OK &&
	    truncate(VOLUMES_DATA, HEADER_BYTES + 70000) == 0 &&
	    volume_read(volumes_now.v, got, 100, 139000) == XC_E_SHRANK &&
	    volume_write(volumes_now.v, got, 100, 139000).code ==
	    XC_E_SHRANK && volumes_same(0, 4096) && volumes_stop() == XC_OK;
	tap_ok(good, "%s: a file that was cut meanwhile", layout);
	volumes_unmake();
}

/* Who does not want reports of damage gets none. */
static void
test_unreported(void)
{
	const struct volume_how how = { .cache = 9000 };
	struct volume *v;
	uint8_t got[100];
	bool good;

	volumes_make("1 512 4096 40", 20000, false);
	volumes_now.file[HEADER_BYTES + 50] ^= 1;
	volumes_put();
	good = volume_open(&v, VOLUMES_DATA, NULL, false).code == XC_OK &&
	    volume_start(v, volumes_key(), &how).code == XC_OK &&
	    volume_read(v, got, 100, 0) == XC_E_DAMAGED &&
	    volume_read(v, got, 100, 8192) == XC_OK &&
	    memcmp(got, volumes_now.plain + 8192, 100) == 0 &&
	    volume_close(v).code == XC_OK;
	tap_ok(good, "damage need not be reported");
	volumes_unmake();
}

/* With tags a write takes two generations; and the length may be unknown. */
static void
test_numbers(void)
{
	struct header h;
	bool good;

	volumes_make("1 512 4096 40", 20000, false);
	h = volumes_now.header;
	h.generation = UINT64_MAX - 1;
	put_changed(&h, volumes_now.len);
	good = volumes_start(true) == XC_OK && volume_write(volumes_now.v,
	    "new", 3, 0).code == XC_E_GENERATION &&
	    volumes_same(0, 20000) && volumes_stop() == XC_OK;
	tap_ok(good && disk_count() == 1, "without a generation left it is "
	    "not written");
	h = volumes_now.header;
	h.length = LAYOUT_UNKNOWN;
	put_changed(&h, volumes_now.len);
	memset(volumes_now.plain, 0, 5000);
	good = volumes_start(true) == XC_OK &&
	    volume_length(volumes_now.v) == 20000 &&
	    volume_zero(volumes_now.v, 5000, 0).code == XC_OK &&
	    volumes_stop() == XC_OK && volumes_start(false) == XC_OK &&
	    volumes_same(0, 20000) && volumes_stop() == XC_OK;
	tap_ok(good, "a length that only the size gives");
	volumes_unmake();
}

#define THREADS 6

/* A thread has every THREADSth sector of the plain copy for itself. */
struct user {
	pthread_t thread;
	size_t first;
	unsigned n;
	bool good;
	uint32_t seed;
};

static uint32_t
next_random(struct user *u)
{
	u->seed = u->seed * 1664525 + 1013904223;
	return u->seed >> 8;
}

static void *
use_sectors(void *context)
{
	struct user *u = context;
	const size_t sectors = volumes_now.length / 512;
	uint8_t got[512], *plain;
	size_t at;

	for (unsigned i = 0; i < u->n && u->good; i++) {
		at = next_random(u) % (sectors / THREADS) * THREADS + u->first;
		plain = volumes_now.plain + at * 512;
		if (next_random(u) % 3 == 0) {
			memset(plain, (int)i, 512);
			u->good = volume_write(volumes_now.v, plain, 512,
			    at * 512).code == XC_OK;
		} else {
			u->good = volume_read(volumes_now.v, got, 512,
			    at * 512) == XC_OK &&
			    memcmp(got, plain, 512) == 0;
		}
		if (i % 50 == 0)
			u->good = u->good &&
			    volume_flush(volumes_now.v).code == XC_OK;
	}
	return NULL;
}

static void
test_threads(const char *layout, size_t cache)
{
	struct user users[THREADS];
	bool good;

	volumes_make(layout, 300000, false);
	volumes_now.cache = cache;
	good = volumes_start(true) == XC_OK;
	for (size_t i = 0; i < THREADS; i++) {
		users[i] = (struct user){ .first = i, .good = true,
		    .n = lab_quick() ? 200 : 2000, .seed = (uint32_t)i };
		lab_must(pthread_create(&users[i].thread, NULL, use_sectors,
		    &users[i]) == 0, "no thread");
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(users[i].thread, NULL);
		good = good && users[i].good;
	}
	good = good && volumes_same(0, 300000) && volumes_stop() == XC_OK &&
	    volumes_start(false) == XC_OK && volumes_same(0, 300000) &&
	    volumes_stop() == XC_OK;
	tap_ok(good, "%s: %d threads, cache %zu", layout, THREADS, cache);
	volumes_unmake();
}

int
main(void)
{
	static const size_t lengths[] = { 1, 15, 16, 4096, 4096 + 16,
	    65536 + 511, 3 * 65536, 2 * 65536 + 15, 2 * 65536 + 4096 + 48 };
	static const char *const layouts[] = { "0 512 0 40", "0 4096 0 40",
	    "1 512 4096 40", "1 4096 65536 40" };

	lab_start();
	lab_enter("/dev/shm");
	for (size_t i = 0; i < LAB_COUNT(layouts); i++)
		for (size_t j = 0; j < LAB_COUNT(lengths); j++)
			test_random(layouts[i], lengths[j], j % 2 == 0,
			    j % 3 == 0 ? 0 : 100000);
	/* More than one span. */
	test_random("0 4096 0 20", ((size_t)5 << 19) + 512, false, 0);
	test_random("1 512 65536 20", ((size_t)5 << 19) + 7, true, 1 << 20);
	for (size_t i = 0; i < LAB_COUNT(layouts); i++) {
		test_reading(layouts[i]);
		test_replaced(layouts[i]);
		test_rescued(layouts[i], i % 2 == 1);
		test_sizes(layouts[i]);
		test_threads(layouts[i], 0);
		/* Without tags there is no cache. */
		if (layouts[i][0] == '1')
			test_threads(layouts[i], 200000);
	}
	test_locks();
	test_header();
	test_damage();
	test_unreported();
	test_numbers();
	lab_leave();
	return tap_done();
}
