/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "foreign.h"
#include "header.h"
#include "msg.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FRONT 512

/* The smallest VeraCrypt volume: its headers and the smallest FAT. */
#define VOLUME_MIN (4 * 65536 + 9 * 4096)

/* Signatures of other programs' files. */
static const struct foreign {
	const char *begins;
	size_t len;
	const char *kind, *tool;
} foreigners[] = {
	{ "LUKS\xba\xbe", 6, "a LUKS volume", "cryptsetup open" },
	{ "age-encryption.org/", 19, "an age file", "age -d" },
	{ "-----BEGIN AGE ENCRYPTED FILE-----", 34, "an age file", "age -d" },
	{ "-----BEGIN PGP MESSAGE-----", 27, "a gpg file", "gpg -d" },
	{ "Salted__", 8, "an openssl file", "openssl enc -d" },
	{ "PK\3\4", 4, "a zip archive", "unzip" },
};

static const struct foreign openpgp = {
	NULL, 0, "a gpg file", "gpg -d"
};

/*
 * Is this an OpenPGP packet of version 3 to 6, as an encrypted file begins: a
 * session key for a public key or for a passphrase (RFC 9580, 5.1 and 5.3)?
 */
static bool
is_openpgp(const uint8_t *front, size_t len)
{
	size_t at;

	if (len < 4)
		return false;
	switch (front[0]) {
	case 0x84:	/* old format, one octet of length */
	case 0x8c:
	case 0xc1:	/* new format, one octet */
	case 0xc3:
		at = 2;
		break;
	case 0x85:	/* old format, two octets */
		at = 3;
		break;
	default:
		return false;
	}
	return front[at] >= 3 && front[at] <= 6;
}

/*
 * Does it look encrypted?  Of 512 random bytes, 221 values differ on average.
 */
static bool
looks_random(const uint8_t *front, size_t len)
{
	bool seen[256] = { false };
	unsigned values = 0;

	for (size_t i = 0; i < len; i++) {
		values += !seen[front[i]];
		seen[front[i]] = true;
	}
	return len == FRONT && values > 180;
}

/* Read the start again, from where it still is. */
static size_t
read_front(uint8_t front[FRONT], const struct io *in)
{
	struct io again = *in;
	size_t got = in->npeeked < FRONT ? in->npeeked : FRONT;

	again.start = in->stood;
	if (!in->seekable && got > 0)
		memcpy(front, in->peeked, got);
	if (in->seekable && io_read(&again, front, FRONT, 0,
	    &got) != XC_OK)
		got = 0;
	return got;
}

/* Give a hint for a file of unknown kind that may still have its data. */
static void
hint_lost(const uint8_t *front, size_t len, uint64_t size)
{
	bool volume = looks_random(front, len) && size % 512 == 0 &&
	    size >= VOLUME_MIN;

	msg_hint("%sif its header was overwritten, \"xtscrypt header restore\" "
	    "puts back a saved one; if it is kept apart, use -H HEADER",
	    volume ? "a VeraCrypt volume can look like this; " : "");
}

/* Recognize the program whose file it is; NULL: unknown. */
static const struct foreign *
recognize(const uint8_t *front, size_t len)
{
	for (size_t i = 0; i < COUNT(foreigners); i++)
		if (len >= foreigners[i].len && memcmp(front,
		    foreigners[i].begins, foreigners[i].len) == 0)
			return &foreigners[i];
	return is_openpgp(front, len) ? &openpgp : NULL;
}

int
foreign_fail(const char *name, const struct io *in)
{
	uint8_t front[FRONT];
	size_t len = read_front(front, in);
	const struct foreign *f = recognize(front, len);
	uint64_t size = in->size;

	if (size != IO_UNKNOWN)
		size += in->start - in->stood;
	else if (len < FRONT)
		size = len;

	if (f != NULL) {
		msg_error("%s: %s, but %s", name, err_text(XC_E_MAGIC),
		    f->kind);
		msg_hint("\"%s\" opens it", f->tool);
	} else {
		msg_error("%s: %s%s", name, err_text(XC_E_MAGIC),
		    size == 0 ? ", but empty" : "");
		if (size > HEADER_BYTES)
			hint_lost(front, len, size);
	}
	sodium_memzero(front, sizeof(front));
	return exit_code(XC_E_MAGIC);
}
