/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "units.h"

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

static int
read_units(const struct stored *s, struct payload *xts, uint8_t *buf,
    const struct stored_units *r)
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
	const struct stored_units r = stored_units(s, index, from, len);
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
    const struct stored_units *r, const uint8_t *buf, size_t from, size_t len)
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
	const struct stored_units r = stored_units(s, index, from, len);
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
