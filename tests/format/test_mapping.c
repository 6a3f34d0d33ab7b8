/* SPDX-License-Identifier: ISC */
/*
 * What dm-crypt is told of a payload, at the ends of what a header can say.
 */
#include <inttypes.h>
#include <string.h>

#include "lab.h"
#include "mapping.h"
#include "tap.h"

static struct header
header_of(uint64_t length, uint32_t sector, uint8_t span_shift)
{
	struct header h = { .layout = LAYOUT_DEFAULT, .length = length };

	h.layout.integrity = LAYOUT_NO_TAGS;
	h.layout.segment = 0;
	h.layout.sector = sector;
	h.layout.span_shift = span_shift;
	memset(h.id, 0xab, sizeof(h.id));
	return h;
}

/* Lines of a table add up to the data, and each follows the one before. */
static bool
spans_add_up(uint64_t length, uint8_t span_shift)
{
	const struct header h = header_of(length, 512, span_shift);
	struct mapping m;
	char line[MAPPING_LINE];
	uint64_t sum = 0, start, sectors, iv, offset;

	if (mapping_find(&m, &h, false) != XC_OK)
		return false;
	for (uint64_t i = 0; i < m.spans; i++) {
		if (mapping_line(line, &m, i, sum, NULL, "D") !=
		    strlen(line) || sscanf(line, "%" SCNu64 " %" SCNu64
		    " crypt aes-xts-plain64 %*s %" SCNu64 " D %" SCNu64 "\n",
		    &start, &sectors, &iv, &offset) != 4)
			return false;
		if (start != sum || sectors == 0 || iv != sum ||
		    offset != sum + 8 || iv * 512 >> span_shift != i)
			return false;
		sum += sectors;
	}
	return sum * 512 == length;
}

static void
test_spans(void)
{
	unsigned bad = 0;

	for (uint64_t n = 1; n < 8; n++)
		for (uint64_t at = (n << 20) - 512; at <= (n << 20) + 512;
		    at += 512)
			bad += !spans_add_up(at, 20);
	bad += !spans_add_up(512, 40);
	bad += !spans_add_up(((uint64_t)3 << 40) + 512, 40);
	tap_ok(bad == 0, "the lines of all spans add up to the data");
}

static void
test_refusals(void)
{
	struct header h = header_of(4096, 4096, 40);
	struct mapping m;
	int good = mapping_find(&m, &h, true);
	bool bad = false;

	tap_ok(good == XC_OK && m.offset == 0 && m.sectors == 8 &&
	    m.spans == 1, "one unit of 4096 bytes is mapped");
	for (uint64_t n = 0; n < 3 * 4096; n++) {
		h.length = n;
		bad |= mapping_find(&m, &h, true) !=
		    (n == 4096 || n == 8192 ? XC_OK : XC_E_MAP_LENGTH);
	}
	tap_ok(!bad, "only whole units are, and some");
	h.layout = LAYOUT_DEFAULT;
	tap_ok(mapping_find(&m, &h, true) == XC_E_MAP_TAGS, "no tags are");
	h = header_of(4096, 4096, 40);
	h.state = HEADER_CONVERTING;
	tap_ok(mapping_find(&m, &h, true) == XC_E_CONVERTING,
	    "nor what is being converted");
}

/* The longest line there can be, to the byte. */
static void
test_longest(void)
{
	struct header h = header_of(LAYOUT_LENGTH_MAX, 4096, 20);
	struct mapping m;
	char line[MAPPING_LINE], device[4096], want[MAPPING_LINE];
	uint8_t key[XTS_KEY_BYTES];
	char hex[2 * XTS_KEY_BYTES + 1];
	size_t len;

	memset(device, 'd', sizeof(device) - 1);
	device[sizeof(device) - 1] = '\0';
	memset(key, 0xc5, sizeof(key));
	for (size_t i = 0; i < sizeof(key); i++)
		memcpy(hex + 2 * i, "c5", 3);
	mapping_find(&m, &h, false);
	tap_ok(m.spans == (uint64_t)1 << 42, "2^62 bytes have 2^42 spans");
	len = mapping_line(line, &m, m.spans - 1, (m.spans - 1) * m.span, key,
	    device);
	snprintf(want, sizeof(want), "9007199254738944 2048 crypt "
	    "aes-xts-plain64 %s 9007199254738944 %s 9007199254738952 2 "
	    "sector_size:4096 iv_large_sectors\n", hex, device);
	tap_ok(len == strlen(want) && strcmp(line, want) == 0,
	    "the last of them, on the device with the longest name");
}

int
main(void)
{
	tap_plan(7);
	test_spans();
	test_refusals();
	test_longest();
	return tap_done();
}
