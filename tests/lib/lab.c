/* SPDX-License-Identifier: ISC */
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "backend.h"
#include "bytes.h"
#include "lab.h"
#include "tap.h"

/* Capacity given to pipes, so that no process need be at the other end. */
#define PIPE_BYTES (1 << 20)

/* Offset where seekable ends start in their files: it need not be 0. */
#define OFFSET 13
#define GUARD 0x5a

/* Threads of the library take some, too. */
static pthread_mutex_t taking = PTHREAD_MUTEX_INITIALIZER;
static uint64_t seed, taken;

/* That of lab_enter. */
static char folder[64];

static const char *
random_name(void)
{
	return "lab";
}

static void
random_buf(void *buf, size_t len)
{
	uint8_t m[16], block[64], *b = buf;

	pthread_mutex_lock(&taking);
	bytes_store64(m, seed);
	for (size_t i = 0; i < len; i++, taken++) {
		if (i == 0 || taken % 64 == 0) {
			bytes_store64(m + 8, taken / 64);
			crypto_generichash(block, 64, m, 16, NULL, 0);
		}
		b[i] = block[taken % 64];
	}
	pthread_mutex_unlock(&taking);
}

static uint32_t
random_word(void)
{
	uint8_t b[4];

	random_buf(b, sizeof(b));
	return bytes_load32(b);
}

void
lab_random(uint64_t s)
{
	seed = s;
	taken = 0;
}

void
lab_must(bool good, const char *what)
{
	if (!good)
		tap_bail("%s", what);
}

static bool
is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value != NULL && strcmp(value, "1") == 0;
}

bool
lab_quick(void)
{
	return is_set("XTSCRYPT_TEST_QUICK");
}

bool
lab_all(void)
{
	return is_set("XTSCRYPT_TEST_ALL");
}

void
lab_enter(const char *where)
{
	snprintf(folder, sizeof(folder), "%s/xtscrypt-XXXXXX", where);
	if (mkdtemp(folder) != NULL)
		lab_must(chdir(folder) == 0, "a new folder is gone");
	else if (strcmp(where, "/tmp") != 0)
		lab_enter("/tmp");
	else
		tap_bail("no folder");
}

void
lab_leave(void)
{
	lab_must(chdir("/") == 0 && rmdir(folder) == 0,
	    "the folder of the test is not empty");
}

void
lab_start(void)
{
	static struct randombytes_implementation ours = {
		.implementation_name = random_name,
		.random = random_word,
		.buf = random_buf
	};

	lab_must(randombytes_set_implementation(&ours) == 0 &&
	    sodium_init() >= 0, "libsodium does not start");
	lab_must(backend_choose(getenv("XTSCRYPT_BACKEND")) == XC_OK,
	    "no engine");
	lab_random(0);
	if (lab_quick())
		tap_note("XTSCRYPT_TEST_QUICK=1: loops are thinned out");
}

void
lab_pattern(uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)(7 * i + i / 256 + i / 65536);
}

uint8_t *
lab_memory(size_t len)
{
	uint8_t *p = malloc(len + 1);

	lab_must(p != NULL, "no memory");
	return p;
}

static void
write_all(int fd, const uint8_t *bytes, size_t len)
{
	lab_must(len == 0 || write(fd, bytes, len) == (ssize_t)len,
	    "cannot write");
}

int
lab_file(const uint8_t *bytes, size_t len)
{
#ifdef MFD_CLOEXEC
	int fd = memfd_create("lab", MFD_CLOEXEC);
#else
	FILE *f = tmpfile();
	int fd = f == NULL ? -1 : dup(fileno(f));

	if (f != NULL)
		fclose(f);
#endif
	lab_must(fd >= 0, "no file");
	lab_fill(fd, bytes, len);
	return fd;
}

void
lab_fill(int fd, const uint8_t *bytes, size_t len)
{
	lab_must(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0,
	    "cannot empty a file");
	write_all(fd, bytes, len);
	lab_must(lseek(fd, 0, SEEK_SET) == 0, "cannot seek");
}

void
lab_header(struct header *h, struct key **key, const struct layout *layout,
    uint64_t length)
{
	*h = (struct header){
		.layout = *layout, .length = length, .generation = 1
	};
	h->slots[0] = (struct header_slot){
		.kind = HEADER_ARGON2ID, .factors = HEADER_PASSPHRASE,
		.passes = 1, .memory = HEADER_MEMORY_MIN
	};
	lab_must(key_new(key, h) == XC_OK, "no keys");
}

struct layout
lab_layout(const char *text)
{
	unsigned integrity = 0, sector = 0, segment = 0, span = 0;

	lab_must(text != NULL && sscanf(text, "%u %u %u %u", &integrity,
	    &sector, &segment, &span) == 4, "not a layout");
	return (struct layout){
		1, (uint8_t)integrity, sector, segment, (uint8_t)span
	};
}

struct key_secret
lab_secret(const char *passphrase)
{
	return (struct key_secret){
		.passphrase = (const uint8_t *)passphrase,
		.len = strlen(passphrase)
	};
}

void
lab_checksum(uint8_t bytes[HEADER_BYTES])
{
	crypto_generichash(bytes + HEADER_BYTES - 32, 32, bytes,
	    HEADER_BYTES - 32, NULL, 0);
}

void
lab_keys(struct lab *lab, const struct layout *layout)
{
	struct header h;

	lab_end(lab);
	lab_header(&h, &lab->key, layout, 0);
	lab->layout = *layout;
}

void
lab_way(struct lab *lab, int way, uint64_t length)
{
	lab->in_stream = (way & LAB_IN_STREAM) != 0;
	lab->out_stream = (way & LAB_OUT_STREAM) != 0;
	lab->length = (way & LAB_UNKNOWN) != 0 ? LAYOUT_UNKNOWN : length;
}

/* A pipe with these bytes in it, or just an empty one; false: too many. */
static bool
pipe_new(int fds[2], const uint8_t *bytes, size_t len)
{
#ifdef F_SETPIPE_SZ
	if (len > PIPE_BYTES / 2)
		return false;
	lab_must(pipe(fds) == 0, "no pipe");
	if (fcntl(fds[1], F_SETPIPE_SZ, PIPE_BYTES) >= PIPE_BYTES) {
		if (bytes != NULL)
			write_all(fds[1], bytes, len);
		return true;
	}
	close(fds[0]);
	close(fds[1]);
#else
	(void)fds;
	(void)bytes;
	(void)len;
#endif
	return false;
}

/* The input: a pipe where it fits into one, or a file that plays a stream. */
static void
input_open(struct lab *lab, struct io *io, const uint8_t *in, size_t len)
{
	uint8_t guard[OFFSET];
	int fds[2], fd;

	if (lab->in_stream && pipe_new(fds, in, len)) {
		close(fds[1]);
		lab_must(io_input(io, fds[0], NULL) == XC_OK, "no input");
		return;
	}
	fd = lab_file(NULL, 0);
	memset(guard, GUARD, sizeof(guard));
	write_all(fd, guard, sizeof(guard));
	write_all(fd, in, len);
	lab_must(lseek(fd, OFFSET, SEEK_SET) == OFFSET, "cannot seek");
	lab_must(io_input(io, fd, NULL) == XC_OK, "no input");
	if (lab->in_stream) {
		io->seekable = false;
		io->size = IO_UNKNOWN;
	}
}

/* Read fd from the offset on; check that the bytes before it are untouched. */
static void
take_file(struct lab *lab, int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	uint8_t *all;

	lab_must(size >= OFFSET, "the output has lost its start");
	all = lab_memory((size_t)size);
	lab_must(pread(fd, all, (size_t)size, 0) == (ssize_t)size,
	    "cannot read");
	for (int i = 0; i < OFFSET; i++)
		lab_must(all[i] == GUARD, "bytes before the output changed");
	lab->len = (size_t)size - OFFSET;
	memmove(all, all + OFFSET, lab->len);
	lab->out = all;
}

static void
take_pipe(struct lab *lab, int fd)
{
	ssize_t n;

	lab->out = lab_memory(PIPE_BYTES);
	while ((n = read(fd, lab->out + lab->len, PIPE_BYTES - lab->len)) > 0)
		lab->len += (size_t)n;
	lab_must(n == 0, "cannot read a pipe");
}

static void
note_damage(void *context, uint64_t from, uint64_t to)
{
	struct lab *lab = context;

	lab_must(lab->nbad < LAB_RANGES, "too many ranges");
	lab->bad[lab->nbad][0] = from;
	lab->bad[lab->nbad++][1] = to;
}

/* Room that a payload of len bytes, or its plaintext, may need. */
static size_t
most(const struct lab *lab, size_t len)
{
	size_t segments = lab->layout.segment == 0 ? 0 :
	    1 + len / lab->layout.segment;

	return len + 16 + segments * LAYOUT_RECORD;
}

void
lab_run(struct lab *lab, enum xts_direction direction, const uint8_t *in,
    size_t len)
{
	struct io input, output;
	struct job job = {
		.direction = direction, .layout = lab->layout,
		.key = lab->key, .in = &input,
		.out = lab->verify ? NULL : &output,
		.length = lab->length, .range = lab->range,
		.keep_going = lab->keep_going,
		.threads = lab->threads == 0 ? 1 : lab->threads,
		.chunk = lab->chunk,
		.damaged = note_damage, .context = lab
	};
	int fds[2] = { -1, -1 };
	uint8_t guard[OFFSET];

	lab_free(lab);
	lab->nbad = 0;
	input_open(lab, &input, in, len);
	if (!lab->out_stream || !pipe_new(fds, NULL, most(lab, len))) {
		fds[1] = lab_file(NULL, 0);
		memset(guard, GUARD, sizeof(guard));
		write_all(fds[1], guard, sizeof(guard));
		lab_must(!lab->out_stream ||
		    fcntl(fds[1], F_SETFL, O_APPEND) == 0, "no O_APPEND");
	}
	lab_must(io_output(&output, fds[1], NULL) == XC_OK &&
	    output.seekable == !lab->out_stream, "no output");
	output.ours = output.seekable;
	lab->err = job_run(&job, &lab->result).code;
	close(input.fd);
	if (fds[0] < 0)
		take_file(lab, fds[1]);
	close(fds[1]);
	if (fds[0] >= 0) {
		take_pipe(lab, fds[0]);
		close(fds[0]);
	}
}

void
lab_free(struct lab *lab)
{
	free(lab->out);
	lab->out = NULL;
	lab->len = 0;
}

void
lab_end(struct lab *lab)
{
	lab_free(lab);
	key_free(lab->key);
	lab->key = NULL;
}

bool
lab_gave(const struct lab *lab, const uint8_t *bytes, size_t len)
{
	return lab->err == XC_OK && lab->len == len &&
	    memcmp(lab->out, bytes, len) == 0;
}
