/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a whole file.  A key is put in the place of the file's own, and
 * the checksum is put right, or nothing would get past them.  The low bits of
 * the generation say what else happens: see "how".
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "header.h"
#include "io.h"
#include "job.h"
#include "key.h"
#include "segment.h"
#include "xts.h"

#define CHECKSUM_BYTES 32
#define CHECKED (HEADER_BYTES - CHECKSUM_BYTES)
#define SIZE_MAX_FUZZ (1 << 20)

/* A file of 1 MiB and more of zeros would take too long, not go wrong. */
#define LENGTH_MAX_FUZZ ((uint64_t)1 << 21)

enum how {
	SEALED = 1,		/* give every segment a good record first */
	FROM_PIPE = 2,
	VERIFY = 4,		/* write nothing */
	KEEP_GOING = 8,
	TEXT_ONLY = 16,
	IN_PART = 32
};

static int input, output;
static uint8_t file[SIZE_MAX_FUZZ];
static uint64_t damaged_to;

static int
temporary(void)
{
	FILE *f = tmpfile();

	fuzz_require(f != NULL);
	return fileno(f);
}

/* The same bytes for the same input, so that a crash can be had again. */
static const char *
random_name(void)
{
	return "fuzz";
}

static void
random_bytes(void *buf, size_t size)
{
	memset(buf, 0x5a, size);
}

static uint32_t
random_word(void)
{
	return 0x5a5a5a5a;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static struct randombytes_implementation fixed = {
		.implementation_name = random_name,
		.random = random_word,
		.buf = random_bytes
	};

	(void)argc;
	(void)argv;
	fuzz_require(randombytes_set_implementation(&fixed) == 0);
	fuzz_require(sodium_init() >= 0);
	fuzz_require(xts_choose(NULL) == XC_OK);
	input = temporary();
	output = temporary();
	return 0;
}

/* Give each segment of a payload of this size a record of this key's. */
static void
seal(uint8_t *payload, size_t size, const struct layout *l,
    const struct key *key)
{
	size_t whole = (size_t)l->segment + LAYOUT_RECORD;

	for (uint64_t i = 0; size >= LAYOUT_RECORD; i++) {
		bool last = size < whole + LAYOUT_RECORD + 16;
		size_t len = (last ? size : whole) - LAYOUT_RECORD;

		segment_tag(payload + len, payload, len, i, last,
		    key->segment);
		payload += len + LAYOUT_RECORD;
		size -= len + LAYOUT_RECORD;
	}
}

/* Ranges come in order, apart, and none of them empty. */
static void
damaged(void *context, uint64_t from, uint64_t to)
{
	(void)context;
	fuzz_require(from < to && (from > damaged_to || damaged_to == 0));
	damaged_to = to;
}

static void
rewrite(int fd, const uint8_t *data, size_t size)
{
	fuzz_require(ftruncate(fd, 0) == 0);
	fuzz_require(size == 0 || pwrite(fd, data, size, 0) == (ssize_t)size);
	fuzz_require(lseek(fd, 0, SEEK_SET) == 0);
}

static bool
ascii(void *context, uint64_t at, const uint8_t *plaintext, size_t len)
{
	(void)context, (void)at;
	for (size_t i = 0; i < len; i++)
		if (plaintext[i] >= 0x80)
			return false;
	return true;
}

/* Only the payload's size is unknown of a pipe. */
static void
decrypt(const struct header *h, const struct key *key, size_t payload,
    unsigned how)
{
	struct io in = { 0 }, out = { 0 };
	struct job job = {
		.direction = XTS_DECRYPT,
		.layout = h->layout,
		.key = key,
		.in = &in,
		.out = (how & VERIFY) != 0 ? NULL : &out,
		.length = h->length,
		.keep_going = (how & KEEP_GOING) != 0,
		.threads = 1,
		.damaged = damaged,
		.accept = (how & TEXT_ONLY) != 0 ? ascii : NULL
	};
	/* Up to 1 MiB from anywhere up to that. */
	const struct layout_range range = {
		h->generation >> 8 & 0xfffff, h->generation >> 28 & 0xfffff
	};
	struct job_result result;
	uint8_t start[HEADER_BYTES];
	int err;
	size_t got;

	rewrite(input, file, HEADER_BYTES + payload);
	rewrite(output, NULL, 0);
	damaged_to = 0;
	fuzz_require(io_input(&in, input, NULL) == XC_OK);
	if ((how & FROM_PIPE) != 0) {
		in.seekable = false;
		in.size = IO_UNKNOWN;
	}
	fuzz_require(io_output(&out, output, NULL) == XC_OK);
	fuzz_require(io_peek(&in, start, sizeof(start), &got) == XC_OK);
	fuzz_require(got == HEADER_BYTES);
	io_skip(&in, HEADER_BYTES);

	if ((how & IN_PART) != 0)
		job.range = &range;
	err = job_run(&job, &result).code;
	fuzz_require(err != XC_OK || damaged_to == 0);
	if (job.range != NULL)
		fuzz_require(err != XC_OK || result.length == range.length);
	else if (err == XC_OK && h->length != LAYOUT_UNKNOWN)
		fuzz_require(result.length == h->length);
	if (err == XC_OK && job.out != NULL)
		fuzz_require(lseek(output, 0, SEEK_END) ==
		    (off_t)result.length);
	io_release(&in);
	io_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header header;
	struct key *key;
	unsigned how;

	if (size < HEADER_BYTES || size > sizeof(file))
		return 0;
	memcpy(file, data, size);
	crypto_generichash(file + CHECKED, CHECKSUM_BYTES, file, CHECKED,
	    NULL, 0);
	if (header_decode(&header, file) != XC_OK ||
	    header_whole(&header) != XC_OK)
		return 0;
	how = (unsigned)header.generation;
	if (header.length != LAYOUT_UNKNOWN &&
	    header.length > LENGTH_MAX_FUZZ)
		header.length %= LENGTH_MAX_FUZZ;

	fuzz_require(key_new(&key, &header) == XC_OK);
	if ((how & SEALED) != 0 && header.layout.integrity != 0)
		seal(file + HEADER_BYTES, size - HEADER_BYTES, &header.layout,
		    key);
	decrypt(&header, key, size - HEADER_BYTES, how);
	key_free(key);
	return 0;
}
