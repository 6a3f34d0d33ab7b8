/* SPDX-License-Identifier: ISC */
/*
 * Holes: zeros that are not read, and zeros that are not written.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "lab.h"
#include "tap.h"

#define BLOCK 4096
#define BLOCKS 64
#define START 13
#define GIB (1LL << 30)

static uint8_t data[BLOCKS * BLOCK], got[BLOCKS * BLOCK];

/* Where data would be read, the descriptor makes an error of it. */
static void
test_read(void)
{
	char name[] = "sparse-XXXXXX";
	int fd = mkstemp(name), writer = open(name, O_WRONLY);
	size_t n = 0;
	struct io io;

	lab_must(fd >= 0 && writer >= 0 && unlink(name) == 0, "no file");
	lab_must(ftruncate(fd, 3 * GIB) == 0 &&
	    pwrite(fd, data, BLOCK, GIB) == BLOCK, "cannot write");
	lab_must(io_input(&io, writer, NULL) == XC_OK, "no input");
	tap_ok(io.sparse && io.size == 3 * GIB, "holes are seen");

	memset(got, 1, sizeof(got));
	tap_ok(io_read(&io, got, sizeof(got), 0, &n) == XC_OK &&
	    n == sizeof(got) && sodium_is_zero(got, n) == 1,
	    "a hole is not read");
	memset(got, 1, sizeof(got));
	tap_ok(io_read(&io, got, 100, 3 * GIB - 100, &n) == XC_OK &&
	    n == 100 && sodium_is_zero(got, n) == 1 && got[100] == 1,
	    "nor the last one, to the last byte");
	tap_ok(io_read(&io, got, 1, GIB, &n) == EBADF,
	    "data is");

	io.fd = fd;
	tap_ok(io_read(&io, got, 3 * BLOCK, GIB - BLOCK, &n) ==
	    XC_OK && n == 3 * (size_t)BLOCK &&
	    sodium_is_zero(got, BLOCK) == 1 &&
	    memcmp(got + BLOCK, data, BLOCK) == 0 &&
	    sodium_is_zero(got + 2 * (size_t)BLOCK, BLOCK) == 1,
	    "a hole, data and a hole");
	lab_must(ftruncate(fd, BLOCK) == 0, "cannot cut");
	tap_ok(io_read(&io, got, 2 * BLOCK, 0, &n) == XC_OK && n == BLOCK,
	    "a file that shrinks ends where it does");
	tap_ok(io_read(&io, got, BLOCK, GIB, &n) == XC_OK && n == 0,
	    "and is at its end behind that");
	lab_must(ftruncate(fd, 0) == 0 && ftruncate(fd, 100) == 0 &&
	    io_input(&io, fd, NULL) == XC_OK, "no input");
	tap_ok(io.sparse, "a hole may be shorter than a block of 512 bytes");
	close(fd);
	close(writer);
}

/* Blocks of zeros here and there, as the bits of a number say. */
static void
pattern(uint64_t zeros)
{
	lab_pattern(data, sizeof(data));
	for (size_t i = 0; i < BLOCKS; i++)
		if ((zeros >> i & 1) != 0)
			memset(data + i * BLOCK, 0, BLOCK);
}

/* Written in portions of this length; how many blocks of zeros were not. */
static long
written(size_t portion, uint64_t start, size_t len)
{
	int fd = lab_file(NULL, 0);
	struct io io = io_at(fd);
	struct stat st;
	size_t n;

	io.ours = io.sparse = true;
	io.start = start;
	for (size_t i = 0; i < len; i += n) {
		n = len - i < portion ? len - i : portion;
		lab_must(io_write(&io, data + i, n, i) == XC_OK,
		    "cannot write");
	}
	lab_must(io_finish(&io, len) == XC_OK && fstat(fd, &st) == 0,
	    "cannot end");
	if (st.st_size != (off_t)(start + len) ||
	    pread(fd, got, len, (off_t)start) != (ssize_t)len ||
	    memcmp(got, data, len) != 0)
		st.st_blocks = -1;
	close(fd);
	return st.st_blocks;
}

static void
test_write(void)
{
	static const uint64_t zeros[] = {
		0, 1, UINT64_MAX, 0xaaaaaaaaaaaaaaaa, 0xff00ffff00f0fffe,
		0x7fffffffffffffff, 0x8000000000000000
	};
	unsigned bad = 0, full = 0;
	long blocks;

	for (size_t i = 0; i < LAB_COUNT(zeros); i++) {
		pattern(zeros[i]);
		for (size_t p = 1000; p <= sizeof(data); p += 7 * p + 321)
			for (size_t cut = 0; cut < 3; cut++) {
				bad += written(p, 0, sizeof(data) - cut) < 0;
				bad += written(p, START,
				    sizeof(data) - cut) < 0;
			}
		blocks = written(BLOCK, 0, sizeof(data));
		for (int b = 0; b < BLOCKS; b++)
			blocks -= (zeros[i] >> b & 1) != 0 ? 0 : BLOCK / 512;
		/* A file system may count what it needs to find them. */
		full += blocks < 0 || blocks > 64;
	}
	tap_ok(bad == 0, "zeros that were left out are there");
	tap_ok(full == 0, "blocks of zeros take no room, and others do");
}

int
main(void)
{
	lab_start();
	pattern(0);
	test_read();
	test_write();
	return tap_done();
}
