/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container.h"
#include "disk.h"
#include "fault.h"
#include "hold.h"
#include "lab.h"
#include "scene.h"
#include "witness.h"

const struct scene scene_list[SCENES] = {
	{ "encrypt -H, no tags", XTS_ENCRYPT, true, "0 512 0 40", 20000,
	    false },
	{ "encrypt, no tags", XTS_ENCRYPT, false, "0 4096 0 40", 16384,
	    false },
	{ "encrypt", XTS_ENCRYPT, false, "1 512 4096 40", 3 * 8192 + 8,
	    false },
	{ "encrypt -H", XTS_ENCRYPT, true, "1 4096 4096 40", 17000,
	    false },
	{ "encrypt one chunk", XTS_ENCRYPT, false, "1 512 4096 40", 8192 + 15,
	    false },
	{ "decrypt -H, no tags", XTS_DECRYPT, true, "0 512 0 40", 20000,
	    false },
	{ "decrypt, no tags", XTS_DECRYPT, false, "0 512 0 40", 16390,
	    false },
	{ "decrypt", XTS_DECRYPT, false, "1 512 4096 40", 3 * 8192 + 8,
	    false },
	{ "decrypt -H", XTS_DECRYPT, true, "1 4096 4096 40", 17000,
	    false },
	{ "decrypt 16 bytes", XTS_DECRYPT, false, "1 512 4096 40", 16,
	    false },
	/* The last chunk has a tail; one of two units; and no witnesses. */
	{ "encrypt, sectors trusted", XTS_ENCRYPT, true, "0 512 0 40", 20000,
	    true },
	{ "decrypt, sectors trusted", XTS_DECRYPT, true, "0 4096 0 40", 20485,
	    true },
	{ "encrypt, the last sector torn", XTS_ENCRYPT, true, "0 512 0 40",
	    2 * 8192 + 40, true }
};

struct scene_now scene_now;

size_t
scene_load(const char *name, uint8_t buf[SCENE_FILE_MAX])
{
	int fd = open(name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, buf, SCENE_FILE_MAX);
	lab_must(n >= 0, "cannot read");
	close(fd);
	return (size_t)n;
}

/* Of which bytes are there only witnesses? */
static size_t
witnessed(const struct scene *s)
{
	const size_t sector = scene_now.layout.sector;
	const size_t last = (s->length - LAYOUT_BLOCK) / CHUNK_BYTES *
	    CHUNK_BYTES;
	const size_t tail = s->length % sector;

	if (!s->trust_sectors || s->length - last < WITNESS_CHUNK_MIN)
		return s->trust_sectors ? last : 0;
	return s->length - tail - (tail > 0 && tail < 16 ? sector : 0);
}

/* Does a reader get the plaintext, and nothing else? */
static bool
reads_plain(void)
{
	static uint8_t got[SCENE_FILE_MAX];
	struct io in, out;
	struct container c;
	const size_t length = scene_now.s->length;
	struct job how = { .out = &out, .threads = 1 };
	int fd = open(SCENE_DATA, O_RDONLY), to = lab_file(NULL, 0);
	bool good = fd >= 0 && io_input(&in, fd, NULL) == XC_OK &&
	    io_output(&out, to, NULL) == XC_OK &&
	    container_open(&c, &in, SCENE_DATA, scene_now.s->detached ?
	    SCENE_HEADER : NULL).code == XC_OK;

	if (good) {
		c.key = scene_now.key;
		good = container_decrypt(&c, &how).code == XC_OK &&
		    pread(to, got, sizeof(got), 0) == (ssize_t)length &&
		    memcmp(got, scene_now.plain, length) == 0;
	}
	if (fd >= 0)
		close(fd);
	close(to);
	return good;
}

static bool
has_plain(void)
{
	static uint8_t got[SCENE_FILE_MAX];

	return scene_load(SCENE_DATA, got) == scene_now.s->length &&
	    memcmp(got, scene_now.plain, scene_now.s->length) == 0;
}

const char *
scene_journal(void)
{
	return scene_now.s->detached ? SCENE_HEADER JOURNALFILE_SUFFIX :
	    SCENE_DATA JOURNALFILE_SUFFIX;
}

/* Encrypted, or not, and nothing is left of a conversion. */
bool
scene_is_encrypted(void)
{
	return access(scene_journal(), F_OK) != 0 && reads_plain();
}

bool
scene_is_plain(void)
{
	return access(scene_journal(), F_OK) != 0 && has_plain() &&
	    (!scene_now.s->detached || access(SCENE_HEADER, F_OK) != 0);
}

bool
scene_is_whole(void)
{
	return scene_is_plain() || scene_is_encrypted();
}

/* Ask a reader, which must not take a half converted file for a whole one. */
bool
scene_is_honest(void)
{
	uint8_t bytes[SCENE_FILE_MAX];
	const char *headed = scene_now.s->detached ? SCENE_HEADER : SCENE_DATA;
	struct journal_seen seen;
	struct header h;
	bool there = scene_load(headed, bytes) >= HEADER_BYTES &&
	    header_decode(&h, bytes) == XC_OK;
	int err = convert_look(&seen, headed, there ? &h : NULL).code;

	if (err != XC_OK && err != XC_E_JOURNAL_LEFT)
		return true;
	return there ? reads_plain() : has_plain();
}

void
scene_choose(const struct scene *s)
{
	struct lab lab = { 0 };

	scene_now.s = s;
	scene_now.layout = lab_layout(s->layout);
	scene_now.trusted = witnessed(s);
	key_free(scene_now.key);
	lab_header(&scene_now.header, &scene_now.key, &scene_now.layout,
	    s->length);
	key_mac_header(scene_now.header_bytes, &scene_now.header,
	    scene_now.key);
	lab_pattern(scene_now.plain, s->length);
	if (s->direction == XTS_ENCRYPT) {
		scene_now.len = s->length;
		memcpy(scene_now.data, scene_now.plain, scene_now.len);
		return;
	}
	lab.layout = scene_now.layout;
	lab.key = scene_now.key;
	lab.length = s->length;
	lab_run(&lab, XTS_ENCRYPT, scene_now.plain, s->length);
	lab_must(lab.err == XC_OK, "cannot encrypt");
	scene_now.len = s->detached ? 0 : HEADER_BYTES;
	memcpy(scene_now.data, scene_now.header_bytes, scene_now.len);
	memcpy(scene_now.data + scene_now.len, lab.out, lab.len);
	scene_now.len += lab.len;
	lab_free(&lab);
}

void
scene_set_up(void)
{
	struct stat st;

	disk_clear();
	disk_trust(SCENE_DATA, scene_now.trusted);
	disk_put(SCENE_DATA, scene_now.data, scene_now.len);
	if (scene_now.s->detached && scene_now.s->direction == XTS_DECRYPT)
		disk_put(SCENE_HEADER, scene_now.header_bytes, HEADER_BYTES);
	lab_must(stat(SCENE_DATA, &st) == 0, "no file");
	scene_now.ino = st.st_ino;
}

static int
open_data(struct conversion *c)
{
	*c = (struct conversion){
		.path = SCENE_DATA,
		.detached = scene_now.s->detached ? SCENE_HEADER : NULL,
		.rule.key = scene_now.key,
		.held = -1
	};
	return hold_open(&c->fd, &c->rule.device, SCENE_DATA);
}

int
scene_convert(void)
{
	struct conversion c;
	int err = open_data(&c);

	if (err != XC_OK)
		return err;
	c.header = scene_now.header;
	c.rule.trust_sectors = scene_now.s->trust_sectors;
	c.rule.chunks = (struct chunks){
		.direction = scene_now.s->direction,
		.layout = scene_now.layout,
		.length = scene_now.s->length,
		.attached = !scene_now.s->detached
	};
	err = convert_start(&c).code;
	if (err == XC_OK)
		err = convert_run(&c, 0).code;
	convert_end(&c);
	close(c.fd);
	return err;
}

/* Go on with the conversion that was found, or undo it. */
static int
go_on(struct conversion *c, bool undo)
{
	uint64_t k;
	int err = resume_load(c, &k).code;

	scene_now.torn = c->pipeline.steps[0].torn;
	if (err == XC_OK && undo && k == 0)
		return resume_undo(c).code;
	if (err == XC_OK)
		err = resume_redo(c, k).code;
	return err == XC_OK ? convert_run(c, k).code : err;
}

static int
resume(bool undo)
{
	struct conversion c;
	struct headerfile hf;
	int err = open_data(&c);

	if (err != XC_OK)
		return err;
	err = resume_find(&c, &hf).code;
	if (err == XC_E_FINISHED)
		err = XC_OK;
	else if (err == XC_E_JOURNAL_LEFT)
		err = convert_remove_journal(&c).code;
	else if (err == XC_OK)
		err = go_on(&c, undo);
	convert_end(&c);
	close(c.fd);
	return err;
}

int
scene_resume(void)
{
	return resume(false);
}

int
scene_undo(void)
{
	return resume(true);
}

bool
scene_mends(int err)
{
	bool honest;

	/* A call that was not reached yet must not fail below. */
	fault_set((struct fault){ .at = 0 });
	honest = scene_is_honest();
	if (err != XC_OK && honest)
		err = scene_resume();
	return honest && err == XC_OK && scene_is_whole();
}
