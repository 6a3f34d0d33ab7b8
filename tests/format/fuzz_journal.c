/* SPDX-License-Identifier: ISC */
/*
 * Any journal beside a file whose conversion was interrupted: that of the
 * conversion, with other bytes in some of its places.  What was changed may be
 * made authentic again, or nothing would get past the tags.  A journal that is
 * refused leaves all files as they are; one that is taken ends in a file of the
 * right size, and if nothing was made authentic, in the right file.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "bytes.h"
#include "disk.h"
#include "fault.h"
#include "fuzz.h"
#include "hold.h"
#include "lab.h"
#include "moment.h"
#include "scene.h"

/* The first byte is the scene, the second what is made authentic. */
enum how { HEAD = 1, COPY = 2, EVEN = 4, ODD = 8, CUT = 16, RESIZED = 32 };
#define SEALED (HEAD | COPY | EVEN | ODD)

static struct moment moments[SCENES];
static char dir[] = "/dev/shm/fuzz_journal-XXXXXX";
static int home;		/* libFuzzer's working directory */

static void
clean_up(void)
{
	if (chdir(dir) == 0)
		disk_clear();
	rmdir(dir);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	lab_start();
	home = open(".", O_RDONLY | O_DIRECTORY);
	fuzz_require(home >= 0 && mkdtemp(dir) != NULL && chdir(dir) == 0);
	atexit(clean_up);
	for (size_t i = 0; i < SCENES; i++) {
		lab_random(i);
		scene_choose(&scene_list[i]);
		moment_half_way(&moments[i]);
		fuzz_require(moments[i].njournal > JOURNAL_RECORDS_AT);
	}
	fuzz_require(fchdir(home) == 0);
	return 0;
}

/* Where a part of the journal begins: a head, the copy, a record, its data. */
static size_t
part_at(const struct moment *m, unsigned part)
{
	const size_t slot = (m->njournal - JOURNAL_RECORDS_AT) / 2;

	return part < 3 ? part * JOURNAL_BLOCK : JOURNAL_RECORDS_AT +
	    (part % 2 == 0 ? slot : 0) + (part > 4 ? JOURNAL_BLOCK : 0);
}

/* Each change: a part and a length, an offset in two bytes, and the bytes. */
static void
change(struct moment *m, const uint8_t *data, size_t size)
{
	while (size > 3) {
		const size_t at = part_at(m, data[0] % 7) +
		    bytes_load16(data + 1) % JOURNAL_BLOCK;
		size_t n = 1U + data[0] / 7;

		data += 3;
		size -= 3;
		if (n > size)
			n = size;
		if (n > m->njournal - at)
			n = m->njournal - at;
		memcpy(m->journal + at, data, n);
		data += n;
		size -= n;
	}
}

static void
seal_record(struct moment *m, unsigned part, const struct journal_key *key)
{
	const size_t at = part_at(m, part);
	struct journal_record record;

	if (journal_record_decode(&record, m->journal + at) == XC_OK &&
	    JOURNAL_BLOCK + record.size <= m->njournal - at)
		journal_record_encode(m->journal + at, &record, key);
}

static void
seal(struct moment *m, unsigned how)
{
	struct journal_key *key;
	struct journal_head head;
	struct header header;

	fuzz_require(journal_key_new(&key, scene_now.key) == XC_OK);
	if ((how & HEAD) != 0 &&
	    journal_head_decode(&head, m->journal) == XC_OK)
		journal_head_encode(m->journal, &head, key);
	if ((how & COPY) != 0) {
		lab_checksum(m->journal + JOURNAL_HEADER_AT);
		if (header_decode(&header, m->journal + JOURNAL_HEADER_AT) ==
		    XC_OK)
			key_mac_header(m->journal + JOURNAL_HEADER_AT, &header,
			    scene_now.key);
	}
	if ((how & EVEN) != 0)
		seal_record(m, 3, key);
	if ((how & ODD) != 0)
		seal_record(m, 4, key);
	sodium_free(key);
}

/* Resume what is there; true: it was refused. */
static bool
is_refused(struct conversion *c, unsigned how)
{
	struct headerfile hf;
	struct stat st;
	uint64_t k;
	int err;

	c->path = SCENE_DATA;
	c->detached = scene_now.s->detached ? SCENE_HEADER : NULL;
	c->rule.key = scene_now.key;
	if (hold_open(&c->fd, &c->rule.device, SCENE_DATA) != XC_OK ||
	    resume_find(c, &hf).code != XC_OK ||
	    resume_load(c, &k).code != XC_OK)
		return true;
	err = resume_redo(c, k).code;
	if (err == XC_OK)
		err = convert_run(c, k).code;
	fuzz_require(err == XC_OK ? access(scene_journal(), F_OK) != 0 :
	    access(scene_journal(), F_OK) == 0);
	if (err == XC_OK) {
		fuzz_require(stat(SCENE_DATA, &st) == 0);
		fuzz_require((uint64_t)st.st_size == c->head.after);
	}
	/* A step may find damage, or the file cut short. */
	fuzz_require((how & SEALED) != 0 || (err == XC_OK ? scene_is_whole() :
	    (how & RESIZED) != 0));
	return false;
}

static void
try(const struct moment *given, unsigned how)
{
	static struct moment after;
	struct conversion c = { .fd = -1, .journal.beside.folder = -1,
		.journal.fd = -1, .held = -1 };
	struct journal_seen seen;
	bool refused;

	moment_put(given, given);
	fault_set((struct fault){ 0 });
	(void)journalfile_look(&seen, scene_now.s->detached ? SCENE_HEADER :
	    SCENE_DATA);
	refused = is_refused(&c, how);
	convert_end(&c);
	if (c.fd >= 0)
		close(c.fd);
	if (!refused)
		return;
	moment_take(&after);
	fuzz_require(moment_same(given, &after));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct moment m;
	size_t scene, cut;
	unsigned how;

	if (size < 4)
		return 0;
	scene = data[0] % SCENES;
	how = data[1];
	cut = bytes_load16(data + 2);
	lab_random(scene);
	if (scene_now.s != &scene_list[scene])
		scene_choose(&scene_list[scene]);
	m = moments[scene];
	change(&m, data + 4, size - 4);
	seal(&m, how);
	if ((how & CUT) != 0)
		m.njournal = cut % m.njournal;
	if ((how & RESIZED) != 0)
		m.ndata = cut % SCENE_FILE_MAX;
	fuzz_require(chdir(dir) == 0);
	try(&m, how);
	fuzz_require(fchdir(home) == 0);
	return 0;
}
