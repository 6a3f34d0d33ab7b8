/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "header.h"
#include "io.h"
#include "keyfile.h"
#include "locked.h"

#define AT_A_TIME 65536
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Of 64 random bytes 57 are distinct on average, and fewer than 39 once in
 * 2^39; of the differences between bytes 1, 2 or 4 apart 54 or more, and fewer
 * than 39 once in 2^30.  The differences between those, 56 or more, are random
 * and independent, too: fewer than 32 are distinct once in 2^47.  Each bit is
 * set in fewer than 9 of the bytes, or in more than 55, once in 2^31: for all
 * of the 8 bits, once in 2^27.7.
 *
 * In text, also base64 or hexadecimal, the top bit is always 0; in UTF-8 it
 * rarely varies enough, or most bytes have few values.  Half a key, repeated,
 * has 32 values.  Counters of 1, 2 or 4 bytes have equal differences; where the
 * steps grow evenly, as those of squares, the differences between them are
 * equal but for carries: of 4 bytes, about 13 are distinct.
 */
#define DISTINCT_LEAST 39
#define DISTINCT_LEAST_SECOND 32
#define BIT_LEAST 9

/* Signatures of archives, compressed files and disk images. */
static const struct {
	size_t at, len;
	const char *bytes;
} containers[] = {
	{ 0, sizeof(HEADER_MAGIC) - 1, HEADER_MAGIC },
	{ 0, 3, "\x1f\x8b\x08" },		/* gzip */
	{ 0, 6, "\xfd" "7zXZ\0" },
	{ 0, 4, "\x28\xb5\x2f\xfd" },		/* zstd */
	{ 0, 4, "\x04\x22\x4d\x18" },		/* lz4 */
	{ 4, 6, "1AY&SY" },			/* bzip2 */
	{ 0, 4, "PK\3\4" },			/* zip */
	{ 0, 6, "7z\xbc\xaf\x27\x1c" },
	{ 257, 5, "ustar" },			/* tar */
	{ 0, 4, "QFI\xfb" },			/* QEMU */
	{ 0, 4, "KDMV" },			/* VMware */
	{ 0, 6, "LUKS\xba\xbe" },
	{ 512, 8, "EFI PART" },			/* a partition table */
	{ 32769, 5, "CD001" },			/* ISO 9660 */
};

/*
 * Aligned: its size is a multiple, and locked_malloc's memory ends at a page.
 */
struct hashing {
	crypto_generichash_state state;
	uint8_t buf[AT_A_TIME];
};

/*
 * Count distinct values, without a branch or an address that depends on them.
 */
static unsigned
count_distinct(const uint8_t *bytes, unsigned n)
{
	unsigned count = 0, fresh, differ;

	for (unsigned i = 0; i < n; i++) {
		fresh = 1;
		for (unsigned j = 0; j < i; j++) {
			differ = (unsigned)(bytes[i] ^ bytes[j]);
			fresh &= (differ + 255) >> 8;
		}
		count += fresh;
	}
	return count;
}

static bool
bits_balanced(const uint8_t bytes[KEYFILE_RANDOM_BYTES])
{
	bool balanced = true;
	unsigned ones;

	for (unsigned bit = 0; bit < 8; bit++) {
		ones = 0;
		for (unsigned i = 0; i < KEYFILE_RANDOM_BYTES; i++)
			ones += bytes[i] >> bit & 1U;
		balanced &= ones >= BIT_LEAST;
		balanced &= ones <= KEYFILE_RANDOM_BYTES - BIT_LEAST;
	}
	return balanced;
}

/* Replace the first n bytes by their differences from those apart. */
static void
subtract(uint8_t *bytes, unsigned n, unsigned apart)
{
	for (unsigned i = 0; i < n; i++)
		bytes[i] = (uint8_t)(bytes[i + apart] - bytes[i]);
}

bool
keyfile_looks_random(const uint8_t bytes[KEYFILE_RANDOM_BYTES])
{
	const unsigned n = KEYFILE_RANDOM_BYTES;
	uint8_t steps[KEYFILE_RANDOM_BYTES];
	bool random = bits_balanced(bytes);

	random &= count_distinct(bytes, n) >= DISTINCT_LEAST;
	for (unsigned apart = 1; apart <= 4; apart *= 2) {
		memcpy(steps, bytes, n);
		subtract(steps, n - apart, apart);
		random &= count_distinct(steps, n - apart) >= DISTINCT_LEAST;
		subtract(steps, n - 2 * apart, apart);
		random &= count_distinct(steps, n - 2 * apart) >=
		    DISTINCT_LEAST_SECOND;
	}
	sodium_memzero(steps, sizeof(steps));
	return random;
}

/* Only the answer becomes known of the bytes. */
static bool
is_container(const uint8_t *front, size_t len)
{
	bool found = false;

	for (size_t i = 0; i < COUNT(containers); i++)
		found |= len >= containers[i].at + containers[i].len &&
		    sodium_memcmp(front + containers[i].at,
		    containers[i].bytes, containers[i].len) == 0;
	return found;
}

/* Classify the key file by what was read first. */
static enum keyfile_look
look_at(const uint8_t *front, size_t len)
{
	if (len == KEYFILE_RANDOM_BYTES && keyfile_looks_random(front))
		return KEYFILE_RANDOM;
	return is_container(front, len) ? KEYFILE_CONTAINER : KEYFILE_USUAL;
}

/* Hash at most one buffer beyond the limit: that is enough to refuse it. */
static int
hash_contents(uint8_t hash[KEYFILE_HASH_BYTES], enum keyfile_look *look,
    struct hashing *h, struct io *io)
{
	enum keyfile_look seen = KEYFILE_USUAL;
	uint64_t len = 0;
	size_t got;
	int err;

	crypto_generichash_init(&h->state, NULL, 0, KEYFILE_HASH_BYTES);
	do {
		err = io_read(io, h->buf, AT_A_TIME, len, &got);
		if (err != XC_OK)
			return err;
		crypto_generichash_update(&h->state, h->buf, got);
		if (len == 0)
			seen = look_at(h->buf, got);
		len += got;
	} while (got == AT_A_TIME && len <= KEYFILE_MAX);
	if (len == 0)
		return XC_E_KEY_EMPTY;
	if (len > KEYFILE_MAX)
		return XC_E_KEY_LARGE;
	crypto_generichash_final(&h->state, hash, KEYFILE_HASH_BYTES);
	if (seen == KEYFILE_USUAL && len > KEYFILE_USUAL_MAX)
		seen = KEYFILE_OVERSIZED;
	if (look != NULL)
		*look = seen;
	return io_finish(io, len);
}

int
keyfile_read(uint8_t hash[KEYFILE_HASH_BYTES], enum keyfile_look *look,
    const char *path)
{
	struct hashing *h;
	struct io io;
	int fd, err = io_open(&fd, path, O_RDONLY | O_NOCTTY | O_CLOEXEC, NULL);

	if (err != XC_OK)
		return err;
	if ((h = locked_malloc(sizeof(*h))) == NULL)
		err = ENOMEM;
	else if ((err = io_input(&io, fd, NULL)) == XC_OK)
		err = hash_contents(hash, look, h, &io);
	sodium_free(h);
	close(fd);
	return err;
}
