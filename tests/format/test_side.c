/* SPDX-License-Identifier: ISC */
/*
 * The side file: what is one and what only has its name, and when its header is
 * used for that of the file.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "fault.h"
#include "headers.h"
#include "lab.h"
#include "tap.h"

#define NAME HEADERS_NAME
#define SIDE HEADERS_NAME SIDE_SUFFIX
#define FIRST_READ 1	/* the calls that fault.c counts */

/* The file, with the first header, and where that is damaged its side file. */
static void
set_up(size_t payload, bool damaged)
{
	uint8_t bytes[HEADERS_SIZE];

	disk_clear();
	disk_put(NAME, bytes, headers_bytes(bytes, payload, damaged));
	if (damaged)
		disk_put(SIDE, headers_old, HEADER_BYTES);
}

/* Users who can write the folder can make the name, not choose the owner. */
static void
test_owner(void)
{
	if (geteuid() != 0)
		return;
	lab_must(chown(SIDE, 1000, (gid_t)-1) == 0, "no chown");
	tap_ok(headers_opens() == 0, "nor one of another user");
	lab_must(chown(NAME, 1000, (gid_t)-1) == 0, "no chown");
	tap_ok(headers_opens() == 1, "unless the file is that user's, too");
}

/* A side file that is none: left alone, and not waited for. */
static void
test_side(void)
{
	uint8_t b[HEADERS_SIZE];

	set_up(HEADERS_PAYLOAD, true);
	rename(SIDE, "elsewhere");
	lab_must(symlink("elsewhere", SIDE) == 0, "no link");
	tap_ok(headers_opens() == 0, "a symbolic link is no side file");
	unlink(SIDE);
	lab_must(mkfifo(SIDE, 0600) == 0, "no FIFO");
	tap_ok(headers_opens() == 0, "nor is a FIFO, and nobody waits for it");
	unlink(SIDE);
	disk_put(SIDE, headers_old, HEADER_BYTES - 1);
	tap_ok(headers_opens() == 0, "nor one too short");
	memcpy(b, headers_old, HEADER_BYTES);
	b[HEADER_BYTES] = 0;
	disk_put(SIDE, b, HEADER_BYTES + 1);
	tap_ok(headers_opens() == 0, "nor one too long");
	b[700] ^= 1;
	disk_put(SIDE, b, HEADER_BYTES);
	tap_ok(headers_opens() == 0, "nor one with a bad checksum");
	disk_put(SIDE, headers_old, HEADER_BYTES);
	tap_ok(headers_opens() == 1, "but this is");

	lab_must(link(SIDE, "second") == 0, "no link");
	tap_ok(headers_opens() == 0, "nor one with a second name");
	unlink("second");
	tap_ok(headers_opens() == 1, "which may go again");
	test_owner();
}

/* What is left of the header, and whether the side file's takes its place. */
static void
test_front(void)
{
	struct headerfile hf;
	uint8_t b[HEADERS_SIZE];
	int fd;

	set_up(HEADERS_PAYLOAD, true);
	lab_must((fd = open(NAME, O_RDONLY)) >= 0, "no file");
	headers_bytes(b, HEADERS_PAYLOAD, true);
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_OK &&
	    hf.rescued && hf.shown, "a wrong checksum: rescued");
	tap_ok(headerfile_decode(&hf, b, fd, NULL).code == XC_E_CHECKSUM &&
	    !hf.rescued && memcmp(hf.bytes, b, HEADER_BYTES) == 0,
	    "without a path, nothing is looked for");
	b[0] ^= 1;
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_OK &&
	    hf.rescued && hf.shown, "the first byte is gone");
	memset(b, 0xff, HEADER_FRONT_BYTES);
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_OK &&
	    hf.rescued && hf.shown, "the first 10 bytes are gone");
	b[HEADER_ID_AT] ^= 1;
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_E_MAGIC &&
	    !hf.rescued, "and the file id: no xtscrypt file");
	memset(b, 0, 512);
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_OK &&
	    hf.rescued && !hf.shown,
	    "the first sector is gone: rescued, but not sure");
	headers_bytes(b, HEADERS_PAYLOAD, true);
	b[HEADER_ID_AT] ^= 1;
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_E_CHECKSUM &&
	    !hf.rescued, "the side file has another id: another file's");
	memcpy(b, headers_old, HEADER_BYTES);
	b[HEADER_MAGIC_BYTES]++;
	tap_ok(headerfile_decode(&hf, b, fd, NAME).code == XC_E_VERSION &&
	    !hf.rescued, "a newer header is not damaged");
	fault_set((struct fault){ .at = FIRST_READ, .error = EIO });
	tap_ok(headerfile_read(&hf, fd, NAME).code == XC_OK && hf.rescued &&
	    !hf.shown, "the first sector cannot be read: the same");
	fault_set((struct fault){ .at = FIRST_READ, .error = ENOMEM });
	tap_ok(headerfile_read(&hf, fd, NAME).code == ENOMEM,
	    "any other error is reported");
	unlink(SIDE);
	fault_set((struct fault){ .at = FIRST_READ, .error = EIO });
	tap_ok(headerfile_read(&hf, fd, NAME).code == EIO,
	    "so is this, where there is no side file");
	fault_set((struct fault){ 0 });
	close(fd);
}

/* Is a change refused, and what has the side file's name kept? */
static bool
stays(size_t payload, const uint8_t *bytes, size_t len)
{
	uint8_t b[HEADERS_SIZE];

	set_up(payload, false);
	disk_put(SIDE, bytes, len);
	return headers_change(headers_new) == XC_E_SIDE &&
	    headers_opens() == 1 &&
	    headers_get(SIDE, b, sizeof(b)) == (ssize_t)len &&
	    memcmp(b, bytes, len) == 0;
}

/* Someone's file that has the name of a side file: nothing is changed. */
static void
test_foreign(size_t payload)
{
	static const char key[] = "a key file, 32 bytes of anything";
	uint8_t b[HEADER_BYTES];

	tap_ok(stays(payload, (const uint8_t *)key, sizeof(key)),
	    "%s header: what is no side file stays",
	    payload == 0 ? "detached" : "attached");
	memcpy(b, headers_newer, sizeof(b));
	b[HEADER_MAGIC_BYTES]++;
	tap_ok(stays(payload, b, sizeof(b)),
	    "so does a header of a newer version");
	memcpy(b, headers_newer, sizeof(b));
	b[HEADER_ID_AT] ^= 1;
	tap_ok(stays(payload, b, sizeof(b)), "and a damaged one of another id");
	tap_ok(stays(payload, b, HEADER_ID_AT + 1),
	    "and as much as shows that");
}

int
main(void)
{
	lab_start();
	lab_enter("/tmp");
	headers_make();
	test_side();
	test_front();
	test_foreign(HEADERS_PAYLOAD);
	test_foreign(0);
	disk_clear();
	lab_leave();
	return tap_done();
}
