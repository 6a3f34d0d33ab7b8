/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "recovery_code.h"

#define LETTERS (RECOVERY_CODE_GROUPS * RECOVERY_CODE_GROUP)
#define NO_LETTER 32U

/* Number of letters missing or in excess in what still resembles a code. */
#define ABOUT RECOVERY_CODE_GROUP

/* Return 1 or 0, for numbers below 2^31. */
static unsigned
greater(unsigned a, unsigned b)
{
	return (b - a) >> 31;
}

static unsigned
equal(unsigned a, unsigned b)
{
	return 1 - greater(a ^ b, 0);
}

static unsigned
letter_of(unsigned value)
{
	unsigned c = '0' + value;

	c += ('A' - '9' - 1) * greater(value, 9);
	c += greater(value, 17);	/* no I, */
	c += greater(value, 19);	/* no L, */
	c += greater(value, 21);	/* no O */
	c += greater(value, 26);	/* and no U */
	return c;
}

/* Return the value of a letter, or NO_LETTER. */
static unsigned
value_of(unsigned c)
{
	unsigned value = NO_LETTER, hit;

	c -= ('a' - 'A') * (greater(c, 'a' - 1) & greater('z' + 1, c));
	c ^= ('O' ^ '0') * equal(c, 'O');
	c ^= ('I' ^ '1') * equal(c, 'I');
	c ^= ('L' ^ '1') * equal(c, 'L');
	for (unsigned v = 0; v < 32; v++) {
		hit = equal(c, letter_of(v));
		value = value * (1 - hit) + v * hit;
	}
	return value;
}

/* Multiply by x. */
static unsigned
twice(unsigned v)
{
	v <<= 1;
	return v ^ (0x25 * (v >> 5));
}

void
recovery_code_draw(uint8_t code[RECOVERY_CODE_BYTES])
{
	unsigned sum, value;
	uint8_t *p = code;

	randombytes_buf(code, RECOVERY_CODE_BYTES);
	for (unsigned g = 0; g < RECOVERY_CODE_GROUPS; g++) {
		if (g > 0)
			*p++ = '-';
		sum = g + 1;
		for (unsigned i = 0; i < RECOVERY_CODE_GROUP - 1; i++) {
			value = *p & 31U;
			sum = twice(sum) ^ value;
			*p++ = (uint8_t)letter_of(value);
		}
		*p++ = (uint8_t)letter_of(twice(sum));
	}
	sodium_stackzero(256);
}

/* A code as far as it was read. */
struct reading {
	uint8_t code[RECOVERY_CODE_BYTES];	/* in canonical form */
	unsigned letters;		/* without separators */
	unsigned mistake;		/* the first group with one, from 1 */
};

/* End a group: it is full, or the code ends. */
static void
end_group(struct reading *r, unsigned sum)
{
	unsigned group = (r->letters + RECOVERY_CODE_GROUP - 1) /
	    RECOVERY_CODE_GROUP;

	if (sum != 0 && r->mistake == 0)
		r->mistake = group;
}

static void
read_code(struct reading *r, const uint8_t *bytes, size_t len)
{
	unsigned value, sum = 1;
	size_t at = 0;

	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < len && r->letters <= LETTERS + ABOUT; i++) {
		if (bytes[i] == ' ' || bytes[i] == '-')
			continue;
		value = value_of(bytes[i]);
		/* After a byte that is no letter, the sum is never 0 again. */
		sum = (twice(sum & 31) ^ value) | (sum & NO_LETTER);
		r->letters++;
		if (at < RECOVERY_CODE_BYTES)
			r->code[at++] = (uint8_t)letter_of(value & 31);
		if (r->letters % RECOVERY_CODE_GROUP != 0)
			continue;
		end_group(r, sum);
		sum = r->letters / RECOVERY_CODE_GROUP + 1;
		if (at < RECOVERY_CODE_BYTES)
			r->code[at++] = '-';
	}
	if (r->letters % RECOVERY_CODE_GROUP != 0)
		end_group(r, 1);
	if (r->letters != LETTERS && r->mistake == 0)
		r->mistake = RECOVERY_CODE_GROUPS;
}

void
recovery_code_canonical(uint8_t *bytes, size_t *len)
{
	struct reading r;

	read_code(&r, bytes, *len);
	if (r.mistake == 0) {
		memcpy(bytes, r.code, RECOVERY_CODE_BYTES);
		*len = RECOVERY_CODE_BYTES;
	}
	sodium_memzero(&r, sizeof(r));
}

/* Does it resemble a code: of about that length, only letters and digits? */
static bool
is_like(const struct reading *r, const uint8_t *bytes, size_t len)
{
	if (r->letters < LETTERS - ABOUT || r->letters > LETTERS + ABOUT)
		return false;
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != ' ' && bytes[i] != '-' &&
		    (bytes[i] < '0' || (bytes[i] > '9' && bytes[i] < 'A') ||
		    (bytes[i] > 'Z' && bytes[i] < 'a') || bytes[i] > 'z'))
			return false;
	return true;
}

unsigned
recovery_code_mistake(const uint8_t *bytes, size_t len)
{
	struct reading r;
	unsigned group = 0;

	read_code(&r, bytes, len);
	if (is_like(&r, bytes, len))
		group = r.mistake < RECOVERY_CODE_GROUPS ? r.mistake :
		    RECOVERY_CODE_GROUPS;
	sodium_memzero(&r, sizeof(r));
	return group;
}
