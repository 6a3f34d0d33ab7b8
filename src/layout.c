/* SPDX-License-Identifier: ISC */
#include "layout.h"

bool
layout_valid(const struct layout *layout)
{
	uint32_t seg = layout->segment;

	if (layout->cipher != LAYOUT_AES_256_XTS ||
	    layout->integrity > LAYOUT_TAGS)
		return false;
	if (layout->sector != 512 && layout->sector != 4096)
		return false;
	if (layout->span_shift < LAYOUT_SPAN_MIN ||
	    layout->span_shift > LAYOUT_SPAN_MAX)
		return false;
	if (layout->integrity == LAYOUT_NO_TAGS)
		return seg == 0;
	return seg >= LAYOUT_SEGMENT_MIN && seg <= LAYOUT_SEGMENT_MAX &&
	    (seg & (seg - 1)) == 0;
}

uint64_t
layout_data(uint64_t length)
{
	return length > 0 && length < LAYOUT_BLOCK ? LAYOUT_BLOCK : length;
}

/* Count the segments or data units, which have this size except the last. */
static uint64_t
parts_in(uint64_t data, uint32_t size)
{
	/* A new one needs at least a block. */
	return data == 0 ? 1 : 1 + (data - LAYOUT_BLOCK) / size;
}

size_t
layout_whole(size_t len, size_t sector)
{
	const size_t tail = len % sector;

	/* Too short for a unit of its own: it lengthens the last one. */
	return tail > 0 && tail < LAYOUT_BLOCK ? len - tail - sector :
	    len - tail;
}

uint64_t
layout_payload(const struct layout *layout, uint64_t length)
{
	uint64_t data = layout_data(length);

	if (layout->integrity == LAYOUT_NO_TAGS)
		return data;
	return data + parts_in(data, layout->segment) * LAYOUT_RECORD;
}

int
layout_payload_data(uint64_t *data, const struct layout *layout,
    uint64_t payload)
{
	uint64_t n, d;

	if (payload > 2 * LAYOUT_LENGTH_MAX)
		return XC_E_SIZE;
	if (layout->integrity == LAYOUT_NO_TAGS) {
		d = payload;
	} else if (payload == LAYOUT_RECORD) {
		d = 0;
	} else if (payload >= LAYOUT_RECORD + LAYOUT_BLOCK) {
		n = 1 + (payload - LAYOUT_RECORD - LAYOUT_BLOCK) /
		    (layout->segment + LAYOUT_RECORD);
		d = payload - n * LAYOUT_RECORD;
	} else {
		return XC_E_SIZE;
	}

	/*
	 * A size between the longest last segment and the shortest payload with
	 * one more gives data whose payload has another size.
	 */
	if (d > LAYOUT_LENGTH_MAX || layout_payload(layout, d) != payload)
		return XC_E_SIZE;
	*data = d;
	return XC_OK;
}

int
layout_range_fit(struct layout_range *range, uint64_t length)
{
	if (range->offset > length)
		return XC_E_RANGE;
	if (range->length == LAYOUT_UNKNOWN)
		range->length = length - range->offset;
	return range->length > length - range->offset ? XC_E_RANGE : XC_OK;
}

void
layout_range_part(struct layout_part *part, const struct layout *layout,
    uint64_t length, const struct layout_range *range)
{
	bool tags = layout->integrity == LAYOUT_TAGS;
	uint32_t size = tags ? layout->segment : layout->sector;
	uint32_t record = tags ? LAYOUT_RECORD : 0;
	uint64_t last = parts_in(layout_data(length), size) - 1, from, to;

	*part = (struct layout_part){ 0 };
	if (range->length == 0)
		return;
	from = range->offset / size;
	to = (range->offset + range->length - 1) / size;
	/* Less than a block at the end belongs to the last. */
	if (from > last)
		from = last;
	part->last = to >= last;
	part->data = from * size;
	part->payload = from * (size + record);
	part->size = (part->last ? layout_payload(layout, length) :
	    (to + 1) * (size + record)) - part->payload;
}

static uint32_t
stripe_bytes(const struct layout *layout)
{
	return layout->integrity == LAYOUT_NO_TAGS ? LAYOUT_STRIPE_BYTES :
	    LAYOUT_STRIPE_SEGMENTS * layout->segment;
}

uint64_t
layout_stripes(const struct layout *layout, uint64_t length)
{
	return parts_in(layout_data(length), stripe_bytes(layout));
}

/* Return the byte before which parts 1 to i of n end. */
static uint64_t
share_end(const struct layout *layout, uint64_t length, uint32_t i, uint32_t n)
{
	uint64_t count = layout_stripes(layout, length);

	return i == n ? length : count * i / n * stripe_bytes(layout);
}

struct layout_range
layout_share(const struct layout *layout, uint64_t length, uint32_t i,
    uint32_t n)
{
	uint64_t from = share_end(layout, length, i - 1, n);

	return (struct layout_range){
		from, share_end(layout, length, i, n) - from
	};
}

uint32_t
layout_share_with(const struct layout *layout, uint64_t length, uint64_t at,
    uint32_t n)
{
	uint64_t count = layout_stripes(layout, length);
	uint64_t stripe = at / stripe_bytes(layout);

	/* Less than a block at the end belongs to the last. */
	if (stripe >= count)
		stripe = count - 1;
	/* The first part of which the end is behind the stripe. */
	return (uint32_t)((n * (stripe + 1) - 1) / count + 1);
}

bool
layout_range_clip(const struct layout_range *range, uint64_t *from,
    uint64_t *to)
{
	uint64_t end = range->offset + range->length;

	if (*from < range->offset)
		*from = range->offset;
	if (*to > end)
		*to = end;
	return *from < *to;
}
