/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "msg.h"
#include "path.h"
#include "secret.h"
#include "side.h"
#include "source.h"

/* Find the header: in its own file, or at the start of the input. */
static enum xc_err
find_header(struct source *s, const char *detached)
{
	uint8_t bytes[HEADER_BYTES];
	const char *named;
	enum xc_err err;
	size_t got;
	int fd;

	if (detached != NULL) {
		err = io_open(&fd, detached, O_RDONLY | O_NOCTTY | O_CLOEXEC,
		    NULL);
		if (err != XC_OK)
			return err;
		named = path_descriptor(detached) < 0 ? detached : NULL;
		err = headerfile_read(&s->hf, fd, named);
		/* A descriptor of the user's goes on behind the header. */
		if (err == XC_OK)
			(void)lseek(fd, HEADER_BYTES, SEEK_CUR);
		io_close(fd);
		return err;
	}
	err = io_peek(&s->in.io, bytes, sizeof(bytes), &got);
	if (err == XC_OK && got < sizeof(bytes))
		return XC_E_MAGIC;
	io_skip(&s->in.io, sizeof(bytes));
	return err == XC_OK ?
	    headerfile_decode(&s->hf, bytes, s->in.fd, s->in.path) :
	    headerfile_unread(&s->hf, err, s->in.fd, s->in.path);
}

int
source_open(struct source *s, const struct options *o,
    struct job_report *report)
{
	enum xc_err err;
	uint64_t payload;
	int code;

	*s = (struct source){ 0 };
	if ((code = files_input(&s->in, o->file, report)) != EXIT_DONE)
		return code;
	s->header = o->header != NULL ? o->header : s->in.name;
	if ((err = find_header(s, o->header)) != XC_OK) {
		code = source_fail(s->header, err);
		source_close(s);
		return code;
	}
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
	char *side = side_path(name);

	msg_note("%s: the header is damaged; used the one in %s", name,
	    side == NULL ? "its side file" : side);
	free(side);
}

int
source_fail(const char *name, enum xc_err err)
{
	int code, e = errno;
	char *side;

	if (err != XC_E_SIDE)
		return msg_fail(name, err);
	side = side_path(name);
	if (e == EEXIST) {
		code = msg_refuse("%s: has the name of a side file of %s, but "
		    "is none", side == NULL ? "something" : side, name);
		msg_hint("move it away");
	} else {
		errno = e;
		code = msg_fail(side == NULL ? name : side, XC_E_SYSTEM);
	}
	free(side);
	return code;
}

int
source_distinct(const struct source *s, const struct options *o,
    const char *output, int out)
{
	return files_distinct(o, s->in.fd, output, out,
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
	enum xc_err err;

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
	enum xc_err err = header_whole(&s->hf.header);
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
	files_input_close(&s->in);
	sodium_free(s->key);
	s->key = NULL;
}
