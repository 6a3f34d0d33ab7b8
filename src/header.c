/* SPDX-License-Identifier: ISC */
#include <string.h>

#include <sodium.h>

#include "bytes.h"
#include "header.h"

/* Offsets in the header, then in a slot: the tables of xtscrypt(5). */
enum {
	AT_VERSION = 8, AT_CIPHER = 10, AT_INTEGRITY = 11, AT_SECTOR = 12,
	AT_SEGMENT = 16, AT_SPAN = 20, AT_STATE = 21, AT_PARTS = 22,
	AT_LENGTH = 24, AT_ID = HEADER_ID_AT, AT_GENERATION = 48, AT_ZERO2 = 56,
	AT_SLOTS = HEADER_SLOTS_AT, AT_ZERO3 = 1088, AT_MAC = HEADER_MACED,
	AT_CHECKSUM = 4064
};

enum {
	SLOT_KIND = 0, SLOT_FACTORS = 1, SLOT_ZERO1 = 2, SLOT_PASSES = 4,
	SLOT_MEMORY = 8, SLOT_ZERO2 = 12, SLOT_SALT = 16, SLOT_NONCE = 32,
	SLOT_BOX = 56, SLOT_NAME = 104
};

#define VERSION 1
#define CHECKSUM_BYTES 32

/* Nothing here needs constant time: the header is public. */
static bool
all_zero(const uint8_t *b, size_t len)
{
	return sodium_is_zero(b, len) == 1;
}

static void
checksum(uint8_t sum[CHECKSUM_BYTES], const uint8_t bytes[HEADER_BYTES])
{
	crypto_generichash(sum, CHECKSUM_BYTES, bytes, AT_CHECKSUM, NULL, 0);
}

static bool
printable(char c)
{
	return c >= 0x20 && c <= 0x7e;
}

bool
header_name_valid(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++)
		if (!printable(name[i]))
			return false;
	return len <= HEADER_NAME_BYTES;
}

/* Decode a name: printable ASCII, then zeros to the end of its field. */
static bool
name_decode(char name[HEADER_NAME_BYTES + 1], const uint8_t *b)
{
	memcpy(name, b, HEADER_NAME_BYTES);
	name[HEADER_NAME_BYTES] = '\0';
	return header_name_valid(name) &&
	    all_zero(b + strlen(name), HEADER_NAME_BYTES - strlen(name));
}

static bool
slot_decode(struct header_slot *slot, const uint8_t b[HEADER_SLOT_BYTES])
{
	*slot = (struct header_slot){ .kind = b[SLOT_KIND] };
	if (slot->kind == HEADER_EMPTY)
		return all_zero(b, HEADER_SLOT_BYTES);
	if (slot->kind != HEADER_ARGON2ID) {
		memcpy(slot->unknown, b, HEADER_SLOT_BYTES);
		return true;
	}

	slot->factors = b[SLOT_FACTORS];
	slot->passes = bytes_load32(b + SLOT_PASSES);
	slot->memory = bytes_load32(b + SLOT_MEMORY);
	memcpy(slot->salt, b + SLOT_SALT, sizeof(slot->salt));
	memcpy(slot->nonce, b + SLOT_NONCE, sizeof(slot->nonce));
	memcpy(slot->box, b + SLOT_BOX, sizeof(slot->box));
	return slot->factors >= HEADER_PASSPHRASE &&
	    slot->factors <= HEADER_BOTH &&
	    slot->passes >= 1 && slot->passes <= HEADER_PASSES_MAX &&
	    slot->memory >= HEADER_MEMORY_MIN &&
	    all_zero(b + SLOT_ZERO1, SLOT_PASSES - SLOT_ZERO1) &&
	    all_zero(b + SLOT_ZERO2, SLOT_SALT - SLOT_ZERO2) &&
	    name_decode(slot->name, b + SLOT_NAME);
}

void
header_slot_encode(uint8_t b[HEADER_SLOT_BYTES], const struct header_slot *slot)
{
	memset(b, 0, HEADER_SLOT_BYTES);
	if (slot->kind == HEADER_EMPTY)
		return;
	if (slot->kind != HEADER_ARGON2ID) {
		memcpy(b, slot->unknown, HEADER_SLOT_BYTES);
		return;
	}

	b[SLOT_KIND] = slot->kind;
	b[SLOT_FACTORS] = slot->factors;
	bytes_store32(b + SLOT_PASSES, slot->passes);
	bytes_store32(b + SLOT_MEMORY, slot->memory);
	memcpy(b + SLOT_SALT, slot->salt, sizeof(slot->salt));
	memcpy(b + SLOT_NONCE, slot->nonce, sizeof(slot->nonce));
	memcpy(b + SLOT_BOX, slot->box, sizeof(slot->box));
	memcpy(b + SLOT_NAME, slot->name, strlen(slot->name));
}

static void
layout_decode(struct layout *layout, const uint8_t bytes[HEADER_BYTES])
{
	layout->cipher = bytes[AT_CIPHER];
	layout->integrity = bytes[AT_INTEGRITY];
	layout->sector = bytes_load32(bytes + AT_SECTOR);
	layout->segment = bytes_load32(bytes + AT_SEGMENT);
	layout->span_shift = bytes[AT_SPAN];
}

void
header_layout_encode(uint8_t b[HEADER_LAYOUT_BYTES],
    const struct layout *layout)
{
	b[0] = layout->cipher;
	b[AT_INTEGRITY - AT_CIPHER] = layout->integrity;
	bytes_store32(b + AT_SECTOR - AT_CIPHER, layout->sector);
	bytes_store32(b + AT_SEGMENT - AT_CIPHER, layout->segment);
	b[AT_SPAN - AT_CIPHER] = layout->span_shift;
}

/* Without a length there must be tags: they show where the data ends. */
static bool
length_valid(const struct header *h)
{
	return h->length <= LAYOUT_LENGTH_MAX ||
	    (h->length == LAYOUT_UNKNOWN && h->layout.integrity == LAYOUT_TAGS);
}

/* A file that is written in parts has a length of at least one byte. */
static bool
parts_valid(const struct header *h)
{
	if (h->state != HEADER_PARTS)
		return h->parts == 0;
	return h->parts > 0 && h->length > 0 && h->length != LAYOUT_UNKNOWN;
}

static bool
slots_decode(struct header_slot slots[HEADER_SLOTS], const uint8_t *b)
{
	unsigned used = 0;

	for (int i = 0; i < HEADER_SLOTS; i++) {
		if (!slot_decode(&slots[i], b + i * HEADER_SLOT_BYTES))
			return false;
		used += slots[i].kind != HEADER_EMPTY;
	}
	return used > 0;
}

int
header_decode(struct header *header, const uint8_t bytes[HEADER_BYTES])
{
	uint8_t sum[CHECKSUM_BYTES];
	struct header h = { 0 };

	if (memcmp(bytes, HEADER_MAGIC, HEADER_MAGIC_BYTES) != 0)
		return XC_E_MAGIC;
	if (bytes_load16(bytes + AT_VERSION) != VERSION)
		return XC_E_VERSION;
	checksum(sum, bytes);
	if (memcmp(sum, bytes + AT_CHECKSUM, sizeof(sum)) != 0)
		return XC_E_CHECKSUM;
	if (bytes[AT_CIPHER] != LAYOUT_AES_256_XTS)
		return XC_E_CIPHER;

	layout_decode(&h.layout, bytes);
	h.state = bytes[AT_STATE];
	h.parts = bytes_load16(bytes + AT_PARTS);
	h.length = bytes_load64(bytes + AT_LENGTH);
	memcpy(h.id, bytes + AT_ID, sizeof(h.id));
	h.generation = bytes_load64(bytes + AT_GENERATION);
	memcpy(h.mac, bytes + AT_MAC, sizeof(h.mac));
	if (!layout_valid(&h.layout) || h.state > HEADER_PARTS ||
	    !length_valid(&h) || !parts_valid(&h) || h.generation == 0 ||
	    !slots_decode(h.slots, bytes + AT_SLOTS) ||
	    !all_zero(bytes + AT_ZERO2, AT_SLOTS - AT_ZERO2) ||
	    !all_zero(bytes + AT_ZERO3, AT_MAC - AT_ZERO3))
		return XC_E_FIELD;

	*header = h;
	return XC_OK;
}

void
header_encode(uint8_t bytes[HEADER_BYTES], const struct header *header)
{
	memset(bytes, 0, HEADER_BYTES);
	memcpy(bytes, HEADER_MAGIC, HEADER_MAGIC_BYTES);
	bytes_store16(bytes + AT_VERSION, VERSION);
	header_layout_encode(bytes + AT_CIPHER, &header->layout);
	bytes[AT_STATE] = header->state;
	bytes_store16(bytes + AT_PARTS, header->parts);
	bytes_store64(bytes + AT_LENGTH, header->length);
	memcpy(bytes + AT_ID, header->id, sizeof(header->id));
	bytes_store64(bytes + AT_GENERATION, header->generation);
	for (int i = 0; i < HEADER_SLOTS; i++)
		header_slot_encode(bytes + AT_SLOTS + i * HEADER_SLOT_BYTES,
		    &header->slots[i]);
	memcpy(bytes + AT_MAC, header->mac, sizeof(header->mac));
	checksum(bytes + AT_CHECKSUM, bytes);
}

int
header_whole(const struct header *header)
{
	switch (header->state) {
	case HEADER_WHOLE:
		return XC_OK;
	case HEADER_CONVERTING:
		return XC_E_CONVERTING;
	case HEADER_WRITING:
		return XC_E_WRITING;
	default:
		return XC_E_PARTS;
	}
}
