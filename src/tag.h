/* SPDX-License-Identifier: ISC */
/*
 * Tags over data that stays where it is: XChaCha20-Poly1305 of an empty
 * message, with the data as associated data.
 * Source: RFC 8439, 2.8; draft-irtf-cfrg-xchacha-03, 2.3.
 */
#ifndef TAG_H
#define TAG_H

#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define TAG_BYTES 16
#define TAG_NONCE_BYTES 24
#define TAG_KEY_BYTES 32

/* Compute the tag of len bytes; a key never has the same nonce twice. */
void tag_compute(uint8_t tag[TAG_BYTES], const uint8_t *data, size_t len,
    const uint8_t nonce[TAG_NONCE_BYTES], const uint8_t key[TAG_KEY_BYTES]);

/* Check the tag.  Errors: XC_E_DAMAGED: it is not that of these bytes. */
int tag_verify(const uint8_t tag[TAG_BYTES], const uint8_t *data, size_t len,
    const uint8_t nonce[TAG_NONCE_BYTES], const uint8_t key[TAG_KEY_BYTES]);

#endif
