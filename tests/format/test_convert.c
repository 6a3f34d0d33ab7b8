/* SPDX-License-Identifier: ISC */
/*
 * Crashes of conversions in place (convert.c, resume.c): the power is gone at
 * every moment, and of what was not synced, each sector may be there, or not,
 * or torn.  From each state that a disk may be left in, and from those that
 * resuming may leave, the conversion is resumed; the data is whole then, as it
 * was or as it is to be.  With an fsync left out, or two things done in another
 * order, some state shows it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "chance.h"
#include "disk.h"
#include "fault.h"
#include "lab.h"
#include "scene.h"
#include "tap.h"

#define STATES 24	/* tried after a change, usually */

/* The state that is laid out is as a reader may find it; resuming mends it. */
static bool
is_honest(size_t n)
{
	(void)n;
	return scene_is_honest();
}

static bool
mends(size_t n)
{
	(void)n;
	return scene_resume() == XC_OK;
}

static bool
is_whole(size_t n)
{
	(void)n;
	return scene_is_whole();
}

static struct chance_game game = {
	.is_honest = is_honest, .mends = mends, .is_whole = is_whole,
	.twice = true
};

/* Record the changes of a whole conversion; how many there are. */
static size_t
record_scene(void)
{
	int err;

	scene_set_up();
	disk_begin();
	err = scene_convert();
	lab_must(err == XC_OK, "cannot convert");
	return disk_end();
}

static bool
is_sync(const struct fault_record *r)
{
	return r->change == FAULT_SYNCED || r->change == FAULT_NAMES_SYNCED;
}

/* Does nothing but its own file change before that is synced again? */
static bool
is_doubled(size_t i, size_t n)
{
	const struct fault_record *r = disk_change(i);

	for (size_t j = i + 1; j < n; j++) {
		const struct fault_record *next = disk_change(j);

		if (next->ino != r->ino || next->change == FAULT_NAMES_SYNCED)
			return false;
		if (next->change == FAULT_SYNCED)
			return true;
	}
	return false;
}

/*
 * Can it be left out?  The last only makes it sure that the journal stays gone.
 * Before it has its name nothing depends on that, nor where no name has changed
 * since they were synced.  A new header, which the journal has too, is no loss.
 */
static bool
is_extra(size_t i, size_t n)
{
	const struct fault_record *r = disk_change(i);

	if (r->change == FAULT_SYNCED)
		return is_doubled(i, n);
	if (i + 1 == n)
		return true;
	for (size_t j = i; j-- > 0;) {
		if (disk_change(j)->change == FAULT_NAMES_SYNCED)
			return true;
		if (disk_change(j)->change == FAULT_REMOVED)
			return false;
		if (disk_change(j)->change == FAULT_RENAMED)
			return scene_now.s->direction == XTS_ENCRYPT &&
			    strcmp(disk_change(j)->name, SCENE_HEADER) == 0 &&
			    j < n / 2;
	}
	return true;
}

/* Each fsync left out is seen, but for those that are extra. */
static void
test_syncs(void)
{
	size_t n = record_scene(), left;
	unsigned syncs = 0, missed = 0;

	for (size_t i = 0; i < n; i++) {
		bool names;

		record_scene();
		if (!is_sync(disk_change(i)) || is_extra(i, n))
			continue;
		syncs++;
		left = n;
		names = disk_change(i)->change == FAULT_NAMES_SYNCED;
		/* Two of them in a row are as one. */
		do {
			disk_drop(i);
			left--;
		} while (names && i < left &&
		    disk_change(i)->change == FAULT_NAMES_SYNCED);
		if (!chance_play(&game, 0, left, false))
			continue;
		tap_note("without change %zu of %zu", i, n);
		missed++;
	}
	tap_ok(syncs > 3 && missed == 0, "%s: each of %u fsyncs left out "
	    "is seen", scene_now.s->what, syncs);
}

enum file { IN_DATA, IN_JOURNAL, IN_HEADER };

/* The number of the nth change of this kind of the file, n from 0. */
static size_t
find_change(size_t n, enum fault_change change, enum file file, unsigned nth)
{
	ino_t journal = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(disk_change(i)->name, scene_journal()) == 0 &&
		    disk_change(i)->change == FAULT_RENAMED)
			journal = disk_change(i)->ino;
	for (i = 0; i < n; i++) {
		const struct fault_record *r = disk_change(i);
		bool is = file == IN_DATA ? r->ino == scene_now.ino :
		    file == IN_HEADER ? strcmp(r->name, SCENE_HEADER) == 0 :
		    r->ino == journal || strcmp(r->name, scene_journal()) == 0;

		if (r->change == change && is && nth-- == 0)
			return i;
	}
	lab_must(false, "no such change");
	return n;
}

/*
 * A change comes too early: before another, the nth of its kind.  The journal
 * is written twice when it is made, and then twice a record: its data, and the
 * block in front of it.
 */
static const struct order {
	const char *what;
	size_t scene;
	enum fault_change change;
	enum file file;
	unsigned nth;
	enum fault_change before;
	enum file of;
	unsigned n;
} orders[] = {
	{ "data before its record", 0, FAULT_WRITTEN, IN_DATA, 1,
	    FAULT_WRITTEN, IN_JOURNAL, 5 },
	{ "moving data before its record", 2, FAULT_WRITTEN, IN_DATA, 1,
	    FAULT_WRITTEN, IN_JOURNAL, 5 },
	{ "decrypted data before its record", 7, FAULT_WRITTEN, IN_DATA, 2,
	    FAULT_WRITTEN, IN_JOURNAL, 5 },
	{ "a record's data before the record before lasts", 2, FAULT_WRITTEN,
	    IN_JOURNAL, 6, FAULT_SYNCED, IN_JOURNAL, 2 },
	{ "old data in a record before that before lasts", 7, FAULT_WRITTEN,
	    IN_JOURNAL, 6, FAULT_SYNCED, IN_JOURNAL, 2 },
	{ "a record before the chunk before lasts", 0, FAULT_WRITTEN,
	    IN_JOURNAL, 7, FAULT_SYNCED, IN_DATA, 1 },
	{ "a new size before the first record", 2, FAULT_TRUNCATED, IN_DATA, 0,
	    FAULT_WRITTEN, IN_JOURNAL, 3 },
	{ "a size cut before the last record", 7, FAULT_TRUNCATED, IN_DATA, 0,
	    FAULT_WRITTEN, IN_JOURNAL, 7 },
	{ "the journal's name before its bytes", 0, FAULT_RENAMED, IN_JOURNAL,
	    0, FAULT_WRITTEN, IN_JOURNAL, 0 },
	{ "the journal's name before they last", 5, FAULT_RENAMED, IN_JOURNAL,
	    0, FAULT_SYNCED, IN_JOURNAL, 0 },
	{ "the journal gone before the last header", 0, FAULT_REMOVED,
	    IN_JOURNAL, 0, FAULT_RENAMED, IN_HEADER, 1 },
	{ "the journal gone before the header in the data", 2, FAULT_REMOVED,
	    IN_JOURNAL, 0, FAULT_WRITTEN, IN_DATA, 3 },
	{ "the journal gone before the data lasts", 7, FAULT_REMOVED,
	    IN_JOURNAL, 0, FAULT_SYNCED, IN_DATA, 4 },
	{ "the last header before the last data", 0, FAULT_RENAMED, IN_HEADER,
	    1, FAULT_WRITTEN, IN_DATA, 2 },
	{ "the last header before that lasts", 3, FAULT_RENAMED, IN_HEADER,
	    1, FAULT_SYNCED, IN_DATA, 2 },
	{ "the first data before the header says so", 7, FAULT_WRITTEN,
	    IN_DATA, 1, FAULT_WRITTEN, IN_DATA, 0 },
	{ "data before its witnesses", 10, FAULT_WRITTEN, IN_DATA, 1,
	    FAULT_WRITTEN, IN_JOURNAL, 5 },
	{ "decrypted data before its witnesses last", 11, FAULT_WRITTEN,
	    IN_DATA, 1, FAULT_SYNCED, IN_JOURNAL, 2 },
	{ "witnesses before the data before lasts", 10, FAULT_WRITTEN,
	    IN_JOURNAL, 7, FAULT_SYNCED, IN_DATA, 1 }
};

static void
test_order(const struct order *o)
{
	bool seen = false;
	size_t n, i, to;

	scene_choose(&scene_list[o->scene]);
	n = record_scene();
	i = find_change(n, o->change, o->file, o->nth);
	to = find_change(n, o->before, o->of, o->n);
	lab_must(i > to, "it comes before that");
	disk_move(i, to);
	/* Some are wrong in few of the states that there may be. */
	for (unsigned k = 0; k < 20 && !seen; k++)
		seen = !chance_play(&game, 0, n, false);
	tap_ok(seen, "%s: seen", o->what);
}

static void
test_power(void)
{
	int err;
	size_t n;
	bool good;

	scene_set_up();
	disk_begin();
	err = scene_convert();
	n = disk_end();
	good = scene_now.s->direction == XTS_ENCRYPT ? scene_is_encrypted() :
	    scene_is_plain();
	tap_ok(err == XC_OK && good, "%s: it is done", scene_now.s->what);
	game.states = 0;
	good = chance_play(&game, 0, n, true);
	tap_ok(good && game.states > n, "%s: power gone, %u states of the disk",
	    scene_now.s->what, game.states);
}

static void
convert(void)
{
	(void)scene_convert();
}

static bool
is_resumed(void)
{
	return scene_resume() == XC_OK;
}

static void
test_resumed(void)
{
	struct chance_runs runs = { .set_up = scene_set_up, .first = convert,
	    .next = is_resumed };
	struct chance_game g = game;
	bool good;

	g.most = g.most < 6 ? g.most : 6;
	g.states = 0;
	good = chance_relay(&g, &runs);
	tap_ok(good && runs.calls > 20, "%s: an fsync fails, it is resumed, "
	    "and the power is gone, %u states", scene_now.s->what, g.states);
}

/* What cannot be converted is left as it is, without a journal. */
static void
test_unfit(void)
{
	static uint8_t got[SCENE_FILE_MAX];
	static struct scene s;		/* scene_now has its address */
	unsigned bad = 0;

	s = scene_list[1];
	for (unsigned i = 0; i < 4; i++) {
		static const int errors[] = { XC_E_UNFIT, XC_E_UNFIT,
			XC_E_MOVES, XC_E_GENERATION };
		int err;

		s.trust_sectors = i == 2;
		scene_choose(&s);
		if (i == 0)
			s.length = scene_now.len = CHUNK_LENGTH_MIN - 1;
		else if (i == 1)
			scene_now.layout.segment = 2 * CHUNK_SEGMENT_MAX;
		else if (i == 3)
			scene_now.header.generation = UINT64_MAX - 1;
		scene_set_up();
		err = scene_convert();
		if (err != errors[i] || access(scene_journal(), F_OK) == 0 ||
		    scene_load(SCENE_DATA, got) != scene_now.len ||
		    memcmp(got, scene_now.data, scene_now.len) != 0) {
			tap_note("case %u: %d", i, err);
			bad++;
		}
		s.length = scene_list[1].length;
	}
	tap_ok(bad == 0, "too short, segments too long, data that moves, the "
	    "last generation");
}

int
main(void)
{
	const bool all = lab_all();

	lab_start();
	game.most = all ? 40 : lab_quick() ? 4 : STATES;
	lab_enter("/dev/shm");
	for (size_t i = 0; i < SCENES; i++) {
		scene_choose(&scene_list[i]);
		test_power();
		test_resumed();
		if (all)
			test_syncs();
	}
	/* Fewer states show that what is right is right, not what is wrong. */
	if (game.most < STATES)
		game.most = STATES;
	for (size_t i = 0; i < LAB_COUNT(orders); i++)
		test_order(&orders[i]);
	test_unfit();
	disk_clear();
	lab_leave();
	return tap_done();
}
