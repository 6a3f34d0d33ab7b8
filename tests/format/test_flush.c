/* SPDX-License-Identifier: ISC */
/*
 * What a flush costs, and what is left when it fails.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "chance.h"
#include "disk.h"
#include "fault.h"
#include "lab.h"
#include "output.h"
#include "tap.h"
#include "volumes.h"

#define LENGTH 20000
#define SEGMENT 16384
#define CALLS_MAX 100

/*
 * Write and flush; the nth call of the flush fails.  After an fsync that fails
 * nothing is written; a page that cannot be read is missed only where a part of
 * it is written.
 */
static bool
fails_for_good(unsigned nth, bool *over, unsigned *unread)
{
	bool good, failed;
	int err;

	volumes_put();
	lab_pattern(volumes_now.plain, LENGTH);
	good = volumes_start(true) == XC_OK &&
	    volume_write(volumes_now.v, volumes_now.plain, 100,
	    0).code == XC_OK &&
	    volume_flush(volumes_now.v).code == XC_OK &&
	    volume_write(volumes_now.v, volumes_now.plain, 100,
	    0).code == XC_OK &&
	    volume_write(volumes_now.v, volumes_now.plain + 9000, 100,
	    9000).code == XC_OK;
	fault_set((struct fault){ .at = nth, .error = EIO });
	err = volume_flush(volumes_now.v).code;
	failed = fault.calls >= nth && fault.hit == FAULT_FSYNC;
	*over = fault.calls < nth;
	*unread += !*over && fault.hit == FAULT_READ && err == XC_OK;
	fault_set((struct fault){ 0 });
	if (failed)
		good = good && err == EIO && volume_write(volumes_now.v,
		    volumes_now.plain, 1, 0).code == EIO &&
		    volume_flush(volumes_now.v).code == EIO &&
		    volumes_same(0, LENGTH);
	return (volumes_stop() == XC_OK) == (err == XC_OK) && good &&
	    (!*over || err == XC_OK);
}

static void
test_fsync(void)
{
	bool good = true, over = false;
	unsigned unread = 0;

	for (unsigned i = 1; i < CALLS_MAX && good && !over; i++)
		good = fails_for_good(i, &over, &unread);
	tap_ok(good && over, "after a failed fsync nothing is written");
	tap_ok(unread > 0, "a page that is written whole need not be read");
}

/* Count the reads of a flush after a write. */
static unsigned
count_reads(size_t len, size_t at)
{
	unsigned reads;

	lab_must(volume_write(volumes_now.v, volumes_now.plain + at, len,
	    at).code == XC_OK, "cannot write");
	fault_set((struct fault){ 0 });
	lab_must(volume_flush(volumes_now.v).code == XC_OK, "cannot flush");
	reads = fault.reads;
	fault_set((struct fault){ 0 });
	return reads;
}

/* Only pages of which a part is written are read: with the record, two. */
static void
test_reads(void)
{
	bool good;

	volumes_put();
	lab_pattern(volumes_now.plain, LENGTH);
	lab_must(volumes_start(true) == XC_OK, "cannot open");
	good = count_reads(SEGMENT, 0) == 1;
	tap_ok(good, "of a segment that is written whole none is read, but "
	    "for the page that another is in");
	good = count_reads(4096, 4096) == 1;
	tap_ok(good, "nor of pages that are, or are not written at all");
	good = count_reads(512, 0) == 2;
	tap_ok(good && volumes_same(0, LENGTH) && volumes_stop() == XC_OK &&
	    volumes_start(false) == XC_OK && volumes_same(0, LENGTH) &&
	    volumes_stop() == XC_OK, "pages written in part are read");
}

static struct {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	unsigned n;		/* threads that have come to an fsync */
} arrived = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

/* Wait until there are n of them, or some time has passed. */
static void
await_syncs(unsigned n)
{
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&arrived.lock);
	while (arrived.n < n && err != ETIMEDOUT)
		err = pthread_cond_timedwait(&arrived.moved, &arrived.lock,
		    &until);
	pthread_mutex_unlock(&arrived.lock);
}

/* The first fsync fails; but before, let another thread come to one, too. */
static void
let_another_come(void)
{
	pthread_mutex_lock(&arrived.lock);
	if (arrived.n++ == 0)
		fault.at = fault.calls + 1;
	pthread_cond_broadcast(&arrived.moved);
	pthread_mutex_unlock(&arrived.lock);
	await_syncs(2);
}

static void *
flush_too(void *err)
{
	await_syncs(1);
	*(int *)err = volume_flush(volumes_now.v).code;
	return NULL;
}

/*
 * Of two flushes at a time neither succeeds if an fsync fails: it reports what
 * the other thread wrote, too, and only once.
 */
static void
test_two(const char *layout)
{
	pthread_t thread;
	int one, other;

	volumes_make(layout, LENGTH, false);
	volumes_now.cache = 100000;
	lab_must(volumes_start(true) == XC_OK && volume_write(volumes_now.v,
	    "new", 3, 0).code == XC_OK, "cannot write");
	arrived.n = 0;
	fault_set((struct fault){
	    .before_sync = let_another_come, .error = EIO });
	lab_must(pthread_create(&thread, NULL, flush_too, &other) == 0,
	    "no thread");
	one = volume_flush(volumes_now.v).code;
	pthread_join(thread, NULL);
	fault_set((struct fault){ 0 });
	tap_ok(one == EIO && other == EIO, "%s: an fsync that fails is that of "
	    "all who flush", layout);
	(void)volumes_stop();
	volumes_unmake();
}

/* What a lone write of 4096 bytes costs, flushed. */
static void
test_cost(void)
{
	size_t bytes = 0, n;
	unsigned syncs = 0;
	bool good;

	volumes_put();
	good = volumes_start(true) == XC_OK &&
	    volume_write(volumes_now.v, volumes_now.plain, 1,
	    0).code == XC_OK &&
	    volume_flush(volumes_now.v).code == XC_OK;
	disk_begin();
	good = good && volume_write(volumes_now.v, volumes_now.plain, 4096,
	    8192).code == XC_OK && volume_flush(volumes_now.v).code == XC_OK;
	n = disk_end();
	for (size_t i = 0; i < n; i++) {
		const struct fault_record *r = disk_change(i);

		syncs += r->change == FAULT_SYNCED;
		if (r->change == FAULT_WRITTEN)
			bytes += r->len;
	}
	good = volumes_stop() == XC_OK && good;
	tap_ok(good && bytes <= 32768 && syncs == 1,
	    "4096 bytes, flushed, write %zu and sync %u times", bytes, syncs);
}

static size_t flushed;		/* changes until then */

static void
make_file(void)
{
	struct output o;
	int err = output_open(&o, VOLUMES_DATA, 0, NULL);

	if (err == XC_OK)
		err = io_write(&o.io, volumes_now.file, volumes_now.len, 0);
	if (err == XC_OK)
		(void)output_commit(&o, volumes_now.len, NULL);
	output_abort(&o);
}

static bool
is_flushed(void)
{
	bool good;

	flushed = SIZE_MAX;
	if (access(VOLUMES_DATA, F_OK) != 0)
		return true;
	lab_pattern(volumes_now.plain, LENGTH);
	memset(volumes_now.plain, 1, 512);
	good = volumes_start(true) == XC_OK && volume_write(volumes_now.v,
	    volumes_now.plain, 512, 0).code == XC_OK &&
	    volume_flush(volumes_now.v).code == XC_OK;
	flushed = fault_nrecords;
	return volumes_stop() == XC_OK && good;
}

static bool
is_there(size_t n)
{
	bool good;

	if (n < flushed)
		return true;
	if (volumes_start(true) != XC_OK)
		return false;
	good = volumes_same(0, LENGTH);
	return volumes_stop() == XC_OK && good;
}

/* Its maker was killed: the name of the file may be in memory alone. */
static void
test_name(const char *layout)
{
	struct chance_game game = { .mends = is_there, .most = 6 };
	struct chance_runs runs = { .set_up = disk_clear, .first = make_file,
	    .next = is_flushed };
	bool good;

	volumes_make(layout, LENGTH, false);
	volumes_now.cache = 100000;
	good = chance_relay(&game, &runs);
	tap_ok(good && game.states > 10, "%s: what is flushed has its name, "
	    "%u states", layout, game.states);
	volumes_unmake();
}

int
main(void)
{
	lab_start();
	lab_enter("/dev/shm");
	volumes_make("1 512 16384 40", LENGTH, false);
	volumes_now.cache = 100000;
	test_fsync();
	test_reads();
	test_cost();
	volumes_unmake();
	test_two("0 512 0 40");
	test_two("1 512 16384 40");
	test_name("0 512 0 40");
	test_name("1 512 16384 40");
	lab_leave();
	return tap_done();
}
