/* SPDX-License-Identifier: ISC */
/*
 * Witnesses: the part of a chunk's ciphertext that a record has where a sector
 * is trusted to be written whole or not at all.  They show of each sector that
 * is found later whether it was written, and so what it is to be.
 * Source: xtscrypt(5), "Witnesses".
 */
#ifndef WITNESS_H
#define WITNESS_H

#include <stddef.h>
#include <stdint.h>

#include "chunk.h"

/* Tests, whose disks have smaller sectors, set that. */
#ifndef WITNESS_SECTOR
#define WITNESS_SECTOR 512
#endif
#define WITNESS_BYTES 16	/* of a sector: its first and its last 8 */

/* A shorter chunk has all of its ciphertext in the record. */
#define WITNESS_CHUNK_MIN (CHUNK_BYTES / 128)

/* The longest data: that of a chunk, and of a last unit. */
#define WITNESS_DATA_MAX (CHUNK_BYTES / WITNESS_SECTOR * WITNESS_BYTES + 4096)

/* Return the bytes of data for len bytes of ciphertext in units of sector. */
size_t witness_size(size_t len, uint32_t sector);

/*
 * Write the data: the witnesses of all whole units, then the ciphertext of a
 * last unit that is longer or shorter.
 */
void witness_take(uint8_t *data, const uint8_t *cipher, size_t len,
    uint32_t sector);

/*
 * Find the ciphertext by what its place has now: found, in which each sector is
 * ciphertext or plaintext.  At first cipher has the encryption of found.
 * Errors: XC_E_TORN: the sector at *torn is neither.
 */
int witness_restore(uint8_t *cipher, const uint8_t *found, size_t len,
    uint32_t sector, const uint8_t *data, size_t *torn);

#endif
