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

#include "lab.h"
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
			good = volume_zero(volumes_now.v, len, at) == XC_OK;
			break;
		case 2:
			good = volume_flush(volumes_now.v) == XC_OK;
			/* FALLTHROUGH */
		default:
			randombytes_buf(volumes_now.plain + at, len);
			good = good && volume_write(volumes_now.v, volumes_now.plain + at, len,
			    at) == XC_OK;
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
	good = volumes_start(true) == XC_OK && play(300) && volumes_stop() == XC_OK &&
	    volumes_start(false) == XC_OK && play(20) && volumes_stop() == XC_OK;
	tap_ok(good, "%s, %zu bytes%s, cache %zu: as a plain copy", layout,
	    length, detached ? ", detached" : "", cache);
	volumes_unmake();
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
