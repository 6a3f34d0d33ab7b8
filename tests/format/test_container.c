/* SPDX-License-Identifier: ISC */
/*
 * A whole file, encrypted and decrypted by nothing but the library; and what a
 * program on it cannot forget to check.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "container.h"
#include "disk.h"
#include "fault.h"
#include "lab.h"
#include "tap.h"

#define LEN 300001

static uint8_t hash[KEYFILE_HASH_BYTES];
static const struct key_secret secret = { .key_file = hash };

static struct io
input(const char *name)
{
	struct io in;

	lab_must(io_input(&in, open(name, O_RDONLY), NULL) == XC_OK,
	    "no input");
	return in;
}

/* Encrypt the file called plain under the key file. */
static struct err
encrypt(const char *to, const char *header)
{
	struct io in = input("plain");
	struct creation n;
	struct err err = container_begin(&n, &LAYOUT_DEFAULT, &in);

	if (err.code == XC_OK &&
	    (err.code = key_slot(&n.header.slots[0], &n.header, n.key,
	    &secret, &LAB_COST, "")) == XC_OK &&
	    (err = container_create(&n, to, header, 0, NULL)).code == XC_OK &&
	    (err = container_encrypt(&n, NULL)).code == XC_OK)
		err = container_commit(&n, NULL);
	container_abort(&n);
	close(in.fd);
	return err;
}

/* Decrypt it to the file called back. */
static struct err
decrypt(const char *from, const char *header)
{
	struct io in = input(from);
	struct output out = { 0 };
	const struct job how = { .out = &out.io };
	struct container c;
	struct err err = container_open(&c, &in, from, header);

	if (err.code == XC_OK &&
	    (err.code = key_open(&c.key, NULL, c.hf.bytes, &c.hf.header,
	    &secret, KEY_ALL_SLOTS, KDF_MEMORY_LIMIT)) == XC_OK &&
	    (err.code = output_open(&out, "back", 0, NULL)) == XC_OK &&
	    (err = container_decrypt(&c, &how)).code == XC_OK)
		err.code = output_commit(&out, c.result.length, NULL);
	output_abort(&out);
	container_close(&c);
	close(in.fd);
	return err;
}

static bool
is_back(const uint8_t *plain)
{
	static uint8_t got[LEN + 1];
	int fd = open("back", O_RDONLY);
	bool same = read(fd, got, sizeof(got)) == LEN &&
	    memcmp(got, plain, LEN) == 0;

	close(fd);
	unlink("back");
	return same;
}

static bool
fails(struct err err, int code, enum err_file file)
{
	if (err.code != code || err.file != file)
		tap_note("error %d of file %d", err.code, (int)err.file);
	return err.code == code && err.file == file;
}

/* Only open the container, while the nth call fails so. */
static struct err
open_failing(unsigned nth, int error)
{
	struct io in = input("payload");
	struct container c;
	struct err err;

	fault_set((struct fault){ .at = nth, .error = error });
	err = container_open(&c, &in, "payload", "header");
	fault_set((struct fault){ 0 });
	container_close(&c);
	close(in.fd);
	return err;
}

/* A payload whose front cannot be read may belong to a header that waits. */
static void
test_unread(void)
{
	tap_ok(open_failing(1, EIO).code == XC_OK, "a bad sector at the front "
	    "of a payload is left to the job");
	tap_ok(fails(open_failing(1, ENOMEM), ENOMEM, ERR_INPUT),
	    "any other error is reported, and of which file");
	lab_must(encrypt("another", "waits").code == XC_OK &&
	    rename("waits", ".xtshdr-abcdefgh") == 0, "no other header");
	tap_ok(fails(open_failing(1, EIO), EIO, ERR_INPUT) &&
	    open_failing(0, 0).code == XC_OK,
	    "so is a bad sector beside a waiting header");
}

/* What becomes of a header while its payload is read. */
static const struct {
	const char *what;
	uint64_t generations;
	enum header_state state;
	enum { NOTHING, ID, SLOT } part;	/* that changes, too */
	size_t spoil;		/* a byte of it, or 0 */
	int err;
} changes[] = {
	{ "nothing", 0, HEADER_WHOLE, NOTHING, 0, XC_OK },
	{ "it was written to", 2, HEADER_WHOLE, NOTHING, 0, XC_E_CHANGED },
	{ "it is written to", 1, HEADER_WRITING, NOTHING, 0, XC_E_CHANGED },
	{ "it is converted", 1, HEADER_CONVERTING, NOTHING, 0, XC_E_CHANGED },
	{ "it has other slots", 1, HEADER_WHOLE, SLOT, 0, XC_OK },
	{ "both", 1, HEADER_WRITING, SLOT, 0, XC_E_CHANGED },
	{ "it is another file's", 0, HEADER_WHOLE, ID, 0, XC_E_CHANGED },
	{ "it is half written", 1, HEADER_WHOLE, NOTHING, 2000, XC_OK },
	{ "it is no header", 0, HEADER_WHOLE, NOTHING, 1, XC_E_CHANGED }
};

/* Is each change found, and left as it was? */
static void
test_changed(const char *path, const char *detached)
{
	const char *headed = detached != NULL ? detached : path;
	const size_t n = sizeof(changes) / sizeof(changes[0]);
	uint8_t bytes[HEADER_BYTES];
	struct io in = input(path);
	struct container c;
	struct header h;
	int fd = open(headed, O_RDWR);

	lab_must(container_open(&c, &in, path, detached).code == XC_OK,
	    "no container");
	for (size_t i = 0; i < n; i++) {
		h = c.hf.header;
		h.state = (uint8_t)changes[i].state;
		h.generation += changes[i].generations;
		h.id[0] ^= changes[i].part == ID;
		h.slots[0].salt[0] ^= changes[i].part == SLOT;
		header_encode(bytes, &h);
		bytes[changes[i].spoil] ^= changes[i].spoil != 0;
		lab_must(pwrite(fd, bytes, sizeof(bytes), 0) ==
		    (ssize_t)sizeof(bytes), "no write");
		tap_ok(container_unchanged(&c, detached) == changes[i].err,
		    "%s, while it is read: %s", headed, changes[i].what);
	}
	lab_must(pwrite(fd, c.hf.bytes, HEADER_BYTES, 0) == HEADER_BYTES,
	    "no write back");
	container_close(&c);
	close(in.fd);
	close(fd);
}

/* A header that is gone shows nothing, as one on a stick that was pulled. */
static void
test_gone(void)
{
	struct io in = input("payload");
	struct container c;

	lab_must(container_open(&c, &in, "payload", "header").code == XC_OK &&
	    rename("header", "gone") == 0, "it stays");
	tap_ok(container_unchanged(&c, "header") == XC_OK,
	    "a header that is gone is not compared");
	lab_must(mkfifo("header", 0600) == 0, "no pipe with a name");
	tap_ok(container_unchanged(&c, "header") == XC_OK,
	    "nor one from a pipe with a name");
	lab_must(unlink("header") == 0, "it stays");
	lab_must(rename("gone", "header") == 0, "it stays away");
	container_close(&c);
	close(in.fd);
}

int
main(void)
{
	static uint8_t plain[LEN];
	static const uint8_t key[] = "any bytes are a key file";

	lab_start();
	lab_enter("/tmp");
	lab_pattern(plain, LEN);
	disk_put("plain", plain, LEN);
	disk_put("key", key, sizeof(key));
	disk_put("empty", key, 0);
	lab_must(keyfile_read(hash, NULL, "key") == XC_OK, "no key file");

	tap_ok(encrypt("whole", NULL).code == XC_OK &&
	    decrypt("whole", NULL).code == XC_OK && is_back(plain),
	    "a file is encrypted and decrypted");
	tap_ok(encrypt("payload", "header").code == XC_OK &&
	    decrypt("payload", "header").code == XC_OK && is_back(plain),
	    "the same with a header of its own");
	tap_ok(fails(decrypt("whole", "header"), XC_E_HEADER_INSIDE,
	    ERR_INPUT) && access("back", F_OK) != 0,
	    "a payload with another header is not decrypted");
	tap_ok(fails(encrypt("whole", NULL), XC_E_EXISTS, ERR_OUTPUT) &&
	    fails(encrypt("new", "header"), XC_E_EXISTS, ERR_HEADER) &&
	    access("new", F_OK) != 0, "which of the two exists already");
	tap_ok(fails(decrypt("plain", NULL), XC_E_MAGIC, ERR_HEADER) &&
	    fails(decrypt("payload", "plain"), XC_E_MAGIC, ERR_HEADER),
	    "no header is the header's error");
	tap_ok(keyfile_read(hash, NULL, "empty") == XC_E_KEY_EMPTY,
	    "a key file is not empty");
	lab_must(truncate("empty", KEYFILE_MAX) == 0, "cannot make it longer");
	tap_ok(keyfile_read(hash, NULL, "empty") == XC_OK, "of 16 MiB at most");
	lab_must(truncate("empty", KEYFILE_MAX + 1) == 0, "nor that");
	tap_ok(keyfile_read(hash, NULL, "empty") == XC_E_KEY_LARGE,
	    "and no more");

	test_changed("whole", NULL);
	test_changed("payload", "header");
	test_gone();
	test_unread();
	disk_clear();
	lab_leave();
	return tap_done();
}
