/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include <sodium.h>

#include "mapping.h"

int
mapping_find(struct mapping *m, const struct header *h, bool detached)
{
	const struct layout *l = &h->layout;
	int err = header_whole(h);

	if (err != XC_OK)
		return err;
	if (l->integrity != LAYOUT_NO_TAGS)
		return XC_E_MAP_TAGS;
	if (h->length == 0 || h->length % l->sector != 0)
		return XC_E_MAP_LENGTH;
	*m = (struct mapping){
		.sectors = h->length / MAPPING_SECTOR,
		.offset = detached ? 0 : HEADER_BYTES / MAPPING_SECTOR,
		.span = ((uint64_t)1 << l->span_shift) / MAPPING_SECTOR,
		.spans = 1 + ((h->length - 1) >> l->span_shift),
		.unit = l->sector
	};
	sodium_bin2hex(m->id, sizeof(m->id), h->id, sizeof(h->id));
	return XC_OK;
}

/*
 * Write the key as dm-crypt reads it.  Not with printf, which may keep a copy.
 */
static size_t
write_key(char *text, size_t size, const struct mapping *m,
    uint64_t span_index, const uint8_t *key)
{
	if (key == NULL)
		return (size_t)snprintf(text, size,
		    ":%d:logon:xtscrypt:%s-%llu", XTS_KEY_BYTES, m->id,
		    (unsigned long long)span_index);
	sodium_bin2hex(text, size, key, XTS_KEY_BYTES);
	return 2 * (size_t)XTS_KEY_BYTES;
}

size_t
mapping_line(char line[MAPPING_LINE], const struct mapping *m,
    uint64_t span_index, uint64_t start, const uint8_t *key,
    const char *device)
{
	uint64_t first = span_index * m->span;
	uint64_t left = m->sectors - first;
	uint64_t sectors = left < m->span ? left : m->span;
	size_t n;

	n = (size_t)snprintf(line, MAPPING_LINE,
	    "%llu %llu crypt aes-xts-plain64 ", (unsigned long long)start,
	    (unsigned long long)sectors);
	n += write_key(line + n, MAPPING_LINE - n, m, span_index, key);

	/* The IV offset is in sectors of 512 bytes, also for larger units. */
	n += (size_t)snprintf(line + n, MAPPING_LINE - n, " %llu %s %llu%s\n",
	    (unsigned long long)first, device,
	    (unsigned long long)(m->offset + first),
	    m->unit == MAPPING_SECTOR ? "" :
	    " 2 sector_size:4096 iv_large_sectors");
	return n;
}
