/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "units.h"

/* Whole data units of a piece: the bytes from..to-1 of it. */
struct range {
	uint64_t at;		/* of from, in the data and the payload */
	size_t from, to;
	bool last;		/* the data ends with them */
};

void
units_begin(struct units *u, struct stored *stored)
{
	u->stored = stored;
	for (size_t i = 0; i < UNITS_STRIPES; i++)
		pthread_mutex_init(&u->stripes[i], NULL);
}

void
units_end(struct units *u)
{
	for (size_t i = 0; i < UNITS_STRIPES; i++)
		pthread_mutex_destroy(&u->stripes[i]);
}

/* Find the units that have these bytes. */
static struct range
find_units(const struct stored *s, uint64_t index, size_t from, size_t len)
{
	const struct piece p = stored_piece(s, index);
	const size_t sector = s->rule.sector, end = from + len;
	struct range r = {
		.from = from / sector * sector,
		.to = (end + sector - 1) / sector * sector
	};
	size_t tail;

	if (p.last) {
		tail = layout_whole(p.size, sector);
		if (r.from > tail)
			r.from = tail;
		r.last = end > tail;
		if (r.last)
			r.to = p.size;
	}
	r.at = p.at + r.from;
	return r;
}

static int
read_units(const struct stored *s, struct payload *xts, uint8_t *buf,
    const struct range *r)
{
	const size_t len = r->to - r->from;
	int err = stored_read(s, buf, len, r->at);

	return err != XC_OK ? err : payload_crypt(xts, buf, buf, len, r->at,
	    r->last, XTS_DECRYPT);
}

int
units_read(struct units *u, uint8_t *buf, uint64_t index, size_t from,
    size_t len)
{
	struct stored *s = u->stored;
	const struct range r = find_units(s, index, from, len);
	pthread_mutex_t *stripe = &u->stripes[index % UNITS_STRIPES];
	const bool whole = r.to - r.from == len;
	struct stored_tool *t;
	int err = stored_take(&t, s);

	if (err != XC_OK)
		return err;
	/* Of a block that is half written, all would be noise. */
	pthread_mutex_lock(stripe);
	err = read_units(s, t->xts, whole ? buf : t->buf, &r);
	pthread_mutex_unlock(stripe);
	if (err == XC_OK && !whole)
		memcpy(buf, t->buf + (from - r.from), len);
	stored_give(s, t);
	return err;
}

/* The stripe is held: no other thread writes to these units. */
static int
write_units(const struct stored *s, struct stored_tool *t,
    const struct range *r, const uint8_t *buf, size_t from, size_t len)
{
	const size_t size = r->to - r->from;
	uint8_t *plain = t->buf + (from - r->from);
	int err = XC_OK;

	if (size != len)
		err = read_units(s, t->xts, t->buf, r);
	if (err != XC_OK)
		return err;
	if (buf == NULL)
		memset(plain, 0, len);
	else
		memcpy(plain, buf, len);
	err = payload_crypt(t->xts, t->buf, t->buf, size, r->at, r->last,
	    XTS_ENCRYPT);
	return err == XC_OK ? io_write(&s->io, t->buf, size, r->at) : err;
}

int
units_write(struct units *u, const uint8_t *buf, uint64_t index, size_t from,
    size_t len)
{
	struct stored *s = u->stored;
	const struct range r = find_units(s, index, from, len);
	pthread_mutex_t *stripe = &u->stripes[index % UNITS_STRIPES];
	struct stored_tool *t;
	int err = stored_take(&t, s);

	if (err != XC_OK)
		return err;
	pthread_mutex_lock(stripe);
	err = write_units(s, t, &r, buf, from, len);
	pthread_mutex_unlock(stripe);
	stored_give(s, t);
	return err;
}
