/* SPDX-License-Identifier: ISC */
/*
 * A recovery code: a random passphrase to be written down, typed and read
 * aloud.
 *
 * 13 groups of 5 letters, of 32 that are not easily taken for another: digits,
 * and capitals without I, L, O and U.  4 letters of each group are 20 random
 * bits, 260 in all.  The last is such that in GF(2^5) with x^5 + x^2 + 1
 *
 *	(g + 1) x^5 + a x^4 + b x^3 + c x^2 + d x + e = 0
 *
 * for the letters a to e of group g, counted from 0: so that one letter that is
 * wrong, two that are exchanged and two groups that are exchanged are always
 * detected, in their group, and anything else in 31 of 32 times.
 *
 * Nothing here branches on a letter or makes an address of one, except that a
 * mistake is reported.
 */
#ifndef RECOVERY_H
#define RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECOVERY_GROUPS 13
#define RECOVERY_GROUP 5
/* As it is derived from: groups with a "-" between. */
#define RECOVERY_BYTES (RECOVERY_GROUPS * (RECOVERY_GROUP + 1) - 1)

/* Draw one. */
void recovery_draw(uint8_t code[RECOVERY_BYTES]);

/*
 * If len bytes are a code with all its checks right, in small or capital
 * letters, with or without spaces and "-", with O for 0 and I or L for 1: make
 * it what recovery_draw makes.  Other bytes stay as they are.  There must be
 * room for RECOVERY_BYTES.
 */
void recovery_canonical(uint8_t *bytes, size_t *len);

/*
 * The first group, from 1, in which there is a mistake; 0: the bytes are a
 * code, or nothing like one.
 */
unsigned recovery_mistake(const uint8_t *bytes, size_t len);

#endif
