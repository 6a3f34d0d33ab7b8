/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "container.h"
#include "disk.h"
#include "lab.h"
#include "pair.h"
#include "pairs.h"

struct pair pairs_old, pairs_new, pairs_newer;

const struct pairs_scene pairs_scenes[PAIRS_SCENES] = {
	{ "both replaced", true, true, 0, 0 },
	{ "only the header replaced", false, true, 0, 0 },
	{ "both replaced by means of a link", true, true, ENOSYS, 0 },
	{ "both replaced without any of them", true, true, EINVAL, EPERM },
	{ "only the data replaced", true, false, 0, 0 },
	{ "only the data replaced by means of a link", true, false, ENOSYS, 0 },
	{ "nothing replaced", false, false, 0, 0 }
};

static void
make_pair(struct pair *p, uint8_t first)
{
	struct layout l = LAYOUT_DEFAULT;
	struct header h;
	struct key *key;

	lab_header(&h, &key, &l, PAIRS_BYTES - LAYOUT_RECORD);
	key_mac_header(p->header, &h, key);
	h.generation++;
	key_mac_header(p->changed, &h, key);
	key_free(key);
	lab_pattern(p->data, sizeof(p->data));
	p->data[0] = first;
}

void
pairs_make(void)
{
	make_pair(&pairs_old, 1);
	make_pair(&pairs_new, 2);
	make_pair(&pairs_newer, 3);
}

bool
pairs_hold(const char *name, const uint8_t *bytes, size_t len)
{
	uint8_t got[PAIRS_BYTES + 1];
	int fd = open(name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, got, sizeof(got));
	close(fd);
	return n == (ssize_t)len && memcmp(got, bytes, len) == 0;
}

static bool
has_data(const struct pair *p)
{
	return pairs_hold(PAIRS_DATA, p->data, PAIRS_BYTES);
}

static bool
has_header(const uint8_t bytes[HEADER_BYTES])
{
	return pairs_hold(PAIRS_HEADER, bytes, HEADER_BYTES);
}

bool
pairs_read(const struct pair *p)
{
	struct container c;
	struct io in;
	int fd = open(PAIRS_DATA, O_RDONLY);
	bool good = fd >= 0 && io_input(&in, fd, NULL) == XC_OK &&
	    container_open(&c, &in, PAIRS_DATA, PAIRS_HEADER).code == XC_OK &&
	    (memcmp(c.hf.bytes, p->header, HEADER_BYTES) == 0 ||
	    memcmp(c.hf.bytes, p->changed, HEADER_BYTES) == 0);

	if (fd >= 0)
		close(fd);
	return good && has_data(p);
}

bool
pairs_stand(const struct pairs_scene *s, const struct pair *p)
{
	const bool all = p != &pairs_old;

	return (all || s->header ? has_header(p->header) :
	    access(PAIRS_HEADER, F_OK) != 0) &&
	    (all || s->data ? has_data(p) : access(PAIRS_DATA, F_OK) != 0);
}

bool
pairs_are_whole(const struct pairs_scene *s)
{
	if (access(PAIRS_DATA, F_OK) != 0)
		return !s->data && (!s->header ||
		    has_header(pairs_old.header) ||
		    has_header(pairs_old.changed));
	return pairs_read(&pairs_new) || pairs_read(&pairs_newer) ||
	    (s->data && (s->header ? pairs_read(&pairs_old) :
	    has_data(&pairs_old)));
}

void
pairs_put(const struct pairs_scene *s)
{
	disk_clear();
	if (s->header)
		disk_put(PAIRS_HEADER, pairs_old.header, HEADER_BYTES);
	if (s->data)
		disk_put(PAIRS_DATA, pairs_old.data, PAIRS_BYTES);
}

int
pairs_write(struct output *data, struct output *header, const struct pair *p)
{
	int err = output_open(data, PAIRS_DATA, OUTPUT_REPLACE, NULL);

	if (err == XC_OK)
		err = output_open(header, PAIRS_HEADER, OUTPUT_REPLACE, NULL);
	if (err == XC_OK)
		err = io_write(&data->io, p->data, PAIRS_BYTES, 0);
	if (err == XC_OK)
		err = io_write(&header->io, p->header, HEADER_BYTES, 0);
	if (err == XC_OK)
		err = output_settle(data, PAIRS_BYTES, NULL);
	return err == XC_OK ? output_settle(header, HEADER_BYTES, NULL) : err;
}

int
pairs_replace(const struct pair *p)
{
	struct output data = { 0 }, header = { 0 };
	int err = pairs_write(&data, &header, p);

	if (err == XC_OK)
		err = pair_place(&data, &header).code;
	output_abort(&data);
	output_abort(&header);
	return err;
}
