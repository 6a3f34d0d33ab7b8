/* SPDX-License-Identifier: ISC */
/*
 * A write that fails leaves what was written before.
 */
#include <string.h>

#include "lab.h"
#include "segments.h"
#include "tap.h"

#define SEGMENT 4096
#define LENGTH (2 * SEGMENT + 100)

static uint8_t plain[LENGTH], got[SEGMENT + LAYOUT_TAIL];

static bool
reads_so(struct segments *g, uint64_t index, size_t len)
{
	return segments_read(g, got, index, 0, len) == XC_OK &&
	    memcmp(got, plain + index * SEGMENT, len) == 0;
}

/*
 * The engine refuses buffers that overlap, as it does equal halves of a key,
 * which no test can bring about.  Nothing of this was committed: it is nowhere
 * but in memory.
 */
static void
test_refused(struct segments *g)
{
	const uint8_t *overlapping = g->bytes + 1;
	bool good;

	good = segments_write(g, plain, 0, 0, SEGMENT) == XC_OK &&
	    segments_write(g, plain + SEGMENT, 1, 0, SEGMENT) == XC_OK &&
	    reads_so(g, 1, SEGMENT);
	tap_ok(good && segments_write(g, overlapping, 0, 0,
	    SEGMENT) == XC_E_BUFFER && reads_so(g, 0, SEGMENT),
	    "what was written whole is there after a write that is refused");
	good = segments_write(g, plain + 9, 0, 9, 100) == XC_OK;
	tap_ok(good && segments_write(g, overlapping, 0, 0,
	    SEGMENT) == XC_E_BUFFER && reads_so(g, 0, SEGMENT) &&
	    reads_so(g, 1, SEGMENT), "and what was written in part");
	memset(plain, 0, SEGMENT);
	tap_ok(segments_write(g, NULL, 0, 0, SEGMENT) == XC_OK &&
	    reads_so(g, 0, SEGMENT), "it can be written with zeros");
}

int
main(void)
{
	const struct layout layout = lab_layout("1 512 4096 40");
	const struct io nowhere = io_at(-1);
	struct pagelog log = { 0 };
	struct stored stored;
	struct segments g;
	struct header header;
	struct key *key;

	lab_start();
	lab_pattern(plain, LENGTH);
	lab_header(&header, &key, &layout, LENGTH);
	stored_begin(&stored, &nowhere, &layout, LENGTH, key);
	lab_must(segments_begin(&g, &stored, &log, 100000) == XC_OK,
	    "no memory");
	test_refused(&g);
	segments_end(&g);
	stored_end(&stored);
	key_free(key);
	return tap_done();
}
