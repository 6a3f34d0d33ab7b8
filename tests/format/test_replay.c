/* SPDX-License-Identifier: ISC */
/*
 * The journal of pages in other hands: bytes that were changed, records that
 * were forged with the keys, journals of another moment or of another file.
 * Nothing of them reaches the file, and nothing is allocated for them.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "bytes.h"
#include "disk.h"
#include "fault.h"
#include "journal.h"
#include "lab.h"
#include "pagelog.h"
#include "tap.h"
#include "volumes.h"

#define LENGTH 20000
#define SIZE_MOST 98304
#define RECORD_AT JOURNAL_RECORDS_AT

/* Of the file that leave_open leaves. */
#define FILE_BYTES (HEADER_BYTES + LENGTH + 5 * LAYOUT_RECORD)
#define LAST_PAGE (FILE_BYTES / JOURNAL_BLOCK * JOURNAL_BLOCK)

struct image {
	uint8_t bytes[SIZE_MOST];
	size_t len;
};

/* A volume that was not closed: of its two commits nothing is in the file. */
static struct image data, journal;
static uint8_t before[LENGTH], after[LENGTH];
static struct journal_key *journal_key;

static void
load(struct image *image, const char *name)
{
	int fd = open(name, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, image->bytes, SIZE_MOST);

	lab_must(n > 0, "cannot read");
	image->len = (size_t)n;
	close(fd);
}

static void
put(const struct image *d, const struct image *j)
{
	disk_put(VOLUMES_DATA, d->bytes, d->len);
	disk_put(volumes_journal(), j->bytes, j->len);
}

static void
write_there(size_t at, size_t len)
{
	randombytes_buf(volumes_now.plain + at, len);
	lab_must(volume_write(volumes_now.v, volumes_now.plain + at, len,
	    at).code == XC_OK && volume_flush(volumes_now.v).code == XC_OK,
	    "cannot write");
}

/* Use it, and have what closes it fail; the pages are as they were. */
static void
leave_open(void)
{
	struct image was;

	load(&was, VOLUMES_DATA);
	lab_must(volumes_start(true) == XC_OK, "cannot open");
	memcpy(before, volumes_now.plain, LENGTH);
	write_there(0, 5000);
	write_there(4000, 2000);
	memcpy(after, volumes_now.plain, LENGTH);
	fault_set((struct fault){ .at = 1, .error = EIO });
	lab_must(volumes_stop() != XC_OK, "it is closed");
	fault_set((struct fault){ 0 });
	load(&data, VOLUMES_DATA);
	load(&journal, volumes_journal());
	memcpy(data.bytes + HEADER_BYTES, was.bytes + HEADER_BYTES,
	    was.len - HEADER_BYTES);
}

enum outcome { REFUSED, UNTOUCHED, PARTLY, DONE };

/* Open what was put there, and close it. */
static enum outcome
replay(int *err)
{
	enum outcome outcome = PARTLY;
	struct image now;

	*err = volumes_start(true);
	if (*err != XC_OK) {
		load(&now, VOLUMES_DATA);
		lab_must(now.len == data.len && memcmp(now.bytes +
		    HEADER_BYTES, data.bytes + HEADER_BYTES,
		    data.len - HEADER_BYTES) == 0, "refused, but written");
		return REFUSED;
	}
	memcpy(volumes_now.plain, before, LENGTH);
	if (volumes_same(0, LENGTH))
		outcome = UNTOUCHED;
	memcpy(volumes_now.plain, after, LENGTH);
	if (volumes_same(0, LENGTH))
		outcome = DONE;
	lab_must(volumes_stop() == XC_OK, "cannot close");
	return outcome;
}

static void
test_whole(void)
{
	int err;

	put(&data, &journal);
	tap_ok(replay(&err) == DONE, "what was flushed is replayed");
}

/* Any byte of what is authenticated: no more than a commit is lost. */
static void
test_bytes(void)
{
	struct image j;
	unsigned bad = 0;
	int err;

	for (size_t at = 0; at < RECORD_AT + 4 * JOURNAL_BLOCK;
	    at += 1 + randombytes_uniform(97)) {
		enum outcome outcome;

		j = journal;
		j.bytes[at] ^= (uint8_t)(1 + randombytes_uniform(255));
		put(&data, &j);
		outcome = replay(&err);
		/* The second head is not used yet. */
		if (at >= JOURNAL_BLOCK && at < JOURNAL_HEADER_AT ?
		    outcome == DONE : at < RECORD_AT ? outcome == REFUSED :
		    outcome == UNTOUCHED)
			continue;
		tap_note("byte %zu: %d, error %d", at, (int)outcome, err);
		bad++;
	}
	tap_ok(bad == 0, "each byte of heads, header and record counts");
}

/* A field of the first record, with a tag that is right. */
static const struct forged {
	const char *what;
	size_t at, len;
	uint64_t value;
} records[] = {
	{ "a kind that conversions have", 40, 1, JOURNAL_OLD },
	{ "no ranges", 42, 2, 0 },
	{ "65535 ranges", 42, 2, 65535 },
	{ "a chunk", 48, 8, 1 },
	{ "a sample", 56, 8, 1 },
	{ "more data than a record has", 88, 8, UINT64_MAX },
	{ "the data of another length", 88, 8, 4096 },
	{ "the header's page", 96, 8, 0 },
	{ "a place between pages", 96, 8, 5000 },
	{ "a place behind the file", 96, 8, (uint64_t)1 << 40 },
	{ "a range that wraps around", 96, 8, UINT64_MAX - 4095 },
	{ "a range of nothing", 104, 8, 0 },
	{ "a range that is too long", 104, 8, UINT64_MAX },
	{ "something behind the ranges", 2000, 8, 1 },
	{ "another epoch", 24, 8, 2 },
	{ "another sequence", 32, 8, 2 },
	{ "another journal", 8, 8, 1 },
	{ "the file's last page, and more", 96, 8, LAST_PAGE }
}, heads[] = {
	{ "another purpose", 10, 1, JOURNAL_ENCRYPTING },
	{ "a detached header", 11, 1, 0 },
	{ "a chunk", 12, 4, CHUNK_BYTES },
	{ "epoch 0", 56, 8, 0 },
	{ "an even epoch", 56, 8, 2 },
	{ "an area without end", 64, 8, UINT64_MAX },
	{ "an area that is too large", 64, 8, PAGELOG_AREA + 4096 },
	{ "an area of no blocks", 64, 8, 5000 },
	{ "another length", 72, 8, LENGTH + 1 },
	{ "another size before", 80, 8, LENGTH },
	{ "another size after", 88, 8, 0 },
	{ "another file's id", 16, 8, 1 },
	{ "another generation", 32, 8, 1 }
}, others[] = {
	{ "another journal", 40, 8, 1 },
	{ "an odd epoch", 56, 8, 3 }
}, areas[] = {
	{ "no area", 64, 8, 0 },
	{ "an area for no data", 64, 8, JOURNAL_BLOCK }
};

/* Make the tag of a block right again: as journal_*_encode makes it. */
static void
tag_again(uint8_t *block, size_t len, uint64_t number)
{
	uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES], none[1];
	uint8_t *message = lab_memory(4064 + len);

	memcpy(nonce, block + 4064, 16);
	bytes_store64(nonce + 16, number);
	memcpy(message, block, 4064);
	memcpy(message + 4064, block + JOURNAL_BLOCK, len);
	crypto_aead_xchacha20poly1305_ietf_encrypt_detached(none,
	    block + 4080, NULL, NULL, 0, message, 4064 + len, NULL, nonce,
	    journal_key->tag);
	free(message);
}

static void
set_field(uint8_t *block, const struct forged *f)
{
	uint8_t value[8];

	bytes_store64(value, f->value);
	memcpy(block + f->at, value, f->len);
}

static void
test_record(const struct forged *f)
{
	struct image j = journal;
	uint8_t *block = j.bytes + RECORD_AT;
	const uint64_t most = SIZE_MOST - RECORD_AT - JOURNAL_BLOCK;
	uint64_t len;
	int err;

	set_field(block, f);
	len = bytes_load64(block + 88);
	tag_again(block, (size_t)(len < most ? len : most),
	    bytes_load64(block + 32));
	put(&data, &j);
	tap_ok(replay(&err) == UNTOUCHED, "a record with %s is none", f->what);
}

static void
test_head(const struct forged *f, enum outcome outcome)
{
	struct image j = journal;
	int err;

	set_field(j.bytes, f);
	tag_again(j.bytes, 0, ((uint64_t)1 << 63) + bytes_load64(j.bytes + 56));
	put(&data, &j);
	tap_ok(replay(&err) == outcome, "a head with %s %s", f->what,
	    outcome == REFUSED ? "is refused" : "has no records there");
}

/* Put a head of epoch 2 into the second place. */
static void
add_head(struct image *j, const struct forged *f)
{
	uint8_t *head = j->bytes + JOURNAL_BLOCK;

	memcpy(head, j->bytes, JOURNAL_BLOCK);
	bytes_store64(head + 56, 2);
	if (f != NULL)
		set_field(head, f);
	tag_again(head, 0, ((uint64_t)1 << 63) + bytes_load64(head + 56));
}

/* A second head like the first, but for a field: what is flushed counts. */
static bool
is_passed_over(const struct forged *f)
{
	struct image j = journal;
	int err;

	add_head(&j, f);
	put(&data, &j);
	if (replay(&err) == DONE)
		return true;
	tap_note("a second head with %s: error %d", f->what, err);
	return false;
}

/* The newer of two heads is taken, if it is one of this journal. */
static void
test_second_head(void)
{
	struct image j = journal;
	unsigned bad = 0;
	int err;

	add_head(&j, NULL);
	put(&data, &j);
	tap_ok(replay(&err) == UNTOUCHED, "a newer head: older records are "
	    "none");
	for (size_t i = 0; i < LAB_COUNT(heads); i++)
		/* In the second place epochs are even. */
		bad += heads[i].value != 2 && !is_passed_over(&heads[i]);
	for (size_t i = 0; i < LAB_COUNT(others); i++)
		bad += !is_passed_over(&others[i]);
	tap_ok(bad == 0, "a newer head of another journal is none");
}

/* A part of a page, which is not the last. */
static void
test_part_of_page(void)
{
	struct image j = journal;
	uint8_t *block = j.bytes + RECORD_AT;
	int err;

	bytes_store16(block + 42, 1);
	bytes_store64(block + 88, 5000);
	bytes_store64(block + 104, 5000);
	tag_again(block, 5000, 1);
	put(&data, &j);
	tap_ok(replay(&err) == UNTOUCHED, "a record with half a page is none");
}

/* The journal was cut; what it lacks is not made up. */
static void
test_cut(void)
{
	const size_t len = (size_t)bytes_load64(journal.bytes + RECORD_AT +
	    88);
	static struct image j;
	unsigned bad = 0;
	int err;

	for (size_t n = 0; n < RECORD_AT + JOURNAL_BLOCK + len;
	    n += 1 + randombytes_uniform(997)) {
		j = journal;
		j.len = n;
		put(&data, &j);
		if (replay(&err) == (n < RECORD_AT ? REFUSED : UNTOUCHED))
			continue;
		tap_note("cut to %zu: error %d", n, err);
		bad++;
	}
	tap_ok(bad == 0, "a journal that was cut: no part of a record");
}

/* The commit's records have the tag, but its last one is missing. */
static void
test_commit(void)
{
	struct image j = journal;
	int err;

	j.bytes[RECORD_AT + 41] = 0;
	tag_again(j.bytes + RECORD_AT, (size_t)bytes_load64(j.bytes +
	    RECORD_AT + 88), 1);
	/* The second record ends the commit then. */
	put(&data, &j);
	tap_ok(replay(&err) == DONE, "records of one commit, all there");
	j.bytes[RECORD_AT + JOURNAL_BLOCK + (size_t)bytes_load64(j.bytes +
	    RECORD_AT + 88) + 100] ^= 1;
	put(&data, &j);
	tap_ok(replay(&err) == UNTOUCHED, "a commit in part is none");
}

/* Journal, header and data are not of one moment, or not of one file. */
static void
test_moments(void)
{
	struct image old = { .len = 0 }, d, j = journal;
	struct header h = volumes_now.header;
	int err;

	memcpy(old.bytes, volumes_now.file, volumes_now.len);
	old.len = volumes_now.len;
	put(&old, &journal);
	tap_ok(replay(&err) == REFUSED && err == XC_E_MOMENT,
	    "an older header is put back: refused");
	add_head(&j, NULL);
	put(&old, &j);
	tap_ok(replay(&err) == REFUSED && err == XC_E_MOMENT,
	    "and when another epoch has begun");

	d = data;
	h.state = HEADER_WRITING;
	h.generation = 7;
	key_mac_header(d.bytes, &h, volumes_now.key);
	put(&d, &journal);
	tap_ok(replay(&err) == REFUSED && err == XC_E_MOMENT,
	    "another generation: refused");

	h.id[0] ^= 1;
	key_mac_header(d.bytes, &h, volumes_now.key);
	put(&d, &journal);
	tap_ok(replay(&err) == REFUSED && err == XC_E_JOURNAL_OTHER,
	    "another file's journal: refused");

	d = data;
	d.len -= 100;
	put(&d, &journal);
	disk_put(VOLUMES_DATA, d.bytes, d.len);
	tap_ok(volumes_start(true) != XC_OK, "the file was cut: refused");

	put(&data, &journal);
	unlink(volumes_journal());
	tap_ok(replay(&err) == REFUSED && err == XC_E_JOURNAL_LOST,
	    "the journal is lost: refused");
	disk_put(volumes_journal(), journal.bytes, journal.len);
	tap_ok(volumes_start(false) == XC_E_WRITING,
	    "who only reads does not replay");
}

/* Put its journal there, open it, and change its size before the replay. */
static int
replay_sized(off_t size)
{
	const struct volume_how how = { .cache = volumes_now.cache };
	struct volume *v;
	int err;

	put(&data, &journal);
	lab_must(volume_open(&v, VOLUMES_DATA, NULL, true).code == XC_OK &&
	    truncate(VOLUMES_DATA, size) == 0, "cannot open");
	err = volume_start(v, volumes_key(), &how).code;
	lab_must(volume_close(v).code == XC_OK, "cannot close");
	return err;
}

static void
test_sizes(void)
{
	int err;

	tap_ok(replay_sized(FILE_BYTES - 1) == XC_E_MOMENT &&
	    replay_sized(FILE_BYTES + 1) == XC_E_MOMENT,
	    "its size has changed: refused");
	put(&data, &journal);
	tap_ok(replay(&err) == DONE, "with the old size it is replayed");
}

/* Each call of the replay fails; then another one does it. */
static void
test_failures(void)
{
	unsigned step = 0, bad = 0;
	bool done = false;
	int err;

	while (!done) {
		put(&data, &journal);
		fault_set((struct fault){ .at = ++step, .error = EIO });
		err = volumes_start(true);
		if (err == XC_OK)
			err = volumes_stop();
		done = fault.calls < step;
		fault_set((struct fault){ 0 });
		if (done ? err == XC_OK : replay(&err) == DONE)
			continue;
		tap_note("call %u: error %d", step, err);
		bad++;
	}
	tap_ok(bad == 0 && step > 20, "each of %u calls of a replay "
	    "fails, and another does it", step - 1);
}

int
main(void)
{
	lab_start();
	lab_enter("/dev/shm");
	volumes_make("1 512 4096 40", LENGTH, false);
	volumes_now.cache = 100000;
	lab_must(journal_key_new(&journal_key, volumes_now.key) == XC_OK,
	    "no memory");
	leave_open();
	test_whole();
	test_bytes();
	for (size_t i = 0; i < LAB_COUNT(records); i++)
		test_record(&records[i]);
	for (size_t i = 0; i < LAB_COUNT(heads); i++)
		test_head(&heads[i], REFUSED);
	for (size_t i = 0; i < LAB_COUNT(areas); i++)
		test_head(&areas[i], UNTOUCHED);
	test_second_head();
	test_part_of_page();
	test_cut();
	test_commit();
	test_moments();
	test_sizes();
	test_failures();
	sodium_free(journal_key);
	volumes_unmake();
	lab_leave();
	return tap_done();
}
