/* SPDX-License-Identifier: ISC */
/*
 * header_decode and header_encode: what goes in comes out, and nothing that
 * the format does not allow goes in.
 */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "header.h"
#include "lab.h"
#include "refused.h"
#include "tap.h"
#include "vectors.h"

/* Offsets, as in the tables of xtscrypt(5). */
enum {
	VERSION = 8, CIPHER = 10, INTEGRITY = 11, SECTOR = 12, SEGMENT = 16,
	SPAN = 20, STATE = 21, LENGTH = 24, ID = 32, GENERATION = 48,
	SLOTS = 64, CHECKSUM = 4064
};
enum { FACTORS = 1, PASSES = 4, MEMORY = 8, SALT = 16, NAME = 104 };

static uint8_t good[HEADER_BYTES];

/* Slot 0 and slot 3 are used, slot 5 is of a kind to come. */
static void
make_good(void)
{
	struct header h = {
		.layout = LAYOUT_DEFAULT, .length = 12345, .generation = 7
	};
	struct header_slot *s = &h.slots[0];

	randombytes_buf(h.id, sizeof(h.id));
	randombytes_buf(h.mac, sizeof(h.mac));
	s->kind = HEADER_ARGON2ID;
	s->factors = HEADER_BOTH;
	s->passes = 3;
	s->memory = 262144;
	randombytes_buf(s->salt, sizeof(s->salt));
	randombytes_buf(s->nonce, sizeof(s->nonce));
	randombytes_buf(s->box, sizeof(s->box));
	h.slots[3] = *s;
	memcpy(s->name, "backup, in the safe", 19);
	memset(h.slots[3].name, '~', HEADER_NAME_BYTES);
	h.slots[5].kind = 0xc7;
	randombytes_buf(h.slots[5].unknown, HEADER_SLOT_BYTES);
	h.slots[5].unknown[0] = 0xc7;
	header_encode(good, &h);
}

/* What decoding says, with the checksum made right first. */
static int
decode(uint8_t bytes[HEADER_BYTES])
{
	struct header h;

	lab_checksum(bytes);
	return header_decode(&h, bytes);
}

static void
test_round_trip(void)
{
	struct header h, untouched;
	uint8_t again[HEADER_BYTES];
	bool same;

	if (!tap_ok(header_decode(&h, good) == XC_OK, "a good header"))
		return;
	header_encode(again, &h);
	tap_ok(memcmp(again, good, HEADER_BYTES) == 0,
	    "it encodes to the bytes that it came from");
	same = h.length == 12345 && h.generation == 7 && h.state == 0 &&
	    h.layout.sector == 512 && h.layout.segment == 65536 &&
	    memcmp(h.id, good + ID, 16) == 0 &&
	    memcmp(h.mac, good + HEADER_MACED, 32) == 0;
	tap_ok(same && bytes_load32(good + SEGMENT) == 65536 &&
	    bytes_load64(good + LENGTH) == 12345 && good[SPAN] == 40,
	    "each field stands where the format says");
	same = h.slots[0].factors == 3 && h.slots[0].passes == 3 &&
	    h.slots[0].memory == 262144 && h.slots[1].kind == HEADER_EMPTY &&
	    strcmp(h.slots[0].name, "backup, in the safe") == 0 &&
	    strcmp(h.slots[3].name, "~~~~~~~~~~~~~~~~~~~~~~~~") == 0;
	tap_ok(same, "slots and their names, up to 24 characters");
	tap_ok(h.slots[5].kind == 0xc7 && memcmp(h.slots[5].unknown,
	    good + SLOTS + 5 * HEADER_SLOT_BYTES, HEADER_SLOT_BYTES) == 0 &&
	    memcmp(again + SLOTS + 5 * HEADER_SLOT_BYTES, h.slots[5].unknown,
	    HEADER_SLOT_BYTES) == 0,
	    "a slot of an unknown kind is kept byte for byte");

	memset(&h, 0xa5, sizeof(h));
	memcpy(&untouched, &h, sizeof(h));
	again[ID] ^= 1;
	tap_ok(header_decode(&h, again) == XC_E_CHECKSUM &&
	    memcmp(&h, &untouched, sizeof(h)) == 0,
	    "a refused header leaves the struct alone");
}

/* All 256 kinds but the two that are known, full of noise, read and kept. */
static void
test_unknown_kinds(void)
{
	struct header h;
	uint8_t b[HEADER_BYTES], again[HEADER_BYTES];
	unsigned bad = 0;

	for (unsigned kind = 2; kind < 256; kind++) {
		memcpy(b, good, HEADER_BYTES);
		randombytes_buf(b + SLOTS, 8 * HEADER_SLOT_BYTES);
		for (unsigned i = 0; i < 8; i++)
			b[SLOTS + i * HEADER_SLOT_BYTES] = (uint8_t)kind;
		lab_checksum(b);
		bad += header_decode(&h, b) != XC_OK;
		header_encode(again, &h);
		bad += memcmp(b, again, HEADER_BYTES) != 0;
	}
	tap_ok(bad == 0, "every unknown kind, in all slots, is kept");
}

/* The error of a header one of whose bytes is another one. */
static int
expected(size_t at)
{
	if (at < VERSION)
		return XC_E_MAGIC;
	return at < CIPHER ? XC_E_VERSION : XC_E_CHECKSUM;
}

static void
test_flips(void)
{
	uint8_t b[HEADER_BYTES];
	struct header h;
	unsigned bad = 0, step = lab_quick() ? 0x91 : 1, flip;

	memcpy(b, good, HEADER_BYTES);
	for (size_t i = 0; i < HEADER_BYTES; i++) {
		/* Each bit alone, or in a quick run three patterns of bits. */
		for (flip = 1; flip < 256; flip = step > 1 ? flip + step :
		    flip * 2) {
			b[i] = (uint8_t)(good[i] ^ flip);
			if (header_decode(&h, b) != expected(i)) {
				tap_note("byte %zu, bits %x", i, flip);
				bad++;
			}
		}
		b[i] = good[i];
	}
	tap_ok(bad == 0, "each bit of all 4096 bytes flipped is refused");
}

/* The values at the bounds of each field; refused.txt has those beyond them. */
struct value {
	const char *what;
	size_t at;
	size_t len;
	uint64_t value;
};

#define SLOT(n, at) (SLOTS + (n) * HEADER_SLOT_BYTES + (at))

static const struct value values[] = {
	{ "sector 4096", SECTOR, 4, 4096 },
	{ "segment 4096", SEGMENT, 4, 4096 },
	{ "segment 1 MiB", SEGMENT, 4, 1 << 20 },
	{ "span 20", SPAN, 1, 20 },
	{ "span 40", SPAN, 1, 40 },
	{ "state 1", STATE, 1, 1 },
	{ "state 2", STATE, 1, 2 },
	{ "state 3, 1 part", STATE, 3, 0x0103 },
	{ "state 3, 65535 parts", STATE, 3, 0xffff03 },
	{ "length 0", LENGTH, 8, 0 },
	{ "length 2^62", LENGTH, 8, LAYOUT_LENGTH_MAX },
	{ "length unknown", LENGTH, 8, UINT64_MAX },
	{ "generation 1", GENERATION, 8, 1 },
	{ "generation 2^64 - 1", GENERATION, 8, UINT64_MAX },
	{ "factors 1", SLOT(0, FACTORS), 1, 1 },
	{ "factors 2", SLOT(0, FACTORS), 1, 2 },
	{ "passes 1", SLOT(0, PASSES), 4, 1 },
	{ "passes 64", SLOT(0, PASSES), 4, 64 },
	{ "memory 8192", SLOT(0, MEMORY), 4, 8192 },
	{ "memory 2^32 - 1", SLOT(0, MEMORY), 4, UINT32_MAX },
	{ "an unknown kind in place of slot 3", SLOT(3, 0), 1, 2 },
	{ "a name with a space", SLOT(0, NAME), 1, ' ' },
	{ "a name one character shorter", SLOT(3, NAME + 23), 1, 0 }
};

static void
test_values(void)
{
	uint8_t b[HEADER_BYTES];

	for (size_t i = 0; i < LAB_COUNT(values); i++) {
		const struct value *v = &values[i];

		memcpy(b, good, HEADER_BYTES);
		for (size_t j = 0; j < v->len; j++)
			b[v->at + j] = (uint8_t)(v->value >> 8 * j);
		tap_ok(decode(b) == XC_OK, "%s is taken", v->what);
	}
}

static void
test_refused(void)
{
	FILE *f = vectors_open("format/refused.txt");
	uint8_t b[HEADER_BYTES + REFUSED_MORE];
	struct refused r;
	struct header h;

	while (refused_next(f, &r)) {
		if (r.err > XC_E_FIELD)
			continue;	/* of the payload */
		memcpy(b, good, HEADER_BYTES);
		if (refused_make(&r, b, HEADER_BYTES) == HEADER_BYTES)
			tap_ok(header_decode(&h, b) == r.err, "%s: %s",
			    r.error, r.reason);
	}
	fclose(f);
}

/* Every byte that has to be zero; where says which. */
static void
zeros(size_t from, size_t to, const char *where)
{
	uint8_t b[HEADER_BYTES];
	unsigned bad = 0;

	memcpy(b, good, HEADER_BYTES);
	for (size_t i = from; i <= to; i++) {
		for (unsigned bit = i == from ? 1 : 128; bit < 256; bit *= 2) {
			b[i] = (uint8_t)bit;
			bad += decode(b) != XC_E_FIELD;
		}
		b[i] = 0;
	}
	tap_ok(bad == 0 && decode(b) == XC_OK, "zero bytes: %s", where);
}

static void
test_slots(void)
{
	uint8_t b[HEADER_BYTES];
	unsigned bad = 0;

	for (size_t i = 1; i < HEADER_SLOT_BYTES; i++) {
		memcpy(b, good, HEADER_BYTES);
		b[SLOT(7, i)] = 1;
		bad += decode(b) != XC_E_FIELD;
	}
	tap_ok(bad == 0, "an empty slot with any byte that is not zero");

	memcpy(b, good, HEADER_BYTES);
	memset(b + SLOTS, 0, HEADER_SLOTS * HEADER_SLOT_BYTES);
	tap_ok(decode(b) == XC_E_FIELD, "no slot is used");
	for (int i = 0; i < HEADER_SLOTS; i++) {
		memset(b + SLOTS, 0, HEADER_SLOTS * HEADER_SLOT_BYTES);
		b[SLOT(i, 0)] = 99;
		bad += decode(b) != XC_OK;
	}
	tap_ok(bad == 0, "any one slot is enough, if only of an unknown kind");
}

static void
test_no_integrity(void)
{
	uint8_t b[HEADER_BYTES];

	memcpy(b, good, HEADER_BYTES);
	b[INTEGRITY] = 0;
	bytes_store32(b + SEGMENT, 0);
	tap_ok(decode(b) == XC_OK, "without integrity");
	bytes_store64(b + LENGTH, UINT64_MAX);
	tap_ok(decode(b) == XC_E_FIELD,
	    "without integrity the length is known");
	bytes_store64(b + LENGTH, LAYOUT_LENGTH_MAX);
	tap_ok(decode(b) == XC_OK, "without integrity, 2^62 bytes");
	bytes_store32(b + SEGMENT, 4096);
	tap_ok(decode(b) == XC_E_FIELD, "without integrity, a segment");
}

/* Each mistake is found only when those that come before it are put right. */
static void
test_order(void)
{
	uint8_t b[HEADER_BYTES];
	struct header h;

	memcpy(b, good, HEADER_BYTES);
	b[SPAN] = 0;
	b[CIPHER] = 2;
	b[VERSION] = 2;
	b[0] ^= 1;
	b[CHECKSUM] ^= 1;
	tap_ok(header_decode(&h, b) == XC_E_MAGIC, "the magic is first");
	b[0] ^= 1;
	tap_ok(header_decode(&h, b) == XC_E_VERSION, "then the version");
	lab_checksum(b);
	tap_ok(header_decode(&h, b) == XC_E_VERSION,
	    "also with a good checksum");
	b[VERSION] = 1;
	b[VERSION + 1] = 1;
	tap_ok(header_decode(&h, b) == XC_E_VERSION, "of two bytes");
	b[VERSION + 1] = 0;
	tap_ok(header_decode(&h, b) == XC_E_CHECKSUM, "then the checksum");
	lab_checksum(b);
	tap_ok(header_decode(&h, b) == XC_E_CIPHER, "then the cipher");
	b[CIPHER] = 1;
	tap_ok(decode(b) == XC_E_FIELD, "then the other fields");
	b[SPAN] = 40;
	tap_ok(decode(b) == XC_OK, "and nothing else");
}

static void
test_whole(void)
{
	struct header h = { .state = HEADER_WHOLE };

	tap_ok(header_whole(&h) == XC_OK, "state 0 is whole");
	h.state = HEADER_CONVERTING;
	tap_ok(header_whole(&h) == XC_E_CONVERTING, "state 1 is not");
	h.state = HEADER_WRITING;
	tap_ok(header_whole(&h) == XC_E_WRITING, "state 2 is not");
	h.state = HEADER_PARTS;
	tap_ok(header_whole(&h) == XC_E_PARTS, "state 3 is not");
	tap_ok(header_name_valid("") &&
	    header_name_valid("012345678901234567890123") &&
	    !header_name_valid("0123456789012345678901234") &&
	    header_name_valid(" ~") && !header_name_valid("a\tb") &&
	    !header_name_valid("\x7f") && !header_name_valid("\xc3\xa9"),
	    "what a name may be");
}

int
main(void)
{
	lab_start();
	make_good();
	test_round_trip();
	test_unknown_kinds();
	test_flips();
	test_values();
	test_refused();
	zeros(22, 23, "22 and 23");
	zeros(56, 63, "56 to 63");
	zeros(1088, 4031, "1088 to 4031");
	zeros(SLOT(0, 2), SLOT(0, 3), "2 and 3 of a slot");
	zeros(SLOT(3, 12), SLOT(3, 15), "12 to 15 of a slot");
	test_slots();
	test_no_integrity();
	test_order();
	test_whole();
	return tap_done();
}
