/* SPDX-License-Identifier: ISC */
/*
 * The record after a segment: a nonce of 16 bytes, then the tag over the
 * segment's ciphertext, its index and whether it is the last.
 * Source: xtscrypt(5).
 */
#ifndef SEGMENT_H
#define SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "layout.h"

#define SEGMENT_KEY_BYTES 32

/* Create the record of a ciphertext, with a random nonce. */
void segment_tag(uint8_t record[LAYOUT_RECORD], const uint8_t *ciphertext,
    size_t len, uint64_t index, bool last,
    const uint8_t key[SEGMENT_KEY_BYTES]);

/*
 * Authenticate a segment by its record.  XC_E_DAMAGED: this key did not create
 * this record for this segment at this index.
 */
int segment_check(const uint8_t record[LAYOUT_RECORD],
    const uint8_t *ciphertext, size_t len, uint64_t index, bool last,
    const uint8_t key[SEGMENT_KEY_BYTES]);

#endif
