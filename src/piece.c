/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "piece.h"
#include "segment.h"

/* Return the index of the segment in a piece that has a record. */
static uint64_t
segment_of(const struct piece_rule *rule, const struct piece *p)
{
	return p->at / rule->data;
}

int
piece_encrypt_blocks(struct piece_done *done, struct payload *xts,
    const struct piece_rule *rule, const struct piece *p, uint8_t *out,
    const uint8_t *in)
{
	const size_t data = p->size;
	int err = payload_crypt(xts, out, in, data, p->at, p->last,
	    XTS_ENCRYPT);

	if (err != XC_OK)
		return err;
	if (rule->record != 0)
		segment_tag(out + data, out, data, segment_of(rule, p),
		    p->last, rule->key->segment);
	*done = (struct piece_done){
		.plain = data, .good = data, .payload = data + rule->record
	};
	return XC_OK;
}

int
piece_encrypt(struct piece_done *done, struct payload *xts,
    const struct piece_rule *rule, const struct piece *p, uint8_t *out,
    uint8_t *in)
{
	struct piece padded = *p;
	int err;

	if (p->size > 0 && p->size < LAYOUT_BLOCK) {
		memset(in + p->size, 0, LAYOUT_BLOCK - p->size);
		padded.size = LAYOUT_BLOCK;
	}
	err = piece_encrypt_blocks(done, xts, rule, &padded, out, in);
	if (err == XC_OK)
		done->plain = done->good = p->size;
	return err;
}

/* Return the bytes of plaintext in a piece; if cut, what it should have had. */
static size_t
plaintext(const struct piece_rule *rule, const struct piece *p)
{
	size_t data = p->size > rule->record ? p->size - rule->record : 0;
	uint64_t left;

	if (rule->length == LAYOUT_UNKNOWN)
		return data;
	left = rule->length - p->at;
	return left < data ? (size_t)left : data;
}

static bool
checks(const struct piece_rule *rule, const struct piece *p, const uint8_t *in,
    bool last)
{
	size_t data = p->size - rule->record;

	return segment_check(in + data, in, data, segment_of(rule, p), last,
	    rule->key->segment) == XC_OK;
}

/* Count the bytes of whole data units in a cut piece without a tag. */
static size_t
whole_units(const struct piece_rule *rule, const struct piece *p)
{
	size_t n = p->have / rule->sector;

	/* The last unit includes what is too short for one of its own. */
	if (n > 0 && p->last && p->size - n * rule->sector < LAYOUT_BLOCK)
		n--;
	return n * rule->sector;
}

/*
 * Check a piece; *good is how much of its data, from the front, may be
 * decrypted.  On XC_OK that is all of it.
 */
static int
check_tag(size_t *good, const struct piece_rule *rule, const struct piece *p,
    const uint8_t *in)
{
	size_t record = rule->record;
	bool possible = p->size == record || p->size >= record + LAYOUT_BLOCK;
	bool whole = p->have >= p->size;

	*good = 0;
	if (!whole && record == 0)
		*good = whole_units(rule, p);
	if (!whole || !possible)
		return XC_E_CUT;
	if (rule->length == LAYOUT_UNKNOWN && p->size == record)
		return XC_E_SIZE;

	if (record == 0 || checks(rule, p, in, p->last)) {
		*good = p->size - record;
		return XC_OK;
	}
	if (!rule->tolerant || rule->announced || !p->last ||
	    p->size != rule->data + record || !checks(rule, p, in, false))
		return XC_E_DAMAGED;
	/* Authentic data, but it was not the last: the rest is missing. */
	*good = p->size - record;
	return XC_E_CUT;
}

/*
 * Decrypt the authentic data of a piece.  XC_E_DAMAGED: a padding byte is not
 * zero.
 */
static int
decrypt(struct payload *xts, const struct piece *p, uint8_t *out,
    const uint8_t *in, size_t good, size_t plain)
{
	bool last = p->last && p->have >= p->size;
	int err = payload_crypt(xts, out, in, good, p->at, last, XTS_DECRYPT);

	if (err == XC_OK && good > plain &&
	    sodium_is_zero(out + plain, good - plain) != 1)
		err = XC_E_DAMAGED;
	return err;
}

void
piece_decrypt(struct piece_done *done, struct payload *xts,
    const struct piece_rule *rule, const struct piece *p, uint8_t *out,
    const uint8_t *in)
{
	size_t plain = plaintext(rule, p), good;
	int wrong = check_tag(&good, rule, p, in);

	/* Padding is not known until it is decrypted, even if nobody reads. */
	if (good > (rule->unread ? plain : 0) &&
	    decrypt(xts, p, out, in, good, plain) != XC_OK) {
		wrong = XC_E_DAMAGED;
		good = 0;
	}
	if (good < plain)
		memset(out + good, 0, plain - good);
	*done = (struct piece_done){
		.plain = plain, .payload = p->size,
		.good = good < plain ? good : plain, .wrong = wrong
	};
}
