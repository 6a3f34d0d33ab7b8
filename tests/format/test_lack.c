/* SPDX-License-Identifier: ISC */
/*
 * Memory that there is not, and files that cannot be looked at: each allocation
 * of a piece of work fails, each look, and each other call.  Then the error is
 * that one, or none if the work was done all the same; what was there is there
 * still, and the work can be done again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "disk.h"
#include "fault.h"
#include "lab.h"
#include "pair.h"
#include "path.h"
#include "place.h"
#include "tap.h"
#include "volumes.h"

#define LENGTH 20000
#define DATA "pair"
#define HEADER "pair.header"
#define BYTES 5000

/* A piece of work: it is prepared, done, and what there is must be whole. */
struct work {
	const char *what;
	void (*prepare)(void);
	int (*work)(void);
	bool (*whole)(bool done);
	unsigned allocations, looks, calls;	/* at least; 0: not tried */
};

static uint8_t before[LENGTH], after[LENGTH];
static uint8_t old[HEADER_BYTES], new[HEADER_BYTES];
static uint8_t old_data[BYTES], new_data[BYTES];

static void
put_volume(void)
{
	volumes_put();
	memcpy(volumes_now.plain, before, LENGTH);
}

/* As a program leaves it that dies after a flush. */
static void
put_unclosed(void)
{
	put_volume();
	lab_must(volumes_start(true) == XC_OK && volume_write(volumes_now.v,
	    before, LENGTH, 0).code == XC_OK &&
	    volume_flush(volumes_now.v).code == XC_OK, "cannot use it");
	fault_set((struct fault){ .at = 1, .error = EIO });
	lab_must(volumes_stop() != XC_OK, "it is closed");
}

/* Closed, but its journal is still there. */
static void
put_left(void)
{
	put_volume();
	lab_must(volumes_start(true) == XC_OK && volume_write(volumes_now.v,
	    before, LENGTH, 0).code == XC_OK &&
	    link(volumes_journal(), "kept") == 0 &&
	    volumes_stop() == XC_OK &&
	    rename("kept", volumes_journal()) == 0, "cannot use it");
}

/* After a failure others may succeed, but never the flush that failed. */
static void
use_further(int flushed)
{
	uint8_t got[700];

	(void)volume_write(volumes_now.v, after + 9000, 512, 9000);
	(void)volume_read(volumes_now.v, got, sizeof(got), 9000);
	(void)volume_write(volumes_now.v, after, LENGTH, 0);
	/* A look comes when all is durable, and may be repeated. */
	lab_must(flushed == XC_OK || fault.look > 0 ||
	    volume_flush(volumes_now.v).code == EIO,
	    "another flush succeeds");
}

/* Read a part of it, write another, all of it in the end, and flush. */
static int
use_volume(void)
{
	uint8_t got[700];
	int err, closed, flushed = XC_OK;

	memcpy(volumes_now.plain, after, LENGTH);
	if ((err = volumes_start(true)) != XC_OK)
		return err;
	err = volume_read(volumes_now.v, got, sizeof(got), 4000);
	if (err == XC_OK)
		err = volume_write(volumes_now.v, after + 4000, 512,
		    4000).code;
	if (err == XC_OK)
		err = volume_write(volumes_now.v, after, LENGTH, 0).code;
	if (err == XC_OK)
		err = flushed = volume_flush(volumes_now.v).code;
	if (err != XC_OK)
		use_further(flushed);
	closed = volumes_stop();
	return err == XC_OK ? closed : err;
}

/* All of it is authentic, and each byte is one that it had. */
static bool
volume_is_whole(bool done)
{
	static uint8_t got[LENGTH];
	bool good = volumes_start(true) == XC_OK;

	if (!good)
		return false;
	good = volume_read(volumes_now.v, got, LENGTH, 0) == XC_OK;
	for (size_t i = 0; i < LENGTH && good; i++)
		good = got[i] == after[i] || (!done && got[i] == before[i]);
	return volumes_stop() == XC_OK && good;
}

static void
put_pair(void)
{
	disk_clear();
	disk_put(DATA, old_data, BYTES);
	disk_put(HEADER, old, HEADER_BYTES);
}

static int
write_pair(struct output *data, struct output *header)
{
	int err = output_open(data, DATA, OUTPUT_REPLACE, NULL);

	if (err == XC_OK)
		err = output_open(header, HEADER, OUTPUT_REPLACE, NULL);
	if (err == XC_OK)
		err = io_write(&data->io, new_data, BYTES, 0);
	if (err == XC_OK)
		err = io_write(&header->io, new, HEADER_BYTES, 0);
	if (err == XC_OK)
		err = output_settle(data, BYTES, NULL);
	if (err == XC_OK)
		err = output_settle(header, HEADER_BYTES, NULL);
	return err == XC_OK ? pair_place(data, header).code : err;
}

static int
replace_pair(void)
{
	struct output data = { 0 }, header = { 0 };
	int err = write_pair(&data, &header);

	output_abort(&data);
	output_abort(&header);
	return err;
}

static bool
holds(const char *name, const uint8_t *bytes, size_t len)
{
	uint8_t got[HEADER_BYTES + BYTES];
	int fd = open(name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, got, sizeof(got));

	close(fd);
	return n == (ssize_t)len && memcmp(got, bytes, len) == 0;
}

/* Both are new, or both are old. */
static bool
pair_is_whole(bool done)
{
	return (holds(DATA, new_data, BYTES) &&
	    holds(HEADER, new, HEADER_BYTES)) ||
	    (!done && holds(DATA, old_data, BYTES) &&
	    holds(HEADER, old, HEADER_BYTES));
}

/* Links to a file by its whole name, and beside them. */
static void
put_links(void)
{
	char target[256];

	disk_clear();
	disk_put("file", old, 1);
	lab_must(getcwd(target, sizeof(target) - 8) != NULL, "no folder");
	strcat(target, "/file");
	lab_must(symlink(target, "whole") == 0 &&
	    symlink("whole", "beside") == 0, "no links");
}

static int
follow_links(void)
{
	char *at;
	int err = path_beside(&at, "beside", ".more");

	if (err == XC_OK && (at[0] != '/' ||
	    strcmp(strrchr(at, '/'), "/file.more") != 0))
		err = XC_E_MAGIC;
	free(at);
	return err;
}

static bool
links_are_whole(bool done)
{
	int fd = open("/dev/null", O_RDONLY);
	bool good = follow_links() == XC_OK &&
	    path_holds("beside", fd) == XC_E_REPLACED &&
	    path_holds("no file", fd) == XC_E_REPLACED &&
	    path_holds("/dev/null", fd) == XC_OK &&
	    path_holds("/dev/zero", fd) == XC_E_REPLACED;

	(void)done;
	close(fd);
	return good;
}

static const struct work pairs = {
	"a pair is replaced", put_pair, replace_pair, pair_is_whole, 4, 10, 0
}, links = {
	"links are followed", put_links, follow_links, links_are_whole, 1, 4, 0
}, units = {
	"units are used", put_volume, use_volume, volume_is_whole, 12, 0, 20
}, volumes[] = {
	{ "a volume is used", put_volume, use_volume, volume_is_whole, 12,
	    10, 0 },
	{ "a volume that was not closed", put_unclosed, use_volume,
	    volume_is_whole, 12, 0, 0 },
	{ "a volume with a journal left", put_left, use_volume,
	    volume_is_whole, 12, 0, 20 }
};

/* Do it, as f says; false: something is wrong.  *over: nothing has failed. */
static bool
fails(const struct work *w, struct fault f, bool *over)
{
	bool good;
	int err;

	w->prepare();
	fault_set(f);
	err = w->work();
	*over = fault.allocations < f.lack || fault.looks < f.look ||
	    fault.calls < f.at;
	fault_set((struct fault){ 0 });
	good = err == XC_OK || (!*over && (f.lack == 0 ? err == f.error :
	    err == ENOMEM || err == EAGAIN));
	if (!good || !w->whole(err == XC_OK))
		tap_note("error %d", err);
	else if ((err = w->work()) != XC_OK || !w->whole(true))
		tap_note("not again: error %d", err);
	else
		return true;
	return false;
}

enum kind { ALLOCATION, LOOK, CALL };

/* Each of this kind fails, of which there are least or more. */
static void
test_each(const struct work *w, const char *how, enum kind kind, unsigned least)
{
	static const char *const kinds[] = { "allocation", "look", "call" };
	bool over = false;
	unsigned n = 1, bad = 0;

	for (; !over; n += lab_quick() ? 1 + randombytes_uniform(9) : 1) {
		struct fault f = { .error = EIO };

		*(kind == ALLOCATION ? &f.lack : kind == LOOK ? &f.look :
		    &f.at) = n;
		if (fails(w, f, &over))
			continue;
		tap_note("%s %u", kinds[kind], n);
		bad++;
	}
	tap_ok(bad == 0 && n > least, "%s%s%s: each %s fails", w->what,
	    how[0] == '\0' ? "" : ", ", how, kinds[kind]);
}

static void
test_work(const struct work *w, const char *how)
{
	test_each(w, how, ALLOCATION, w->allocations);
	if (w->looks > 0)
		test_each(w, how, LOOK, w->looks);
	if (w->calls > 0)
		test_each(w, how, CALL, w->calls);
}

static void
test_volume(const struct work *w, const char *layout, bool detached)
{
	volumes_make(layout, LENGTH, detached);
	memcpy(before, volumes_now.plain, LENGTH);
	randombytes_buf(after, LENGTH);
	volumes_now.cache = 9000;
	test_work(w, layout);
	volumes_unmake();
}

/* Opened as a file, a descriptor would be read from its start again. */
static void
test_descriptor(void)
{
	bool good = symlink("/dev/fd/7", "named") == 0;

	for (unsigned n = 1; n < 9; n++) {
		fault_set((struct fault){ .lack = n });
		good = good && path_descriptor("/dev/fd/7") == 7 &&
		    path_descriptor("named") == 7;
	}
	fault_set((struct fault){ 0 });
	tap_ok(good, "a descriptor is one without memory, too");
}

static int
compare(bool *same)
{
	struct place one, other = { .folder = -1 };
	int err = place_find(&one, "new");

	if (err == XC_OK)
		err = place_find(&other, "./new");
	if (err == XC_OK)
		err = place_same(same, &one, &other);
	place_leave(&one);
	place_leave(&other);
	return err;
}

/* Two outputs of one name, taken for two files, would replace each other. */
static void
test_same(void)
{
	bool same = false, good = true;
	unsigned n = 0, lacks, looks;

	do {
		n++;
		fault_set((struct fault){ .lack = n, .error = EIO });
		same = false;
		good = good && (compare(&same) == ENOMEM || same);
		lacks = fault.allocations;
		fault_set((struct fault){ .look = n, .error = EIO });
		same = false;
		good = good && (compare(&same) == EIO || same);
		looks = fault.looks;
	} while (lacks >= n || looks >= n);
	fault_set((struct fault){ 0 });
	tap_ok(good && n > 4, "what cannot be compared does not differ");
}

static void
make_pair(uint8_t header[HEADER_BYTES], uint8_t data[BYTES])
{
	struct layout l = LAYOUT_DEFAULT;
	struct header h;
	struct key *key;

	lab_header(&h, &key, &l, BYTES - LAYOUT_RECORD);
	key_mac_header(header, &h, key);
	key_free(key);
	randombytes_buf(data, BYTES);
}

int
main(void)
{
	lab_start();
	lab_enter("/dev/shm");
	for (size_t i = 0; i < LAB_COUNT(volumes); i++)
		test_volume(&volumes[i], "1 512 4096 40", i % 2 == 1);
	test_volume(&units, "0 512 0 40", true);
	make_pair(old, old_data);
	make_pair(new, new_data);
	test_work(&pairs, "");
	test_work(&links, "");
	test_descriptor();
	test_same();
	disk_clear();
	lab_leave();
	return tap_done();
}
