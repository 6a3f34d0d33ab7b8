/* SPDX-License-Identifier: ISC */
/*
 * Mapping of a payload without tags by dm-crypt: one crypt target for each
 * span, as lines of a table for dmsetup.
 * Source: xtscrypt(5), "WITHOUT INTEGRITY".
 */
#ifndef MAPPING_H
#define MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "header.h"
#include "xts.h"

#define MAPPING_SECTOR 512	/* dm-crypt counts in these */
#define MAPPING_DEVICE 4096	/* for the name of a device */
#define MAPPING_LINE (MAPPING_DEVICE + 512)	/* for a line of a table */

struct mapping {
	uint64_t sectors;	/* of the data */
	uint64_t offset;	/* sectors in front of it */
	uint64_t span;		/* sectors under one pair of keys */
	uint64_t spans;		/* number of spans */
	uint32_t unit;		/* bytes in a data unit */
	char id[2 * HEADER_ID_BYTES + 1];
};

/*
 * Find how the payload of this header is mapped.
 * Errors: XC_E_MAP_TAGS, XC_E_MAP_LENGTH: it cannot be; header_whole's.
 */
int mapping_find(struct mapping *mapping, const struct header *header,
    bool detached);

/*
 * Write the line of a span's target, which begins at sector start of the mapped
 * device, with a newline and a zero.  The key is written in hexadecimal, only
 * into line; if it is NULL, the line names the key of type logon that is called
 * xtscrypt:ID-SPAN in the kernel's keyring.  device fits in MAPPING_DEVICE
 * bytes and has no spaces.  Returns the number of bytes without the zero.
 */
size_t mapping_line(char line[MAPPING_LINE], const struct mapping *mapping,
    uint64_t span_index, uint64_t start, const uint8_t *key,
    const char *device);

#endif
