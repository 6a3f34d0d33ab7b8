/* SPDX-License-Identifier: ISC */
/*
 * Files that are written in parts, with the power gone at every moment: of what
 * was not synced, each sector may be there, or not, or torn.  From each state
 * that a disk may be left in, the parts that had not ended well by then are
 * written again, and no others; the file is whole then, and not before that.
 * With an fsync left out, some state shows it.  And calls that fail, and files
 * that are not what their names say.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "chance.h"
#include "disk.h"
#include "inparts.h"
#include "lab.h"
#include "partfile.h"
#include "tap.h"

#define CALLS_MAX 200	/* of an action */
#define OUT_PARTS INPARTS_OUT PARTFILE_SUFFIX

/* The changes when each action has ended well. */
static size_t ends[INPARTS_ACTIONS];
static enum fault_call hit;	/* the call that failed, */
static bool done;		/* or there was none */

/*
 * A side file of which the first sector is torn is not known for one: it is
 * refused, and moved away by hand.
 */
static int
finish(void)
{
	int err = inparts_act(INPARTS_FINISH);

	if (err != XC_E_SIDE)
		return err;
	lab_must(unlink(INPARTS_DATA SIDE_SUFFIX) == 0, "no side file");
	return inparts_act(INPARTS_FINISH);
}

/*
 * Do "header restore": of a header of which the first sector is torn, nothing
 * shows that the one in the side file is its own.
 */
static void
restore(void)
{
	uint8_t bytes[HEADER_BYTES];
	struct header h;
	int fd = open(INPARTS_DATA SIDE_SUFFIX, O_RDONLY);

	if (fd < 0)
		return;
	if (read(fd, bytes, sizeof(bytes)) == sizeof(bytes) &&
	    header_decode(&h, bytes) == XC_OK) {
		close(fd);
		fd = open(INPARTS_DATA, O_WRONLY);
		lab_must(pwrite(fd, bytes, sizeof(bytes), 0) == sizeof(bytes),
		    "cannot write");
	}
	close(fd);
}

/* The parts that had not ended well after n changes, and then the end. */
static bool
recovers(size_t n)
{
	const bool lost = ends[INPARTS_CREATE] > n;
	int err = inparts_look();

	if (err == XC_E_MAGIC) {
		restore();
		err = inparts_look();
	}
	if (err == XC_OK)
		return true;
	/* Nothing passes for whole before it is. */
	if (n >= ends[INPARTS_FINISH] || (err != XC_E_PARTS && !lost))
		return false;
	if (lost && inparts_act(INPARTS_CREATE) != XC_OK)
		return false;
	if ((lost || ends[INPARTS_PART_1] > n) &&
	    inparts_act(INPARTS_PART_1) != XC_OK)
		return false;
	/* What is written again may be damaged until that has ended. */
	if ((lost || ends[INPARTS_PART_2] > n || (n > ends[INPARTS_PART_1] &&
	    ends[INPARTS_AGAIN] > n)) && inparts_act(INPARTS_PART_2) != XC_OK)
		return false;
	return finish() == XC_OK && inparts_look() == XC_OK;
}

static struct chance_game game = { .mends = recovers };

/* Record the changes of all that is done; how many there are. */
static size_t
record(void)
{
	disk_clear();
	if (inparts_now->direction == XTS_DECRYPT)
		lab_must(inparts_create(0) == XC_OK, "cannot encrypt");
	disk_begin();
	for (int a = 0; a < INPARTS_ACTIONS; a++) {
		lab_must(inparts_act((enum inparts_action)a) == XC_OK,
		    "cannot be done");
		ends[a] = fault_nrecords;
	}
	return disk_end();
}

static void
drop(size_t i)
{
	disk_drop(i);
	for (int a = 0; a < INPARTS_ACTIONS; a++)
		ends[a] -= i < ends[a];
}

/* Find the first fsync after one action, until the end of another. */
static size_t
find_sync(enum inparts_action from, enum inparts_action to)
{
	for (size_t i = ends[from]; i < ends[to]; i++)
		if (disk_change(i)->change == FAULT_SYNCED)
			return i;
	lab_must(false, "no such fsync");
	return 0;
}

/* A part without its fsync: that it has ended well is then not true. */
static void
test_part_sync(void)
{
	size_t n = record();

	drop(find_sync(INPARTS_PART_2, INPARTS_PART_1));
	/* Those that come later would make up for it. */
	for (size_t i = n - 2; i >= ends[INPARTS_PART_1]; i--)
		if (disk_change(i)->change == FAULT_SYNCED &&
		    i < ends[INPARTS_AGAIN])
			drop(i);
	tap_ok(!chance_play(&game, 0, ends[INPARTS_AGAIN], false),
	    "%s: a part that is not synced is seen", inparts_now->what);
}

/*
 * Parts that were killed after their last write, before their fsync, are there:
 * whoever finishes the file syncs what they wrote.
 */
static void
test_last_sync(void)
{
	size_t n;

	for (int without = 0; without < 2; without++) {
		n = record();
		for (size_t i = ends[INPARTS_AGAIN];
		    i > ends[INPARTS_CREATE]; i--)
			if (disk_change(i - 1)->change == FAULT_SYNCED) {
				drop(i - 1);
				n--;
			}
		/* Before all is compared, and after that. */
		for (int i = 0; without && i < 2; i++, n--)
			drop(find_sync(INPARTS_AGAIN, INPARTS_FINISH));
		for (int a = INPARTS_PART_2; a <= INPARTS_AGAIN; a++)
			ends[a] = n + 1;
		tap_ok(chance_play(&game, 0, n, !without) == !without, without ?
		    "%s: a finish that does not sync is seen" :
		    "%s: parts that were killed at their end are made durable",
		    inparts_now->what);
	}
}

static void
test_power(void)
{
	size_t n = record();
	bool good;

	tap_ok(inparts_look() == XC_OK, "%s: it is done", inparts_now->what);
	game.states = 0;
	good = chance_play(&game, 0, n, true);
	tap_ok(good && game.states > n, "%s: power gone, %u states of the disk",
	    inparts_now->what, game.states);
}

static void
set_up(void)
{
	inparts_until(INPARTS_CREATE);
}

static void
begin(void)
{
	if (inparts_act(INPARTS_CREATE) == XC_OK)
		(void)inparts_act(INPARTS_PART_2);
}

/* Write the parts of what is there; it may be in memory until one has ended. */
static bool
goes_on(void)
{
	const bool there = inparts_look() == XC_E_PARTS;
	int a = there ? INPARTS_PART_2 : INPARTS_CREATE;

	for (; a < INPARTS_ACTIONS; a++) {
		if (a != INPARTS_AGAIN &&
		    inparts_act((enum inparts_action)a) != XC_OK)
			return false;
		ends[a] = fault_nrecords;
	}
	if (there)
		ends[INPARTS_CREATE] = ends[INPARTS_PART_2];
	return true;
}

/* The one that makes the file is cut short, and others write the parts. */
static void
test_relay(void)
{
	struct chance_runs runs = { .set_up = set_up, .first = begin,
	    .next = goes_on };
	struct chance_game g = { .mends = recovers,
	    .most = lab_all() ? 24 : 3 };
	bool good = chance_relay(&g, &runs);

	tap_ok(good && runs.calls > 10, "%s: a call fails, parts are written, "
	    "and the power is gone, %u states", inparts_now->what, g.states);
}

/* Put another file's header there, or begin the plaintext again. */
static void
put_another(void)
{
	const bool encrypts = inparts_now->direction == XTS_ENCRYPT;
	const char *name = encrypts ? INPARTS_HEADER : OUT_PARTS;
	uint8_t bytes[HEADER_BYTES] = { 1 };
	int fd;

	lab_must(unlink(name) == 0, "it was there");
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	lab_must(write(fd, bytes, sizeof(bytes)) == sizeof(bytes) &&
	    ftruncate(fd, encrypts ? HEADER_BYTES :
	    (off_t)inparts_now->length) == 0, "cannot write");
	close(fd);
}

/* What was not verified is neither replaced nor given the name. */
static void
test_another(void)
{
	uint8_t bytes[2] = { 0, 0 };
	int fd, err;

	inparts_until(INPARTS_FINISH);
	inparts_meanwhile = put_another;
	err = inparts_act(INPARTS_FINISH);
	inparts_meanwhile = NULL;
	fd = open(inparts_now->direction == XTS_ENCRYPT ? INPARTS_HEADER :
	    OUT_PARTS, O_RDONLY);
	tap_ok(err == XC_E_REPLACED && access(INPARTS_OUT, F_OK) != 0 &&
	    read(fd, bytes, 2) == 2 && bytes[0] == 1 && bytes[1] == 0,
	    "%s: another file appears in place of what is verified",
	    inparts_now->what);
	close(fd);
}

/*
 * A call of this action fails.  Either its error is reported, or the action did
 * without it; nothing passes for whole before its end; and done again it comes
 * to that.
 */
static bool
survives(enum inparts_action a, unsigned at, int error)
{
	unsigned next = a;
	int err, seen;

	inparts_until(a);
	fault_set((struct fault){ .at = at, .error = error });
	err = inparts_act(a);
	hit = fault.hit;
	done = fault.calls < at;
	fault_set((struct fault){ .at = 0 });
	seen = inparts_look();
	if ((err != XC_OK && (done || err != error)) ||
	    (seen == XC_OK && a != INPARTS_FINISH))
		return false;
	for (next += err == XC_OK; seen != XC_OK && next < INPARTS_ACTIONS;
	    next++)
		if (inparts_act((enum inparts_action)next) != XC_OK)
			return false;
	return inparts_look() == XC_OK;
}

static void
test_failures(void)
{
	static const int errors[] = { EIO, ENOSPC, EINTR };
	unsigned bad = 0, tried = 0;

	for (int a = INPARTS_PART_2; a < INPARTS_ACTIONS; a++) {
		done = false;
		for (unsigned at = 1; !done && at < CALLS_MAX; at++, tried++)
			for (size_t i = 0; i < LAB_COUNT(errors); i++) {
				if (survives((enum inparts_action)a, at,
				    errors[i]))
					continue;
				tap_note("action %d, call %u (kind %d), "
				    "error %d", a, at, (int)hit, errors[i]);
				bad++;
			}
		bad += !done;
	}
	tap_ok(bad == 0 && tried > 40, "%s: each of %u calls fails",
	    inparts_now->what, tried);
}

/* Put something else in place of the file of the parts. */
static void
put_impostor(unsigned i)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd;

	if (i == 0)
		lab_must(link(OUT_PARTS, "other") == 0, "link");
	else if (i == 1)
		lab_must(rename(OUT_PARTS, "other") == 0 &&
		    symlink("other", OUT_PARTS) == 0, "symlink");
	else if (i == 2)
		lab_must(chmod(OUT_PARTS, 0604) == 0, "chmod");
	else if (i == 3)
		lab_must(truncate(OUT_PARTS,
		    (off_t)inparts_now->length + 1) == 0, "truncate");
	else
		lab_must(unlink(OUT_PARTS) == 0, "unlink");
	if (i == 4) {
		lab_must(mkfifo(OUT_PARTS, 0600) == 0, "mkfifo");
	} else if (i == 5) {
		lab_must(mkdir(OUT_PARTS, 0700) == 0, "mkdir");
	} else if (i == 6) {
		memcpy(name.sun_path, OUT_PARTS, sizeof(OUT_PARTS));
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		lab_must(bind(fd, (struct sockaddr *)&name,
		    sizeof(name)) == 0, "bind");
		close(fd);
	}
}

/* What has the name of the file of the parts, but is none. */
static void
test_impostors(void)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < 7; i++)
		for (int a = INPARTS_AGAIN; a < INPARTS_ACTIONS; a++) {
			int err;

			inparts_until(INPARTS_AGAIN);
			put_impostor(i);
			err = inparts_act((enum inparts_action)a);
			rmdir(OUT_PARTS);
			if (err == XC_E_PART_FILE &&
			    access(INPARTS_OUT, F_OK) != 0)
				continue;
			tap_note("impostor %u, action %d", i, a);
			bad++;
		}
	tap_ok(bad == 0, "%s: links, a FIFO, a folder, a socket, open to "
	    "others, too long", inparts_now->what);
}

/* The plaintext is cut, or the ciphertext damaged, before the end. */
static void
test_damaged(void)
{
	uint8_t byte = 0;
	int fd, err;

	inparts_until(INPARTS_FINISH);
	lab_must(truncate(OUT_PARTS, 100) == 0, "truncate");
	tap_ok(inparts_act(INPARTS_FINISH) == XC_E_DAMAGED &&
	    access(INPARTS_OUT, F_OK) != 0, "%s: parts are missing",
	    inparts_now->what);
	inparts_until(INPARTS_FINISH);
	fd = open(INPARTS_DATA, O_RDWR);
	lab_must(pread(fd, &byte, 1, 9000) == 1, "read");
	byte ^= 1;
	lab_must(pwrite(fd, &byte, 1, 9000) == 1, "write");
	close(fd);
	err = inparts_act(INPARTS_FINISH);
	tap_ok(err == XC_E_DAMAGED && access(INPARTS_OUT, F_OK) != 0 &&
	    access(OUT_PARTS, F_OK) == 0, "%s: the ciphertext is damaged",
	    inparts_now->what);
}

/* The source is longer or shorter than that of the header. */
static void
test_source(void)
{
	int shorter, longer, done_twice;

	inparts_until(INPARTS_AGAIN);
	inparts_source(inparts_now->length - 1);
	shorter = inparts_act(INPARTS_AGAIN);
	inparts_source(inparts_now->length + 1);
	longer = inparts_act(INPARTS_AGAIN);
	inparts_source(inparts_now->length);
	tap_ok(shorter == XC_E_SHRANK && longer == XC_E_GREW &&
	    inparts_act(INPARTS_FINISH) == XC_OK &&
	    inparts_look() == XC_OK, "%s: a source of another length",
	    inparts_now->what);
	done_twice = inparts_act(INPARTS_AGAIN);
	tap_ok(done_twice == XC_E_NOT_PARTS && inparts_look() == XC_OK &&
	    inparts_act(INPARTS_FINISH) == XC_E_NOT_PARTS,
	    "%s: no part once it is whole", inparts_now->what);
}

/* Headers that are authentic, but not of a file that can be finished. */
static void
test_headers(void)
{
	int converting, last;

	inparts_until(INPARTS_FINISH);
	inparts_forge(HEADER_CONVERTING, 5);
	converting = inparts_act(INPARTS_FINISH);
	inparts_forge(HEADER_PARTS, UINT64_MAX);
	last = inparts_act(INPARTS_FINISH);
	tap_ok(converting == XC_E_CONVERTING && last == XC_E_GENERATION &&
	    inparts_look() == XC_E_PARTS, "%s: converted, or of the last "
	    "generation", inparts_now->what);
	inparts_forge(HEADER_PARTS, UINT64_MAX - 1);
	tap_ok(inparts_act(INPARTS_FINISH) == XC_OK &&
	    inparts_look() == XC_OK, "%s: of the one before",
	    inparts_now->what);
}

int
main(void)
{
	const bool all = lab_all();

	lab_start();
	game.most = all ? 200 : lab_quick() ? 6 : 24;
	lab_enter("/dev/shm");
	for (size_t i = 0; i < INPARTS; i++) {
		inparts_choose(&inparts_list[i]);
		test_power();
		test_relay();
		test_failures();
		if (inparts_now->direction == XTS_DECRYPT) {
			test_impostors();
			test_damaged();
		} else {
			test_source();
			test_headers();
		}
		if (inparts_now->detached ||
		    inparts_now->direction == XTS_DECRYPT)
			test_another();
		if (inparts_now->length < 8192)
			continue;
		test_part_sync();
		test_last_sync();
	}
	inparts_end();
	disk_clear();
	lab_leave();
	return tap_done();
}
