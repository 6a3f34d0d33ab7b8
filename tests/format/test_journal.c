/* SPDX-License-Identifier: ISC */
/*
 * Conversions in place beyond a clean crash: calls that fail, journals of other
 * moments and hostile ones, and what each state of header and journal means.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "bytes.h"
#include "disk.h"
#include "fault.h"
#include "lab.h"
#include "moment.h"
#include "scene.h"
#include "tap.h"

#define STEPS_MAX 400

/* Rows of a header that is there and a journal; of state 0 the first is G. */
static const struct {
	int state;		/* -1: no header */
	int generation;
	bool other;		/* the journal has another file id */
	unsigned purpose;	/* 0: no journal; its generation is 5 */
	int means;
} rows[] = {
	{ -1, 0, false, 0, XC_OK },
	{ 0, 5, false, 0, XC_OK },
	{ 1, 5, false, 0, XC_E_JOURNAL_LOST },
	{ 2, 5, false, 0, XC_E_JOURNAL_LOST },
	{ 0, 6, true, 1, XC_E_JOURNAL_OTHER },
	{ 1, 5, true, 2, XC_E_JOURNAL_OTHER },
	{ 2, 5, true, 3, XC_E_JOURNAL_OTHER },
	{ 0, 6, false, 1, XC_E_JOURNAL_LEFT },
	{ 0, 6, false, 2, XC_E_JOURNAL_LEFT },
	{ 0, 6, false, 3, XC_E_JOURNAL_LEFT },
	{ 0, 5, false, 1, XC_E_CONVERTING },
	{ 0, 4, false, 2, XC_E_CONVERTING },
	{ 1, 5, false, 1, XC_E_CONVERTING },
	{ 1, 5, false, 2, XC_E_CONVERTING },
	{ -1, 0, false, 1, XC_E_CONVERTING },
	/* Attached, the plaintext may be another such file. */
	{ 0, 6, true, 2, XC_E_CONVERTING },
	{ 2, 5, false, 3, XC_E_WRITING },
	{ 0, 4, false, 3, XC_E_WRITING },
	{ -1, 0, false, 3, XC_E_WRITING },
	{ 2, 5, false, 1, XC_E_MOMENT },
	{ 1, 5, false, 3, XC_E_MOMENT },
	{ 1, 4, false, 1, XC_E_MOMENT },
	{ 1, 6, false, 2, XC_E_MOMENT },
	{ 2, 4, false, 3, XC_E_MOMENT }
};

static void
test_rows(void)
{
	unsigned bad = 0;

	for (size_t i = 0; i < LAB_COUNT(rows); i++) {
		struct header h = {
			.state = (uint8_t)rows[i].state,
			.generation = (uint64_t)rows[i].generation
		};
		struct journal_head j = {
			.purpose = rows[i].purpose, .generation = 5,
			.id = { rows[i].other },
			.attached = rows[i].other && rows[i].state == 0
		};

		if (convert_judge(rows[i].state < 0 ? NULL : &h,
		    rows[i].purpose == 0 ? NULL : &j) == rows[i].means)
			continue;
		tap_note("row %zu", i);
		bad++;
	}
	tap_ok(bad == 0, "each of %zu rows of header and journal",
	    LAB_COUNT(rows));
}

/* A call fails; then all is as it was, or can be resumed. */
static void
test_failures(void)
{
	static const int errors[] = { EIO, ENOSPC, EPERM };
	unsigned step = 0, bad = 0;
	bool done = false;

	while (!done && step < STEPS_MAX) {
		step++;
		for (size_t i = 0; i < LAB_COUNT(errors); i++) {
			int err;

			scene_set_up();
			fault_set((struct fault){
			    .at = step, .error = errors[i] });
			err = scene_convert();
			done = fault.calls < step;
			if (scene_mends(err))
				continue;
			tap_note("call %u (kind %d) fails with %d", step,
			    (int)fault.hit, errors[i]);
			bad++;
		}
	}
	tap_ok(bad == 0 && done && step > 30, "%s: each of %u calls fails",
	    scene_now.s->what, step - 1);
}

/* Right, or refused; what is refused is left as it is. */
static bool
is_careful(const struct moment *data, const struct moment *journal)
{
	static struct moment before, after;
	int err;

	moment_put(data, journal);
	moment_take(&before);
	err = scene_resume();
	if (err == XC_OK)
		return scene_is_whole();
	moment_take(&after);
	return moment_same(&before, &after);
}

/* No 16 bytes of the plaintext stand in the file. */
static bool
shows_plaintext(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i + 16 <= scene_now.s->length; i += 512)
		for (size_t j = 0; j + 16 <= len; j++)
			if (memcmp(bytes + j, scene_now.plain + i, 16) == 0)
				return true;
	return false;
}

static void
test_moments(void)
{
	static struct moment moments[FAULT_RECORDS];
	unsigned bad = 0, shown = 0, pairs = 0;
	size_t n, m = 0;

	n = moment_record();
	for (size_t i = 0; i <= n; i++) {
		moment_after(&moments[m], i);
		shown += shows_plaintext(moments[m].journal,
		    moments[m].njournal) || shows_plaintext(moments[m].header,
		    moments[m].nheader);
		m++;
	}
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < m; j++) {
			if (moments[j].njournal == 0)
				continue;
			pairs++;
			if (is_careful(&moments[i], &moments[j]))
				continue;
			tap_note("data of %zu, journal of %zu", i, j);
			bad++;
		}
	tap_ok(bad == 0 && pairs > 30, "%s: %u pairs of moments",
	    scene_now.s->what, pairs);
	tap_ok(shown == 0, "no plaintext in journal and header");
}

/* Each bit of what is read of a journal, or a sample of them. */
static void
test_forged(void)
{
	static struct moment m, forged;
	unsigned bad = 0, tried = 0, gone_on = 0;

	moment_half_way(&m);
	for (size_t at = 0; at < m.njournal; at += at < 128 ? 1 :
	    1 + randombytes_uniform(lab_quick() ? 400 : 60)) {
		forged = m;
		forged.journal[at] ^= (uint8_t)(1U << randombytes_uniform(8));
		tried++;
		if (!is_careful(&m, &forged)) {
			tap_note("byte %zu", at);
			bad++;
		}
		gone_on += access(scene_journal(), F_OK) != 0;
	}
	tap_ok(bad == 0 && tried > 100 && gone_on < tried,
	    "%s: a bit of the journal is another, %u times", scene_now.s->what,
	    tried);
}

/*
 * An older head of the same file, authentic, and in the second place one that
 * is not and has the other direction.
 */
static void
test_heads(void)
{
	static struct moment m, forged;
	struct journal_head head;
	struct journal_key *key = NULL;

	moment_half_way(&m);
	forged = m;
	lab_must(journal_head_decode(&head, m.journal) == XC_OK &&
	    journal_key_new(&key, scene_now.key) == XC_OK, "head");
	memcpy(forged.journal + JOURNAL_BLOCK, m.journal, JOURNAL_BLOCK);
	forged.journal[JOURNAL_BLOCK + 10] ^= 3;	/* purpose */
	head.generation -= 2;
	memset(head.journal_id, 0, sizeof(head.journal_id));
	journal_head_encode(forged.journal, &head, key);
	sodium_free(key);
	tap_ok(is_careful(&m, &forged) && access(scene_journal(), F_OK) == 0,
	    "%s: a head whose tag is another one's", scene_now.s->what);
}

/* Counts and lengths that no journal has. */
static void
test_huge(void)
{
	static const size_t fields[] = { 12, 32, 56, 64, 72, 80, 88 };
	static struct moment m, forged;
	unsigned bad = 0;

	moment_half_way(&m);
	for (size_t i = 0; i < LAB_COUNT(fields); i++)
		for (unsigned byte = 0; byte < 2; byte++) {
			forged = m;
			memset(forged.journal + fields[i], byte == 0 ? 0 : 0xff,
			    fields[i] == 12 ? 4 : 8);
			bad += !is_careful(&m, &forged) ||
			    access(scene_journal(), F_OK) != 0;
		}
	for (size_t n = 0; n < m.njournal; n += 1 + n / 4) {
		forged = m;
		forged.njournal = n;
		bad += !is_careful(&m, &forged);
	}
	tap_ok(bad == 0, "%s: huge numbers, and cut short", scene_now.s->what);
}

/* A file that others have cut or made longer half-way, by what it gained. */
static void
test_sizes(void)
{
	static struct moment m, sized;
	unsigned bad = 0;

	moment_half_way(&m);
	for (size_t i = 0; i < 8; i++) {
		sized = m;
		sized.ndata += i < 4 ? (size_t)1 << 4 * i :
		    -((size_t)1 << 4 * (i - 4));
		bad += !is_careful(&sized, &m) ||
		    access(scene_journal(), F_OK) != 0;
	}
	tap_ok(bad == 0, "%s: another size than that of its step",
	    scene_now.s->what);
}

/* What has the journal's name, but is none. */
static void
test_impostors(void)
{
	static struct moment m;
	unsigned bad = 0;

	moment_half_way(&m);
	for (unsigned i = 0; i < 6; i++) {
		moment_put(&m, &m);
		if (i == 0)
			lab_must(link(scene_journal(), "other") == 0, "link");
		else if (i == 1)
			lab_must(rename(scene_journal(), "other") == 0 &&
			    symlink("other", scene_journal()) == 0, "symlink");
		else if (i == 2)
			lab_must(unlink(scene_journal()) == 0 &&
			    mkfifo(scene_journal(), 0600) == 0, "fifo");
		else if (i == 3)
			lab_must(chmod(scene_journal(), 0622) == 0, "chmod");
		else if (i == 4)
			lab_must(unlink(scene_journal()) == 0 &&
			    mkdir(scene_journal(), 0700) == 0, "mkdir");
		else if (geteuid() != 0 || chown(scene_journal(), 12345,
		    (gid_t)-1) != 0)
			continue;
		bad += scene_resume() != XC_E_JOURNAL_FILE;
		rmdir(scene_journal());
	}
	tap_ok(bad == 0, "%s: links, a FIFO, a folder, another's file",
	    scene_now.s->what);
}

/* Tear the sector at at, one of two states: half of each, or of neither. */
static void
tear(struct moment *m, const struct moment *other, size_t at, bool half)
{
	if (half)
		memcpy(m->data + at + DISK_SECTOR / 2,
		    other->data + at + DISK_SECTOR / 2, DISK_SECTOR / 2);
	else
		memset(m->data + at, 0x5a, DISK_SECTOR);
}

/* Each write of data, with one of its sectors torn. */
static void
test_torn(void)
{
	static struct moment old, new, m;
	unsigned bad = 0, tried = 0;
	size_t n;

	n = moment_record();
	for (size_t i = 0; i < n; i++) {
		const struct fault_record *r = disk_change(i);
		size_t end = r->offset + r->len;

		if (r->change != FAULT_WRITTEN || r->ino != scene_now.ino)
			continue;
		if (end > scene_now.trusted)
			end = scene_now.trusted;
		moment_after(&old, i);
		moment_after(&new, i + 1);
		for (size_t at = r->offset; at < end; at += DISK_SECTOR) {
			const bool forth = at / DISK_SECTOR % 2 == 0;

			m = forth ? old : new;
			tear(&m, forth ? &new : &old, at, tried++ % 3 > 0);
			bad += !moment_refused(&m, XC_E_TORN) ||
			    scene_now.torn != at;
		}
	}
	tap_ok(bad == 0 && tried > 200, "%s: %u torn sectors are named, and "
	    "nothing is written", scene_now.s->what, tried);
}

int
main(void)
{
	static const size_t played[] = { 0, 2, 5, 7, 10, 11 };

	lab_start();
	lab_enter("/dev/shm");
	test_rows();
	for (size_t i = 0; i < LAB_COUNT(played); i++) {
		scene_choose(&scene_list[played[i]]);
		test_failures();
		test_moments();
		test_forged();
		test_heads();
		test_huge();
		test_sizes();
		test_impostors();
		if (scene_now.s->trust_sectors)
			test_torn();
	}
	disk_clear();
	lab_leave();
	return tap_done();
}
