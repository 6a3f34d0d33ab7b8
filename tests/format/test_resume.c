/* SPDX-License-Identifier: ISC */
/*
 * Conversions in place that are resumed or undone while calls fail; and
 * journals whose tags are right, but that this program never writes.
 */
#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "disk.h"
#include "fault.h"
#include "lab.h"
#include "moment.h"
#include "scene.h"
#include "tap.h"

#define STEPS_MAX 400

static struct moment now;		/* half-way */
static struct journal_key *key;
static struct journal_head head;	/* as it is */
static struct journal_record record;	/* the newest one */
static size_t slot;			/* its place */

/* From this moment, each call fails.  Return how many cannot be mended. */
static unsigned
fail_each(const struct moment *m, int (*work)(void), unsigned *tried)
{
	unsigned bad = 0;
	bool done = false;

	for (unsigned at = 1; !done && at < STEPS_MAX; at++) {
		int err;

		moment_put(m, m);
		fault_set((struct fault){ .at = at, .error = EIO });
		err = work();
		done = fault.calls < at;
		(*tried)++;
		if (scene_mends(err))
			continue;
		tap_note("call %u (kind %d): %d", at, (int)fault.hit, err);
		bad++;
	}
	return bad + !done;
}

/* From half-way, and from the end. */
static void
test_resume(void)
{
	static struct moment m;
	unsigned tried = 0, bad = fail_each(&now, scene_resume, &tried);
	size_t n = moment_record();

	for (size_t i = n; i > n - 4 && !lab_quick(); i -= 2) {
		moment_after(&m, i);
		if (m.njournal > 0)
			bad += fail_each(&m, scene_resume, &tried);
	}
	tap_ok(bad == 0 && tried > 20, "%s: resumed, each of %u calls fails",
	    scene_now.s->what, tried);
}

/* Before the first step nothing was changed yet: all is as it was. */
static void
test_undo(void)
{
	static struct moment m;
	const bool encrypts = scene_now.s->direction == XTS_ENCRYPT;
	unsigned undone = 0, tried = 0, bad = 0;
	size_t n = moment_record();

	for (size_t i = 0; i <= n; i++) {
		moment_after(&m, i);
		if (m.njournal == 0)
			continue;
		moment_put(&m, &m);
		if (scene_undo() != XC_OK)
			continue;
		if (!(encrypts ? scene_is_plain() : scene_is_encrypted())) {
			/* It had done a step, and was resumed. */
			bad += !scene_is_whole();
			break;
		}
		if (undone++ % 4 > 0)
			continue;
		bad += fail_each(&m, scene_undo, &tried);
	}
	tap_ok(bad == 0 && undone > 0 && tried > undone, "%s: undone from "
	    "%u moments, each of %u calls fails", scene_now.s->what, undone,
	    tried);
}

/* Each number of the head is another, and its tag right. */
static void
test_heads(void)
{
	static struct moment forged;
	unsigned bad = 0;

	/* Witnesses do not show the purpose, which is the first. */
	for (unsigned i = scene_now.s->trust_sectors; i < 10; i++) {
		struct journal_head h = head;

		if (i == 0)
			h.purpose = h.purpose == JOURNAL_ENCRYPTING ?
			    JOURNAL_DECRYPTING : JOURNAL_ENCRYPTING;
		h.epoch += i == 1;
		h.area += i == 2 ? 2 * JOURNAL_BLOCK : 0;
		h.length += i == 3;
		h.before += i == 4;
		h.after += i == 5;
		h.attached ^= i == 6;
		h.generation += i == 7;
		h.id[0] ^= i == 8;
		h.chunk += i == 9;
		forged = now;
		journal_head_encode(forged.journal, &h, key);
		if (moment_refused(&forged, i == 6 ? XC_E_JOURNAL_OTHER :
		    XC_E_JOURNAL))
			continue;
		tap_note("field %u of the head", i);
		bad++;
	}
	tap_ok(bad == 0, "%s: heads that no conversion has",
	    scene_now.s->what);
}

/* The copy of the header is of a file that cannot be converted. */
static void
test_copies(void)
{
	static const uint64_t lengths[] = { 0, CHUNK_LENGTH_MIN - 1,
		LAYOUT_LENGTH_MAX + 1, UINT64_MAX };
	static struct moment forged;
	unsigned bad = 0;

	for (size_t i = 0; i <= LAB_COUNT(lengths); i++) {
		struct header h = scene_now.header;
		struct journal_head j = head;

		h.state = HEADER_CONVERTING;
		h.generation = head.generation;
		if (i < LAB_COUNT(lengths))
			h.length = j.length = lengths[i];
		else
			h.layout.segment = CHUNK_SEGMENT_MAX * 2;
		forged = now;
		journal_head_encode(forged.journal, &j, key);
		key_mac_header(forged.journal + JOURNAL_HEADER_AT, &h,
		    scene_now.key);
		if (moment_refused(&forged, XC_E_JOURNAL))
			continue;
		tap_note("copy %zu", i);
		bad++;
	}
	tap_ok(bad == 0, "%s: copies of headers that cannot be converted",
	    scene_now.s->what);
}

static void
forge_record(struct journal_record *r, unsigned i)
{
	r->sequence += i == 0 ? 1 : i == 1 ? 200 : 0;
	r->epoch += i == 2;
	r->journal_id[0] ^= i == 3;
	r->last ^= i == 4;
	r->chunk += i == 5;
	r->range.at += i == 6;
	if (i == 7)
		r->kind = r->kind == JOURNAL_NEW ? JOURNAL_OLD : JOURNAL_NEW;
	if (i == 8 || (i == 7 && record.kind == JOURNAL_WITNESSES))
		r->range.len = r->size -= i == 8 ? 16 : 0;
	r->next[0] ^= i == 9;
	r->before[0] ^= i == 10;
}

/* Each number of the newest record, the only one, is another; its tag right. */
static void
test_records(void)
{
	static struct moment forged;
	const size_t other = slot == JOURNAL_RECORDS_AT ?
	    JOURNAL_RECORDS_AT + (size_t)head.area / 2 : JOURNAL_RECORDS_AT;
	unsigned bad = 0;

	for (unsigned i = 0; i < 11; i++) {
		struct journal_record r = record;

		/* The last has no next, and the first none before. */
		if ((i == 9 && r.last) || (i == 10 && r.sequence == 1))
			continue;
		forge_record(&r, i);
		forged = now;
		memset(forged.journal + other, 0, JOURNAL_BLOCK);
		journal_record_encode(forged.journal + slot, &r, key);
		if (moment_refused(&forged, i < 9 ? XC_E_JOURNAL : XC_E_MOMENT))
			continue;
		tap_note("field %u of the record", i);
		bad++;
	}
	tap_ok(bad == 0, "%s: records that this conversion never writes",
	    scene_now.s->what);
}

/* Bytes of a record that mean nothing; no tag is needed to refuse them. */
static void
test_decode(void)
{
	static const struct {
		size_t at;
		uint8_t value;
	} bytes[] = {
		{ 0, 'x' }, { 40, 4 }, { 40, 255 }, { 41, 2 }, { 42, 2 },
		{ 43, 1 }, { 44, 1 }, { 47, 1 }, { 95, 1 }, { 111, 1 },
		{ 112, 1 }, { 4063, 1 }, { 40, JOURNAL_BEGIN }
	};
	uint8_t block[JOURNAL_BLOCK];
	struct journal_record r;
	unsigned bad = 0;

	for (size_t i = 0; i < LAB_COUNT(bytes); i++) {
		memcpy(block, now.journal + slot, sizeof(block));
		block[bytes[i].at] = bytes[i].value;
		if (journal_record_decode(&r, block) == XC_E_JOURNAL)
			continue;
		tap_note("byte %zu is %u", bytes[i].at, bytes[i].value);
		bad++;
	}
	r = (struct journal_record){ .epoch = 1 };
	journal_record_encode(block, &r, key);
	bad += journal_record_decode(&r, block) != XC_OK;
	bytes_store64(block + 96, 1);
	bad += journal_record_decode(&r, block) != XC_E_JOURNAL;
	tap_ok(bad == 0, "%s: bytes that no record has", scene_now.s->what);
}

/* Read what the journal has half-way. */
static void
read_now(void)
{
	struct journal_record r;

	moment_half_way(&now);
	sodium_free(key);
	lab_must(journal_key_new(&key, scene_now.key) == XC_OK &&
	    journal_head_decode(&head, now.journal) == XC_OK, "no head");
	slot = 0;
	for (uint64_t i = 0; i < 2; i++) {
		const size_t at = (size_t)journal_slot(head.area, i);

		if (at + JOURNAL_BLOCK > now.njournal ||
		    journal_record_decode(&r, now.journal + at) != XC_OK ||
		    (slot > 0 && r.sequence < record.sequence))
			continue;
		record = r;
		slot = at;
	}
	lab_must(slot > 0 && record.sequence > 0, "no record");
}

int
main(void)
{
	static const size_t played[] = { 0, 2, 5, 7, 10, 11 };

	lab_start();
	lab_enter("/dev/shm");
	for (size_t i = 0; i < LAB_COUNT(played); i++) {
		scene_choose(&scene_list[played[i]]);
		read_now();
		test_resume();
		test_undo();
		test_heads();
		test_copies();
		test_records();
		test_decode();
	}
	sodium_free(key);
	disk_clear();
	lab_leave();
	return tap_done();
}
