/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "bytes.h"
#include "witness.h"

#define HALF (WITNESS_BYTES / 2)

size_t
witness_size(size_t len, uint32_t sector)
{
	size_t whole = layout_whole(len, sector);

	return whole / WITNESS_SECTOR * WITNESS_BYTES + len - whole;
}

void
witness_take(uint8_t *data, const uint8_t *cipher, size_t len, uint32_t sector)
{
	const size_t whole = layout_whole(len, sector);

	for (size_t at = 0; at < whole; at += WITNESS_SECTOR) {
		memcpy(data, cipher + at, HALF);
		memcpy(data + HALF, cipher + at + WITNESS_SECTOR - HALF, HALF);
		data += WITNESS_BYTES;
	}
	memcpy(data, cipher + whole, len - whole);
}

/* Without a branch for each half: it may be plaintext. */
static bool
has_witness(const uint8_t *bytes, const uint8_t witness[WITNESS_BYTES])
{
	uint64_t first = bytes_load64(bytes) ^ bytes_load64(witness);
	uint64_t last = bytes_load64(bytes + WITNESS_SECTOR - HALF) ^
	    bytes_load64(witness + HALF);

	return (first | last) == 0;
}

int
witness_restore(uint8_t *cipher, const uint8_t *found, size_t len,
    uint32_t sector, const uint8_t *data, size_t *torn)
{
	const size_t whole = layout_whole(len, sector);

	/* XTS crypts each block by itself, so parts of a unit may differ. */
	for (size_t at = 0; at < whole; at += WITNESS_SECTOR) {
		if (has_witness(found + at, data)) {
			memcpy(cipher + at, found + at, WITNESS_SECTOR);
		} else if (!has_witness(cipher + at, data)) {
			*torn = at;
			return XC_E_TORN;
		}
		data += WITNESS_BYTES;
	}
	memcpy(cipher + whole, data, len - whole);
	return XC_OK;
}
