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

uint64_t
layout_payload(const struct layout *layout, uint64_t length)
{
	uint64_t data = layout_data(length), segments = 1;

	if (layout->integrity == LAYOUT_NO_TAGS)
		return data;
	/* A new segment needs at least a block. */
	if (data > 0)
		segments += (data - LAYOUT_BLOCK) / layout->segment;
	return data + segments * LAYOUT_RECORD;
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
