/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "distinct.h"
#include "msg.h"
#include "options.h"
#include "path.h"
#include "secret.h"
#include "side.h"
#include "source.h"

/*
 * Where both files were to be replaced, and only the data was: its header waits
 * beside the old one.
 */
static int
find_waiting(struct source *s, const char *detached)
{
	uint8_t front[PAIR_FRONT];
	size_t len;
	int err;

	if (!s->in.io.seekable || s->in.io.device)
		return XC_E_MAGIC;
	err = io_peek(&s->in.io, front, sizeof(front), &len);
	if (err == XC_OK)
		err = pair_find(&s->hf, s->waiting, detached, front, len);
	if (err != XC_OK)
		s->waiting[0] = '\0';
	return err;
}

/* The header in a file of its own. */
static struct err
read_detached(struct source *s, const char *path)
{
	struct err err = { XC_OK, ERR_HEADER };
	const char *named = path_descriptor(path) < 0 ? path : NULL;
	int fd;

	if (named != NULL && find_waiting(s, path) == XC_OK)
		return err;
	err.code = io_open(&fd, path, O_RDONLY | O_NOCTTY | O_CLOEXEC, NULL);
	if (err.code != XC_OK)
		return err;
	err = headerfile_read(&s->hf, fd, named);
	/* A descriptor of the user's goes on behind the header. */
	if (err.code == XC_OK)
		(void)lseek(fd, HEADER_BYTES, SEEK_CUR);
	close(fd);
	return err;
}

/* Find the header: in its own file, or at the start of the input. */
static struct err
find_header(struct source *s, const char *detached)
{
	uint8_t bytes[HEADER_BYTES];
	size_t got;
	int err;

	if (detached != NULL)
		return read_detached(s, detached);
	err = io_peek(&s->in.io, bytes, sizeof(bytes), &got);
	if (err == XC_OK && got < sizeof(bytes))
		return (struct err){ XC_E_MAGIC, ERR_HEADER };
	io_skip(&s->in.io, sizeof(bytes));
	return err == XC_OK ?
	    headerfile_decode(&s->hf, bytes, s->in.fd, s->in.path) :
	    headerfile_unread(&s->hf, err, s->in.fd, s->in.path);
}

int
source_open(struct source *s, const struct options *o,
    struct job_report *report)
{
	struct err err;
	uint64_t payload;
	int code;

	*s = (struct source){ 0 };
	if ((code = input_open(&s->in, o->operand[0], report)) != EXIT_DONE)
		return code;
	s->header = o->header != NULL ? o->header : s->in.name;
	err = find_header(s, o->header);
	if (err.code != XC_OK) {
		code = source_fail(s->header, err);
		source_close(s);
		return code;
	}
	if (s->waiting[0] != '\0')
		msg_note("%s: is the header of older data; used %s beside it",
		    s->header, s->waiting);
	if (s->hf.rescued)
		source_tell_rescued(s->header);
	if (s->hf.header.length == LAYOUT_UNKNOWN)
		report->segment = s->hf.header.layout.segment;

	/* A device goes on behind what was written to it. */
	if (s->in.io.device && s->hf.header.length != LAYOUT_UNKNOWN) {
		payload = layout_payload(&s->hf.header.layout,
		    s->hf.header.length);
		if (s->in.io.size > payload)
			s->in.io.size = payload;
	}
	return EXIT_DONE;
}

void
source_tell_rescued(const char *name)
{
	char *side;

	(void)side_path(&side, name);
	msg_note("%s: the header is damaged; used the one in %s", name,
	    side == NULL ? "its side file" : side);
	free(side);
}

int
source_fail(const char *name, struct err err)
{
	int code;
	char *side;

	if (err.file != ERR_SIDE || side_path(&side, name) != XC_OK)
		return msg_fail(name, err.code);
	if (err.code == XC_E_SIDE) {
		code = msg_refuse("%s: has the name of a side file of %s, but "
		    "is none", side, name);
		msg_hint("move it away");
	} else {
		code = msg_fail(side, err.code);
	}
	free(side);
	return code;
}

int
source_distinct(const struct source *s, const struct options *o,
    const char *output, int out)
{
	return distinct_files(o, s->in.fd, output, out,
	    o->header == NULL ? s->in.path : NULL);
}

uint64_t
source_length(const struct source *s)
{
	const struct header *h = &s->hf.header;
	uint64_t data;

	if (h->length != LAYOUT_UNKNOWN || s->in.io.size == IO_UNKNOWN ||
	    layout_payload_data(&data, &h->layout, s->in.io.size) != XC_OK)
		return h->length;
	return data;
}

int
source_alone(struct source *s, const struct options *o)
{
	uint8_t magic[HEADER_MAGIC_BYTES];
	size_t got;
	int err;

	if (o->header == NULL)
		return EXIT_DONE;
	err = io_peek(&s->in.io, magic, sizeof(magic), &got);
	if (err == XC_OK && got == sizeof(magic) &&
	    memcmp(magic, HEADER_MAGIC, sizeof(magic)) == 0)
		err = XC_E_HEADER_INSIDE;
	return err == XC_OK ? EXIT_DONE : msg_fail(s->in.name, err);
}

int
source_unlock(struct source *s, const struct options *o)
{
	int err = header_whole(&s->hf.header);
	unsigned slot = 0;
	int code;

	if (err != XC_OK)
		return msg_fail(s->header, err);
	if ((code = source_alone(s, o)) != EXIT_DONE)
		return code;
	return secret_open(&s->key, &slot, &(const struct opening){
	    s->header, &s->hf, &o->secret, KEY_ALL_SLOTS, o->limit });
}

void
source_close(struct source *s)
{
	input_close(&s->in);
	key_free(s->key);
	s->key = NULL;
}
