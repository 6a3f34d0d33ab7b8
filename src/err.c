/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "err.h"

_Static_assert(XC_E_BINARY < 0, "our codes are below 0");

/* Each follows "xtscrypt: FILE: ". */
static const char *const text[] = {
	[-XC_E_STOPPED] = "stopped",

	[-XC_E_BACKEND] = "no such backend",
	[-XC_E_CPU] = "this CPU cannot run that backend",
	[-XC_E_SELFTEST] = "the backend fails its self-test",
	[-XC_E_UNIT] = "no data unit has that length or that offset",
	[-XC_E_BUFFER] = "buffers overlap, or reach beyond the last address",
	[-XC_E_KEYS] = "the two halves of an XTS key are equal",

	[-XC_E_MAGIC] = "not an xtscrypt file",
	[-XC_E_VERSION] = "made by a newer version of xtscrypt",
	[-XC_E_CHECKSUM] = "the header is damaged",
	[-XC_E_CIPHER] = "encrypted with a cipher that this version "
	    "does not know",
	[-XC_E_FIELD] = "the header has a value that is not allowed",
	[-XC_E_CONVERTING] = "is being converted in place",
	[-XC_E_WRITING] = "is open for writing, or was not closed",
	[-XC_E_PARTS] = "is being written in parts: not all of them are known "
	    "to be there",
	[-XC_E_NOT_PARTS] = "is not being written in parts, or no longer",
	[-XC_E_PART_FILE] = "is not what your parts are written to: that is a "
	    "regular file with one name and of the right length, which only "
	    "you can write",
	[-XC_E_UNREPAIRED] = "the header has to be repaired first",
	[-XC_E_GENERATION] = "the header was changed as often as is possible",
	[-XC_E_SIDE] = "has the name of a side file, but is none",
	[-XC_E_NAME] = "the name is too long: its keys could not be changed, "
	    "since the name of its side file is longer",

	[-XC_E_SECRET] = "wrong passphrase or key file",
	[-XC_E_LIMIT] = "the key derivation needs more memory or time than is "
	    "allowed",
	[-XC_E_NEEDS_PASSPHRASE] = "needs a passphrase and no key file",
	[-XC_E_NEEDS_KEY_FILE] = "needs a key file and no passphrase",
	[-XC_E_NEEDS_BOTH] = "needs a passphrase and a key file together",
	[-XC_E_KIND] = "every slot is of a kind unknown to this version",
	[-XC_E_KEY_EMPTY] = "a key file must not be empty",
	[-XC_E_KEY_LARGE] = "too large: a key file has at most 16 MiB",

	[-XC_E_DAMAGED] = "the data is damaged or was changed",
	[-XC_E_SIZE] = "the size is wrong: no xtscrypt file can be this "
	    "long",
	[-XC_E_RANGE] = "has fewer bytes than are asked for",
	[-XC_E_CUT] = "cut short",
	[-XC_E_TRAILING] = "has bytes after its end",
	[-XC_E_HEADER_INSIDE] = "has a header of its own, and cannot be the "
	    "data of a detached one",

	[-XC_E_MAP_TAGS] = "dm-crypt cannot map it: it was encrypted with "
	    "integrity",
	[-XC_E_MAP_LENGTH] = "dm-crypt cannot map it: the length is 0, or no "
	    "multiple of the data unit",

	[-XC_E_SHRANK] = "became shorter while it was read",
	[-XC_E_GREW] = "became longer while it was read",
	[-XC_E_CHANGED] = "was written to while it was read",
	[-XC_E_BUSY] = "in use by another program",
	[-XC_E_NO_LOCKS] = "its file system has no locks, so another "
	    "program could change it at the same time",
	[-XC_E_REPLACED] = "was replaced or renamed meanwhile",
	[-XC_E_DESCRIPTOR] = "a header can only be changed by the name of its "
	    "file, not in a descriptor",

	[-XC_E_JOURNAL] = "the journal is damaged",
	[-XC_E_JOURNAL_FILE] = "is not your journal: it has to be a regular "
	    "file with one name, which only you can write",
	[-XC_E_JOURNAL_LOST] = "is being converted in place, but its "
	    "journal is missing",
	[-XC_E_JOURNAL_OTHER] = "the journal beside it is that of another file",
	[-XC_E_JOURNAL_LEFT] = "the conversion was done",
	[-XC_E_MOMENT] = "data, header and journal are of different moments",
	[-XC_E_UNFIT] = "cannot be converted in place: it has fewer than 16 "
	    "bytes, or segments of more than 64 KiB",
	[-XC_E_MOVES] = "has tags, or its header in front, so its data moves",
	[-XC_E_TORN] = "a sector is neither as it was nor as it is to be",
	[-XC_E_NOT_FILE] = "is neither a regular file nor a block device",
	[-XC_E_LINKS] = "has other names (hard links)",
	[-XC_E_NO_SYNC] = "the file system cannot make a journal durable",
	[-XC_E_FINISHED] = "nothing to resume",

	[-XC_E_EXISTS] = "already exists",
	[-XC_E_ONE_NAME] = "has the name of its header, as case is ignored "
	    "here",
	[-XC_E_DEVICE] = "is a block device",
	[-XC_E_MOUNTED] = "is mounted or otherwise in use",
	[-XC_E_UNNAMEABLE] = "its file system does not allow this name",
	[-XC_E_LONG] = "has more than the 2^62 bytes that can be encrypted",
	[-XC_E_LENGTH] = "without integrity, the length must be known before "
	    "writing to a pipe",

	[-XC_E_BINARY] = "binary data is not written to a terminal"
};

const char *
err_text(int err)
{
	const int n = sizeof(text) / sizeof(text[0]);

	if (err == XC_OK)
		return "no error";
	/* Covers sodium_malloc too; the same words on every system. */
	if (err == ENOMEM)
		return "not enough memory";
	if (err > 0)
		return strerror(err);
	if (err <= -n || text[-err] == NULL)
		return "unknown error";
	return text[-err];
}
