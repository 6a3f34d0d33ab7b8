/* SPDX-License-Identifier: ISC */
/*
 * AES-256-XTS byte by byte as the standards say it, for tests to compare with:
 * slow, plain, and with nothing in common with src/.
 */
#ifndef REF_XTS_H
#define REF_XTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The round keys of FIPS 197, and those of the equivalent inverse cipher. */
void ref_expand(uint8_t round_keys[15][16], const uint8_t key[32]);
void ref_invert(uint8_t inverse[15][16], const uint8_t round_keys[15][16]);

/* n units of unit bytes, whose tweaks count up from the first. */
void ref_xts(uint8_t *out, const uint8_t *in, size_t n, size_t unit,
    const uint8_t tweak[16], const uint8_t key[64], bool encrypt);

#endif
