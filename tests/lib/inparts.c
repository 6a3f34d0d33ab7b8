/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "container.h"
#include "disk.h"
#include "inparts.h"
#include "lab.h"
#include "partfile.h"
#include "parts.h"

#define LENGTH_MAX 32768
#define PARTS 2U

const struct inparts inparts_list[INPARTS] = {
	{ "encrypt", XTS_ENCRYPT, false, "1 512 4096 40", 2 * 8192 + 9 },
	{ "encrypt -H", XTS_ENCRYPT, true, "1 4096 4096 40", 3 * 8192 },
	{ "encrypt, no tags", XTS_ENCRYPT, false, "0 512 0 40", 20000 },
	{ "encrypt -H, no tags", XTS_ENCRYPT, true, "0 4096 0 40", 16391 },
	{ "encrypt a single part", XTS_ENCRYPT, false, "1 512 8192 40", 5 },
	{ "decrypt", XTS_DECRYPT, false, "1 512 4096 40", 2 * 8192 + 9 },
	{ "decrypt, no tags", XTS_DECRYPT, true, "0 512 0 40", 20000 }
};

const struct inparts *inparts_now;
void (*inparts_meanwhile)(void);

static struct header header;
static struct key *key;
static uint8_t plain[LENGTH_MAX];
static int source = -1;			/* a file with it */

static const char *
detached(void)
{
	return inparts_now->detached ? INPARTS_HEADER : NULL;
}

static struct io
input_at(int fd)
{
	struct io io = { 0 };

	lab_must(lseek(fd, 0, SEEK_SET) == 0 &&
	    io_input(&io, fd, NULL) == XC_OK, "cannot read");
	return io;
}

int
inparts_create(uint16_t parts)
{
	struct io in = input_at(source);
	struct creation n;
	struct key *own;
	struct err err;

	lab_must(container_begin(&n, &header.layout, &in).code == XC_OK,
	    "no key");
	own = n.key;
	n.header = header;
	n.key = key;
	err = container_create(&n, INPARTS_DATA, detached(), OUTPUT_REPLACE,
	    NULL);
	if (err.code == XC_OK)
		err = parts > 0 ? parts_create(&n, parts) :
		    container_encrypt(&n, NULL);
	if (err.code == XC_OK)
		err = container_commit(&n, NULL);
	n.key = own;
	container_abort(&n);
	return err.code;
}

/* Write a part, or with 0 finish. */
static int
encrypt_part(uint32_t part)
{
	struct io in = input_at(source);
	const struct job how = { .in = &in, .threads = 1 };
	struct parts p;
	struct err err = parts_open(&p, INPARTS_DATA, detached(), part == 0);

	p.file.key = key;
	if (err.code == XC_OK && part > 0)
		err = parts_encrypt(&p, &how, part, PARTS);
	else if (err.code == XC_OK)
		err = parts_verify(&p, &how, &in);
	if (part == 0 && inparts_meanwhile != NULL)
		inparts_meanwhile();
	if (err.code == XC_OK && part == 0)
		err = parts_finish(&p);
	p.file.key = NULL;
	parts_close(&p);
	return err.code;
}

/* Open the encrypted file to read it. */
static int
open_data(struct container *c, struct io *io, int *fd)
{
	int err;

	*fd = open(INPARTS_DATA, O_RDONLY);
	if (*fd < 0)
		return XC_E_MAGIC;
	err = io_input(io, *fd, NULL);
	return err != XC_OK ? err :
	    container_open(c, io, INPARTS_DATA, detached()).code;
}

static int
decrypt_part(uint32_t part)
{
	const struct job how = { .threads = 1 };
	struct container c = { 0 };
	struct partfile f;
	struct io io, wrote;
	int fd, err = open_data(&c, &io, &fd);

	f = (struct partfile){ .at.folder = -1, .fd = -1 };
	c.key = key;
	if (err == XC_OK)
		err = partfile_open(&f, INPARTS_OUT, inparts_now->length,
		    part == 0);
	if (err == XC_OK && part > 0) {
		err = partfile_decrypt(&f, &c, &how, part, PARTS).code;
	} else if (err == XC_OK) {
		wrote = io_at(f.fd);
		err = parts_compare(&c, &how, &wrote, NULL).code;
		if (inparts_meanwhile != NULL)
			inparts_meanwhile();
		if (err == XC_OK)
			err = partfile_place(&f, INPARTS_OUT,
			    inparts_now->length, 0, NULL, NULL);
	}
	partfile_close(&f);
	if (fd >= 0)
		close(fd);
	return err;
}

int
inparts_act(enum inparts_action a)
{
	static const uint32_t part[] = {
		[INPARTS_PART_2] = 2, [INPARTS_PART_1] = 1,
		[INPARTS_AGAIN] = 2, [INPARTS_FINISH] = 0
	};
	const bool encrypts = inparts_now->direction == XTS_ENCRYPT;

	if (a == INPARTS_CREATE)
		return encrypts ? inparts_create(PARTS) : XC_OK;
	return encrypts ? encrypt_part(part[a]) : decrypt_part(part[a]);
}

/* Does a reader of the encrypted file get the plaintext? */
static int
read_data(void)
{
	static uint8_t got[LENGTH_MAX];
	struct container c = { 0 };
	struct io io, out;
	const struct job how = { .out = &out, .threads = 1 };
	const size_t length = inparts_now->length;
	int to = lab_file(NULL, 0), fd, err = open_data(&c, &io, &fd);

	lab_must(io_output(&out, to, NULL) == XC_OK, "cannot write");
	c.key = key;
	if (err == XC_OK)
		err = container_decrypt(&c, &how).code;
	if (err == XC_OK && (pread(to, got, sizeof(got), 0) !=
	    (ssize_t)length || memcmp(got, plain, length) != 0))
		err = XC_E_DAMAGED;
	if (fd >= 0)
		close(fd);
	close(to);
	return err;
}

/* Has the output its name and its bytes? */
static int
read_out(void)
{
	static uint8_t got[LENGTH_MAX];
	int fd = open(INPARTS_OUT, O_RDONLY), err = XC_E_DAMAGED;

	if (fd < 0)
		return XC_E_PARTS;
	if (read(fd, got, sizeof(got)) == (ssize_t)inparts_now->length &&
	    memcmp(got, plain, inparts_now->length) == 0)
		err = XC_OK;
	close(fd);
	return err;
}

int
inparts_look(void)
{
	return inparts_now->direction == XTS_ENCRYPT ? read_data() : read_out();
}

void
inparts_choose(const struct inparts *s)
{
	const struct layout layout = lab_layout(s->layout);

	inparts_now = s;
	key_free(key);
	lab_header(&header, &key, &layout, s->length);
	lab_pattern(plain, s->length);
	if (source < 0)
		source = lab_file(NULL, 0);
	inparts_source(s->length);
}

void
inparts_source(size_t length)
{
	lab_fill(source, plain, length);
}

void
inparts_forge(uint8_t state, uint64_t generation)
{
	uint8_t bytes[HEADER_BYTES];
	struct header h;
	int fd = open(inparts_now->detached ? INPARTS_HEADER : INPARTS_DATA,
	    O_RDWR);

	lab_must(pread(fd, bytes, sizeof(bytes), 0) == sizeof(bytes) &&
	    header_decode(&h, bytes) == XC_OK, "no header");
	h.state = state;
	h.parts = state == HEADER_PARTS ? PARTS : 0;
	h.generation = generation;
	key_mac_header(bytes, &h, key);
	lab_must(pwrite(fd, bytes, sizeof(bytes), 0) == sizeof(bytes),
	    "cannot write");
	close(fd);
}

void
inparts_end(void)
{
	key_free(key);
	key = NULL;
	close(source);
	source = -1;
	disk_clear();
}

void
inparts_until(enum inparts_action a)
{
	disk_clear();
	if (inparts_now->direction == XTS_DECRYPT)
		lab_must(inparts_create(0) == XC_OK, "cannot encrypt");
	for (int i = 0; i < (int)a; i++)
		lab_must(inparts_act((enum inparts_action)i) == XC_OK,
		    "cannot be done");
}
