/* SPDX-License-Identifier: ISC */
/*
 * A recovery code: a random passphrase to write down, type or read aloud.
 *
 * 13 groups of 5 letters, of 32 that are hard to confuse: digits, and capitals
 * without I, L, O and U.  4 letters of each group are 20 random bits, 260 in
 * all.  The last is such that in GF(2^5) with x^5 + x^2 + 1
 *
 *	(g + 1) x^5 + a x^4 + b x^3 + c x^2 + d x + e = 0
 *
 * for the letters a to e of group g, counted from 0.  One wrong letter, two
 * exchanged letters and two exchanged groups are always detected, in their
 * group; any other mistake with probability 31/32.
 *
 * Nothing here branches on a letter or uses it in an address, except to report
 * a mistake.
 */
#ifndef RECOVERY_CODE_H
#define RECOVERY_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECOVERY_CODE_GROUPS 13
#define RECOVERY_CODE_GROUP 5
/* A code as keys are derived from it: groups with a "-" between. */
#define RECOVERY_CODE_BYTES \
    (RECOVERY_CODE_GROUPS * (RECOVERY_CODE_GROUP + 1) - 1)

/* Generate a code. */
void recovery_code_draw(uint8_t code[RECOVERY_CODE_BYTES]);

/*
 * Convert a valid code to the form of recovery_code_draw.  It may be in small
 * or capital letters, with or without spaces and "-", with O for 0 and I or L
 * for 1.  Other bytes are not changed.  There must be room for
 * RECOVERY_CODE_BYTES.
 */
void recovery_code_canonical(uint8_t *bytes, size_t *len);

/*
 * Return the first group, from 1, with a mistake; 0: the bytes are a valid
 * code, or do not resemble one.
 */
unsigned recovery_code_mistake(const uint8_t *bytes, size_t len);

#endif
