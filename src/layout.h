/* SPDX-License-Identifier: ISC */
/*
 * The layout of a payload's data: data units, segments, spans.  All sizes are
 * in bytes.  Source: xtscrypt(5).
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

#define LAYOUT_LENGTH_MAX ((uint64_t)1 << 62)	/* of a plaintext */
#define LAYOUT_UNKNOWN UINT64_MAX		/* a length not known */
#define LAYOUT_BLOCK 16			/* the shortest data unit: one block */
#define LAYOUT_RECORD 32			/* nonce and tag of a segment */
#define LAYOUT_TAIL 15		/* maximum of a last unit beyond a sector */
#define LAYOUT_SEGMENT_MIN 4096
#define LAYOUT_SEGMENT_MAX (1 << 20)
#define LAYOUT_SPAN_MIN 20
#define LAYOUT_SPAN_MAX 40

enum layout_cipher { LAYOUT_AES_256_XTS = 1 };

/*
 * Without tags there is only the ciphertext; with them, a record after each
 * segment.
 */
enum layout_integrity { LAYOUT_NO_TAGS, LAYOUT_TAGS };

struct layout {
	uint8_t cipher;
	uint8_t integrity;
	uint32_t sector;	/* size of a data unit, 512 or 4096 */
	uint32_t segment;	/* data between records; 0 without tags */
	uint8_t span_shift;	/* log2 of the bytes under one pair of keys */
};

/* 512-byte data units: every other tool that reads such images can map them. */
#define LAYOUT_DEFAULT (struct layout){ \
    .cipher = LAYOUT_AES_256_XTS, .integrity = LAYOUT_TAGS, \
    .sector = 512, .segment = 65536, .span_shift = LAYOUT_SPAN_MAX }

/*
 * What several programs write at the same time is divided into stripes, so that
 * no two of them write to the same 4096 bytes: of 128 segments, or this much
 * data without tags.  Tests, whose disks have smaller sectors, set fewer.
 */
#ifndef LAYOUT_STRIPE_SEGMENTS
#define LAYOUT_STRIPE_SEGMENTS 128U
#define LAYOUT_STRIPE_BYTES (1U << 20)
#endif
#define LAYOUT_SHARES_MAX UINT16_MAX

/* A range of the plaintext. */
struct layout_range {
	uint64_t offset;
	uint64_t length;	/* or LAYOUT_UNKNOWN: to the end */
};

/* A part of a payload: whole segments, or without tags whole data units. */
struct layout_part {
	uint64_t data;		/* its first byte in the data, */
	uint64_t payload;	/* and in the payload */
	uint64_t size;		/* bytes of payload */
	bool last;		/* the data ends with it */
};

/* Is every field one that this version supports? */
bool layout_valid(const struct layout *layout);

/* Return the bytes of data for length bytes of plaintext: 16 for 1 to 15. */
uint64_t layout_data(uint64_t length);

/*
 * Of len bytes of data, 16 or more or none, return those in whole data units:
 * the rest, if any, is one unit, which steals ciphertext or is short.
 */
size_t layout_whole(size_t len, size_t sector);

/* Return the bytes of payload for length bytes of plaintext. */
uint64_t layout_payload(const struct layout *layout, uint64_t length);

/*
 * Find the bytes of data in this many bytes of payload.
 * Errors: XC_E_SIZE: no payload has this size.
 */
int layout_payload_data(uint64_t *data, const struct layout *layout,
    uint64_t payload);

/*
 * Set the length of a range that goes to the end of a plaintext of this length;
 * the range may be empty.  Errors: XC_E_RANGE: it is not within the plaintext.
 */
int layout_range_fit(struct layout_range *range, uint64_t length);

/*
 * Find the smallest part of a payload that contains a range, which
 * layout_range_fit accepted for this length.  An empty range has an empty part.
 */
void layout_range_part(struct layout_part *part, const struct layout *layout,
    uint64_t length, const struct layout_range *range);

/* Count the stripes of a plaintext of this length. */
uint64_t layout_stripes(const struct layout *layout, uint64_t length);

/*
 * Return part i of n, from 1, of a plaintext of this length: whole stripes.  It
 * is empty where there are fewer stripes than parts.
 */
struct layout_range layout_share(const struct layout *layout, uint64_t length,
    uint32_t i, uint32_t n);

/* Return the part of n that has this byte of the plaintext. */
uint32_t layout_share_with(const struct layout *layout, uint64_t length,
    uint64_t at, uint32_t n);

/* Clip the bytes *from..*to-1 to this range; false: none is left. */
bool layout_range_clip(const struct layout_range *range, uint64_t *from,
    uint64_t *to);

#endif
