/* SPDX-License-Identifier: ISC */
#include "err.h"
#include "exit.h"

int
exit_code(int err)
{
	switch (err) {
	case XC_OK:
		return EXIT_DONE;
	case XC_E_BINARY:
	case XC_E_DESCRIPTOR:
	case XC_E_KEY_EMPTY:
	case XC_E_KEY_LARGE:
	case XC_E_LENGTH:
		return EXIT_USAGE;
	case XC_E_SECRET:
	case XC_E_LIMIT:
	case XC_E_NEEDS_PASSPHRASE:
	case XC_E_NEEDS_KEY_FILE:
	case XC_E_NEEDS_BOTH:
	case XC_E_KIND:
		return EXIT_SECRET;
	case XC_E_MAGIC:
	case XC_E_VERSION:
	case XC_E_CHECKSUM:
	case XC_E_CIPHER:
	case XC_E_FIELD:
	case XC_E_CONVERTING:
	case XC_E_WRITING:
	case XC_E_PARTS:
	case XC_E_GENERATION:
	case XC_E_HEADER_INSIDE:
	case XC_E_MAP_TAGS:
	case XC_E_MAP_LENGTH:
	case XC_E_JOURNAL:
	case XC_E_JOURNAL_FILE:
	case XC_E_JOURNAL_LOST:
	case XC_E_JOURNAL_OTHER:
	case XC_E_MOMENT:
		return EXIT_HEADER;
	case XC_E_DAMAGED:
	case XC_E_SIZE:
	case XC_E_CUT:
	case XC_E_TRAILING:
	case XC_E_TORN:
		return EXIT_DATA;
	default:
		return EXIT_SYSTEM;
	}
}
