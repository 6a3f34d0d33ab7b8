/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <sodium.h>

#include "io.h"
#include "keyfile.h"
#include "locked.h"

#define AT_A_TIME 65536

/* Aligned, since its size is and locked_malloc's memory ends at a page. */
struct hashing {
	crypto_generichash_state state;
	uint8_t buf[AT_A_TIME];
};

/* One read beyond the limit is enough to know. */
static int
hash_contents(uint8_t hash[KEYFILE_HASH_BYTES], struct hashing *h,
    struct io *io)
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
	return io_finish(io, len);
}

int
keyfile_read(uint8_t hash[KEYFILE_HASH_BYTES], const char *path)
{
	struct hashing *h;
	struct io io;
	int fd, err = io_open(&fd, path, O_RDONLY | O_NOCTTY | O_CLOEXEC, NULL);

	if (err != XC_OK)
		return err;
	if ((h = locked_malloc(sizeof(*h))) == NULL)
		err = ENOMEM;
	else if ((err = io_input(&io, fd, NULL)) == XC_OK)
		err = hash_contents(hash, h, &io);
	sodium_free(h);
	close(fd);
	return err;
}
