/* SPDX-License-Identifier: ISC */
/*
 * Any 4096 bytes as a header: with the checksum put right, or nothing would
 * get past it.  What is accepted must encode to the bytes it was read from.
 */
#include <sodium.h>
#include <string.h>

#include "fuzz.h"
#include "header.h"
#include "key.h"

#define CHECKSUM_BYTES 32
#define CHECKED (HEADER_BYTES - CHECKSUM_BYTES)

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return sodium_init() < 0;
}

static void
try(const uint8_t bytes[HEADER_BYTES])
{
	uint8_t again[HEADER_BYTES];
	struct header header, untouched;

	memset(&header, 0xa5, sizeof(header));
	memcpy(&untouched, &header, sizeof(header));
	if (header_decode(&header, bytes) != XC_OK) {
		fuzz_require(memcmp(&header, &untouched, sizeof(header)) == 0);
		return;
	}
	header_encode(again, &header);
	fuzz_require(memcmp(again, bytes, HEADER_BYTES) == 0);
	fuzz_require(layout_valid(&header.layout));
	fuzz_require(header.length <= LAYOUT_LENGTH_MAX ||
	    header.length == LAYOUT_UNKNOWN);
	for (unsigned i = 0; i < HEADER_SLOTS; i++)
		fuzz_require(header.slots[i].kind != HEADER_ARGON2ID ||
		    header_name_valid(header.slots[i].name));
	(void)header_whole(&header);
	(void)key_asked(&header, KEY_ALL_SLOTS, HEADER_BOTH);

	/* The payload of a length has that length, where there is one. */
	if (header.length != LAYOUT_UNKNOWN) {
		uint64_t data = layout_data(header.length), found;

		fuzz_require(data >= header.length &&
		    data - header.length < 16);
		fuzz_require(layout_payload_data(&found, &header.layout,
		    layout_payload(&header.layout, header.length)) == XC_OK);
		fuzz_require(found == data);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t bytes[HEADER_BYTES] = { 0 };

	if (size > 0)
		memcpy(bytes, data, size < HEADER_BYTES ? size : HEADER_BYTES);
	try(bytes);
	crypto_generichash(bytes + CHECKED, CHECKSUM_BYTES, bytes, CHECKED,
	    NULL, 0);
	try(bytes);
	return 0;
}
