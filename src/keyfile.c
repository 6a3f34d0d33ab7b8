/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <sodium.h>

#include "io.h"
#include "keyfile.h"
#include "locked.h"

#define AT_A_TIME 65536

/*
 * Of 64 random bytes 57 are distinct on average, and fewer than 39 once in
 * 2^39; of the differences between bytes 1, 2 or 4 apart 54 or more, and fewer
 * than 39 once in 2^30.  Each bit is set in fewer than 9 of the bytes, or in
 * more than 55, once in 2^31: for all of the 8 bits, once in 2^27.7.
 *
 * Of text, also in base64 or hexadecimal, the top bit is always 0; of UTF-8 it
 * is rarely so, or most bytes are of few values.  Half a key that is repeated
 * has 32 values.  In numbers that are counted up, of 1, 2 or 4 bytes, the
 * differences are the same.
 */
#define DISTINCT_LEAST 39
#define BIT_LEAST 9

/* Aligned, since its size is and locked_malloc's memory ends at a page. */
struct hashing {
	crypto_generichash_state state;
	uint8_t buf[AT_A_TIME];
};

/* How many distinct values: no branch and no address depends on them. */
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

bool
keyfile_looks_random(const uint8_t bytes[KEYFILE_RANDOM_BYTES])
{
	const unsigned n = KEYFILE_RANDOM_BYTES;
	uint8_t steps[KEYFILE_RANDOM_BYTES];
	bool random = bits_balanced(bytes);

	random &= count_distinct(bytes, n) >= DISTINCT_LEAST;
	for (unsigned apart = 1; apart <= 4; apart *= 2) {
		for (unsigned i = 0; i < n - apart; i++)
			steps[i] = (uint8_t)(bytes[i + apart] - bytes[i]);
		random &= count_distinct(steps, n - apart) >= DISTINCT_LEAST;
	}
	sodium_memzero(steps, sizeof(steps));
	return random;
}

/* One read beyond the limit is enough to know. */
static int
hash_contents(uint8_t hash[KEYFILE_HASH_BYTES], bool *random,
    struct hashing *h, struct io *io)
{
	uint64_t len = 0;
	size_t got;
	int err;

	crypto_generichash_init(&h->state, NULL, 0, KEYFILE_HASH_BYTES);
	do {
		err = io_read(io, h->buf, AT_A_TIME, len, &got);
		if (err != XC_OK)
			return err;
		crypto_generichash_update(&h->state, h->buf, got);
		len += got;
	} while (got == AT_A_TIME && len <= KEYFILE_MAX);
	if (len == 0)
		return XC_E_KEY_EMPTY;
	if (len > KEYFILE_MAX)
		return XC_E_KEY_LARGE;
	crypto_generichash_final(&h->state, hash, KEYFILE_HASH_BYTES);
	/* So few came in one read. */
	if (random != NULL)
		*random = len == KEYFILE_RANDOM_BYTES &&
		    keyfile_looks_random(h->buf);
	return io_finish(io, len);
}

int
keyfile_read(uint8_t hash[KEYFILE_HASH_BYTES], bool *random, const char *path)
{
	struct hashing *h;
	struct io io;
	int fd, err = io_open(&fd, path, O_RDONLY | O_NOCTTY | O_CLOEXEC, NULL);

	if (err != XC_OK)
		return err;
	if ((h = locked_malloc(sizeof(*h))) == NULL)
		err = ENOMEM;
	else if ((err = io_input(&io, fd, NULL)) == XC_OK)
		err = hash_contents(hash, random, h, &io);
	sodium_free(h);
	close(fd);
	return err;
}
