/* SPDX-License-Identifier: ISC */
/*
 * A payload and its detached header are replaced, interrupted at every step: by
 * a program that dies, by a call that fails, by power that goes, also later,
 * when another program has relied on what it found.  Always the payload that is
 * there has its header.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chance.h"
#include "disk.h"
#include "fault.h"
#include "lab.h"
#include "lock.h"
#include "pair.h"
#include "pairs.h"
#include "tap.h"

#define STEPS_MAX 96

static const struct pairs_scene *now;

static int
replace_both(void)
{
	return pairs_replace(&pairs_new);
}

/* The next command finds the right header, and can do it again. */
static bool
recovers(const struct pairs_scene *s)
{
	bool good;

	fault_set((struct fault){ 0 });
	good = pairs_are_whole(s);
	if (!good)
		tap_note("the data has no header");
	if (replace_both() == XC_OK && pairs_stand(s, &pairs_new) &&
	    pairs_read(&pairs_new))
		return good;
	tap_note("it cannot be done again");
	return false;
}

static void
test_deaths(const struct pairs_scene *s)
{
	unsigned step = 0, bad = 0, split = 0;
	bool done = false;

	while (!done && step < STEPS_MAX) {
		step++;
		pairs_put(s);
		done = fault_survives((struct fault){ .at = step,
		    .no_renameat2 = s->no_renameat2, .no_link = s->no_link },
		    replace_both);
		split += pairs_read(&pairs_new) && !pairs_stand(s, &pairs_new);
		if (done)
			bad += !pairs_stand(s, &pairs_new) || disk_count() != 2;
		if (recovers(s))
			continue;
		tap_note("dead at step %u", step);
		bad++;
	}
	tap_ok(bad == 0 && done && step > 10, "%s: dead at each of %u steps",
	    s->what, step - 1);
	tap_ok(split > 0 || !s->header, "between the two names, too");
}

/*
 * After a failure both are the old ones, and nothing else is left; or both the
 * new ones, where the folder alone could not be synced.  What cannot be put
 * back has its header all the same.
 */
static bool
is_whole(const struct pairs_scene *s, const struct fault *did, int err)
{
	if (err == XC_OK)
		return pairs_stand(s, &pairs_new);
	if (pairs_stand(s, &pairs_old))
		return disk_count() == 0U + s->header + s->data ||
		    did->hit == FAULT_UNLINK;
	if (did->hit == FAULT_FSYNC && pairs_stand(s, &pairs_new))
		return true;
	return s->no_link != 0 && pairs_read(&pairs_new);
}

static void
test_failures(const struct pairs_scene *s)
{
	static const int errors[] = { EIO, EPERM, EBUSY };
	unsigned step = 0, bad = 0;
	bool done = false;

	while (!done && step < STEPS_MAX) {
		step++;
		for (size_t i = 0; i < LAB_COUNT(errors); i++) {
			struct fault did;
			int err;

			pairs_put(s);
			fault_set((struct fault){ .at = step,
			    .error = errors[i], .no_link = s->no_link,
			    .no_renameat2 = s->no_renameat2 });
			err = replace_both();
			did = fault;
			done = did.calls < step;
			fault_set((struct fault){ 0 });
			if (is_whole(s, &did, err) && recovers(s))
				continue;
			tap_note("call %u (kind %d) fails: error %d", step,
			    (int)did.hit, (int)err);
			bad++;
		}
	}
	tap_ok(bad == 0 && done && step > 10, "%s: each of %u calls fails",
	    s->what, step - 1);
}

static const uint8_t third[] = "third";
static bool came;

/* Another program replaces the new data as soon as that has its name. */
static void
replace_data(void)
{
	if (came || !pairs_hold(PAIRS_DATA, pairs_new.data, PAIRS_BYTES))
		return;
	came = true;
	lab_must(unlink(PAIRS_DATA) == 0, "no data");
	disk_put(PAIRS_DATA, third, sizeof(third));
}

/* The header cannot get its name then. */
static void
test_replaced_data(const struct pairs_scene *s)
{
	unsigned step = 0, bad = 0, tried = 0;
	struct fault did;
	int err;

	do {
		came = false;
		pairs_put(s);
		fault_set((struct fault){ .at = ++step, .error = EIO,
		    .no_renameat2 = s->no_renameat2, .no_link = s->no_link,
		    .before_name = replace_data });
		err = replace_both();
		did = fault;
		if (!came || did.hit != FAULT_RENAME)
			continue;
		tried++;
		bad += err != EIO ||
		    !pairs_hold(PAIRS_DATA, third, sizeof(third)) ||
		    !pairs_hold(PAIRS_HEADER, pairs_old.header, HEADER_BYTES) ||
		    disk_count() != 2;
	} while (did.calls >= step);
	fault_set((struct fault){ 0 });
	tap_ok(bad == 0 && tried > 0, "%s: data that came meanwhile stays",
	    s->what);
}

static const struct pair *const pairs[] = { &pairs_old, &pairs_new,
	&pairs_newer };

/* Is a header still waiting whose keys were changed since? */
static bool
keeps_old_keys(void)
{
	char name[sizeof(PAIR_WAITING)];
	struct headerfile hf;

	for (size_t i = 0; i < LAB_COUNT(pairs); i++)
		if (pairs_hold(PAIRS_HEADER, pairs[i]->changed, HEADER_BYTES))
			return pair_find(&hf, name, PAIRS_HEADER,
			    pairs[i]->data, PAIR_FRONT) == XC_OK;
	return false;
}

static bool
mends(size_t n)
{
	(void)n;
	if (!keeps_old_keys())
		return recovers(now);
	tap_note("the old keys are still there");
	return false;
}

static const size_t torn[] = { 512 };
static struct chance_game game = { .mends = mends, .torn = torn, .ntorn = 1 };

static void
test_power(const struct pairs_scene *s)
{
	bool good;
	size_t n;
	int err;

	pairs_put(s);
	disk_begin();
	err = replace_both();
	n = disk_end();
	game.states = 0;
	good = chance_play(&game, 0, n, true);
	tap_ok(err == XC_OK && good && n > 6,
	    "%s: power gone, %u states of the disk", s->what, game.states);
}

static void
set_up_now(void)
{
	pairs_put(now);
}

static void
try_to_replace(void)
{
	fault.no_renameat2 = now->no_renameat2;
	fault.no_link = now->no_link;
	(void)replace_both();
}

static bool
does_nothing(void)
{
	return true;
}

static bool
replaces_again(void)
{
	return pairs_replace(&pairs_newer) == XC_OK;
}

/* What key and header restore do with the header that is there. */
static bool
changes_keys(void)
{
	struct headerfile hf;
	int fd, err = headerfile_lock(&fd, PAIRS_HEADER, false);
	bool done = false;

	if (err != XC_OK)
		return err == ENOENT;
	err = headerfile_read(&hf, fd, PAIRS_HEADER).code;
	for (size_t i = 0; i < LAB_COUNT(pairs) && err == XC_OK; i++)
		if (memcmp(hf.bytes, pairs[i]->header, HEADER_BYTES) == 0)
			done = headerfile_replace(fd, PAIRS_HEADER,
			    pairs[i]->changed).code == XC_OK;
	close(fd);
	return done;
}

static void
test_relay(const struct pairs_scene *s)
{
	static const struct { bool (*next)(void); const char *what; } next[] = {
		{ does_nothing, "only the power goes" },
		{ replaces_again, "it is replaced again" },
		{ changes_keys, "its keys are changed" }
	};

	for (size_t i = 0; i < LAB_COUNT(next); i++) {
		struct chance_runs runs = { .set_up = set_up_now,
		    .first = try_to_replace, .next = next[i].next };
		struct chance_game g = { .mends = mends,
		    .most = lab_all() ? 40 : lab_quick() ? 3 : 6 };
		bool good = chance_relay(&g, &runs);

		tap_ok(good && runs.calls > 10, "%s: a call fails, %s, %u "
		    "states of the disk", s->what, next[i].what, g.states);
	}
}

static void
test_lock(void)
{
	struct output a, b;
	int first = -1, second = -1, none = -1;

	pairs_put(&pairs_scenes[0]);
	lab_must(output_open(&a, PAIRS_HEADER, OUTPUT_REPLACE, NULL) == XC_OK &&
	    output_open(&b, PAIRS_HEADER, OUTPUT_REPLACE, NULL) == XC_OK,
	    "no output");
	tap_ok(pair_lock(&first, &a) == XC_OK &&
	    pair_lock(&second, &b) == XC_E_BUSY, "one at a time");
	close(second);
	lab_must(output_commit(&a, 0, NULL) == XC_OK, "no commit");
	close(first);
	tap_ok(pair_lock(&second, &b) == XC_OK, "then the next");
	close(second);
	output_abort(&b);
	lab_must(output_open(&a, "another", OUTPUT_REPLACE, NULL) == XC_OK,
	    "no output");
	tap_ok(pair_lock(&none, &a) == XC_OK && none == -1,
	    "a new file needs none");
	output_abort(&a);
}

/* Another program, as it is when a header is about to get its name. */
static struct other {
	bool locks;
	int lock;
} other;

static void
interfere(void)
{
	fault.before_name = NULL;
	disk_put(PAIRS_HEADER, pairs_old.header, HEADER_BYTES);
	if (other.locks) {
		other.lock = open(PAIRS_HEADER, O_RDWR);
		lab_must(other.lock >= 0 && lock_file(other.lock) == XC_OK,
		    "no lock");
	} else {
		disk_put(PAIRS_DATA, pairs_old.data, PAIRS_BYTES);
	}
}

static struct err
place_amid(struct other o, unsigned flags)
{
	struct output data = { 0 }, header = { 0 };
	struct err err;

	disk_clear();
	other = o;
	fault_set((struct fault){ .before_name = interfere });
	lab_must(pairs_write(&data, &header, &pairs_new) == XC_OK,
	    "no outputs");
	header.flags = data.flags = flags;
	err = pair_place(&data, &header);
	output_abort(&header);
	output_abort(&data);
	fault_set((struct fault){ .at = 0 });
	return err;
}

/* A new pair, of names that another program gives to its own meanwhile. */
static void
test_appeared(void)
{
	struct err err = place_amid((struct other){ 0 }, OUTPUT_REPLACE);

	tap_ok(err.code == XC_OK && pairs_stand(&pairs_scenes[0], &pairs_new),
	    "a pair that appears is replaced");
	err = place_amid((struct other){ 0 }, 0);
	tap_ok(err.code == XC_E_EXISTS && err.file == ERR_HEADER &&
	    pairs_stand(&pairs_scenes[0], &pairs_old), "or kept");
	err = place_amid((struct other){ .locks = true }, OUTPUT_REPLACE);
	tap_ok(err.code == XC_E_BUSY && err.file == ERR_HEADER &&
	    pairs_stand(&pairs_scenes[1], &pairs_old),
	    "a header whose payload is yet to come is not replaced");
	close(other.lock);
}

/* As in a folder that ignores case, where names that differ in it are one. */
static struct err
place_one_name(void)
{
	struct output data = { 0 }, header = { 0 };
	struct err err;

	lab_must(pairs_write(&data, &header, &pairs_new) == XC_OK,
	    "no outputs");
	free(data.at.name);
	data.at.name = strdup(PAIRS_HEADER);
	lab_must(data.at.name != NULL, "no memory");
	err = pair_place(&data, &header);
	output_abort(&header);
	output_abort(&data);
	return err;
}

/* One of the pair would replace the other. */
static void
test_one_name(void)
{
	struct err err;

	disk_clear();
	err = place_one_name();
	tap_ok(err.code == XC_E_ONE_NAME && err.file == ERR_OUTPUT &&
	    disk_count() == 0, "a pair with one name is not placed");
	disk_put(PAIRS_HEADER, pairs_old.header, HEADER_BYTES);
	err = place_one_name();
	tap_ok(err.code == XC_E_ONE_NAME && err.file == ERR_OUTPUT &&
	    pairs_stand(&pairs_scenes[1], &pairs_old),
	    "nor in place of what had it");
}

/* Is a header found that waits here for another payload than the old one? */
static int
find_waiting(char name[sizeof(PAIR_WAITING)])
{
	struct header h;

	lab_must(header_decode(&h, pairs_old.header) == XC_OK, "no header");
	return pair_waits(name, PAIRS_HEADER, h.id);
}

/* What waits, under a name of that length; and what only looks so. */
static void
test_waiting(void)
{
	char name[sizeof(PAIR_WAITING)];
	unsigned bad = 0, look = 0;
	struct fault did;
	int err;

	pairs_put(&pairs_scenes[0]);
	disk_put(".xtshdr-AAAAAAAAA", pairs_new.header, HEADER_BYTES);
	disk_put(".xtshdr-BBBBBBBB", pairs_old.header, HEADER_BYTES);
	disk_put(".xtshdr-CCCCCCCC", pairs_new.header, HEADER_BYTES - 1);
	tap_ok(find_waiting(name) == XC_E_MAGIC, "a longer name, its own "
	    "header and a part of one do not wait");
	disk_put(".xtshdr-DDDDDDDD", pairs_new.header, HEADER_BYTES);
	tap_ok(find_waiting(name) == XC_OK &&
	    strcmp(name, ".xtshdr-DDDDDDDD") == 0, "another's header does");
	do {
		fault_set((struct fault){ .look = ++look, .error = EIO });
		err = find_waiting(name);
		did = fault;
		fault_set((struct fault){ 0 });
		if (err == XC_OK ? strcmp(name, ".xtshdr-DDDDDDDD") == 0 :
		    err == EIO && did.looks >= look)
			continue;
		tap_note("look %u: error %d", look, err);
		bad++;
	} while (did.looks >= look);
	tap_ok(bad == 0 && look > 4, "no look that fails hides it");
}

int
main(void)
{
	lab_start();
	lab_enter("/dev/shm");
	pairs_make();
	for (size_t i = 0; i < PAIRS_SCENES; i++) {
		now = &pairs_scenes[i];
		test_deaths(now);
		test_failures(now);
		if (now->header)
			test_replaced_data(now);
		if (now->no_renameat2 == 0)
			test_power(now);
		test_relay(now);
	}
	test_lock();
	test_appeared();
	test_one_name();
	test_waiting();
	disk_clear();
	lab_leave();
	return tap_done();
}
