/* SPDX-License-Identifier: ISC */
/*
 * Random access: the same operations on a volume and on a plain copy, for both
 * modes, all sizes of units and segments that matter, tails and spans.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "disk.h"
#include "lab.h"
#include "tap.h"
#include "volume.h"

#define DATA "data"
#define HEAD "head"

/* A file to use, its plaintext, and how. */
static struct {
	bool detached;
	struct layout layout;
	struct header header;
	struct key *key;
	size_t length;
	uint8_t *plain;
	struct volume *v;
	size_t cache;
	unsigned damaged;
	uint64_t bad_from, bad_to;
} now;

static void
count_damage(void *context, uint64_t from, uint64_t to)
{
	(void)context;
	now.damaged++;
	now.bad_from = from;
	now.bad_to = to;
}

/* Make the file. */
static void
make(const char *layout, size_t length, bool detached)
{
	struct lab lab = { 0 };
	uint8_t *file, header[HEADER_BYTES];
	size_t at = detached ? 0 : HEADER_BYTES;

	now.layout = lab_layout(layout);
	now.length = length;
	now.detached = detached;
	lab_header(&now.header, &now.key, &now.layout, length);
	key_mac_header(header, &now.header, now.key);
	now.plain = lab_memory(length);
	lab_pattern(now.plain, length);
	lab.layout = now.layout;
	lab.key = now.key;
	lab.length = length;
	lab_run(&lab, XTS_ENCRYPT, now.plain, length);
	lab_must(lab.err == XC_OK, "cannot encrypt");
	file = lab_memory(at + lab.len);
	memcpy(file, header, at);
	memcpy(file + at, lab.out, lab.len);
	disk_put(DATA, file, at + lab.len);
	if (detached)
		disk_put(HEAD, header, sizeof(header));
	free(file);
	lab_free(&lab);
}

static void
unmake(void)
{
	free(now.plain);
	key_free(now.key);
	disk_clear();
}

/* A copy: the volume frees it. */
static struct key *
copy_key(void)
{
	struct key *key = sodium_malloc(sizeof(*key));

	lab_must(key != NULL, "no memory");
	memcpy(key, now.key, sizeof(*key));
	return key;
}

static int
start(bool writable)
{
	const struct volume_how how = {
		.cache = now.cache, .damaged = count_damage
	};
	struct err err = volume_open(&now.v, DATA, now.detached ? HEAD : NULL,
	    writable);

	now.damaged = 0;
	if (err.code == XC_OK)
		err = volume_start(now.v, copy_key(), &how);
	return err.code;
}

static int
stop(void)
{
	int err = volume_close(now.v).code;

	now.v = NULL;
	return err;
}

/* A random place, and a length that is often that of a sector. */
static void
choose(size_t *at, size_t *len)
{
	const uint32_t length = (uint32_t)now.length;

	*at = randombytes_uniform(length);
	*len = randombytes_uniform(3) == 0 ? 1 + randombytes_uniform(length) :
	    512u << randombytes_uniform(4);
	if (randombytes_uniform(2) == 0)
		*at = *at / 512 * 512;
	if (*len > now.length - *at)
		*len = now.length - *at;
}

static bool
same(size_t at, size_t len)
{
	uint8_t *got = lab_memory(len);
	bool good = volume_read(now.v, got, len, at) == XC_OK &&
	    memcmp(got, now.plain + at, len) == 0;

	free(got);
	return good;
}

/* Read, write and zero at random. */
static bool
play(unsigned n)
{
	const bool writable = volume_writable(now.v);
	bool good = true;
	size_t at, len;

	for (unsigned i = 0; i < n && good; i++) {
		choose(&at, &len);
		switch (randombytes_uniform(writable ? 4 : 1)) {
		case 0:
			good = same(at, len);
			break;
		case 1:
			memset(now.plain + at, 0, len);
			good = volume_zero(now.v, len, at) == XC_OK;
			break;
		case 2:
			good = volume_flush(now.v) == XC_OK;
			/* FALLTHROUGH */
		default:
			randombytes_buf(now.plain + at, len);
			good = good && volume_write(now.v, now.plain + at, len,
			    at) == XC_OK;
		}
	}
	return good && same(0, now.length);
}

static void
test_random(const char *layout, size_t length, bool detached, size_t cache)
{
	bool good;

	make(layout, length, detached);
	now.cache = cache;
	good = start(true) == XC_OK && play(300) && stop() == XC_OK &&
	    start(false) == XC_OK && play(20) && stop() == XC_OK;
	tap_ok(good, "%s, %zu bytes%s, cache %zu: as a plain copy", layout,
	    length, detached ? ", detached" : "", cache);
	unmake();
}

int
main(void)
{
	static const size_t lengths[] = { 1, 15, 16, 4096, 4096 + 16,
	    65536 + 511, 3 * 65536, 2 * 65536 + 15, 2 * 65536 + 4096 + 48 };
	static const char *const layouts[] = { "0 512 0 40", "0 4096 0 40",
	    "1 512 4096 40", "1 4096 65536 40" };
	char shm[] = "/dev/shm/test_volume-XXXXXX";
	char tmp[] = "/tmp/test_volume-XXXXXX", *dir = shm;

	lab_start();
	if (mkdtemp(dir) == NULL)
		dir = mkdtemp(tmp);
	lab_must(dir != NULL && chdir(dir) == 0, "no directory");
	for (size_t i = 0; i < LAB_COUNT(layouts); i++)
		for (size_t j = 0; j < LAB_COUNT(lengths); j++)
			test_random(layouts[i], lengths[j], j % 2 == 0,
			    j % 3 == 0 ? 0 : 100000);
	lab_must(chdir("/") == 0 && rmdir(dir) == 0, "cannot clean up");
	return tap_done();
}
