/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "lab.h"
#include "refused.h"
#include "vectors.h"

static const struct {
	const char *name;
	int err;
} errors[] = {
	{ "MAGIC", XC_E_MAGIC },
	{ "VERSION", XC_E_VERSION },
	{ "CHECKSUM", XC_E_CHECKSUM },
	{ "CIPHER", XC_E_CIPHER },
	{ "FIELD", XC_E_FIELD },
	{ "DAMAGED", XC_E_DAMAGED },
	{ "CUT", XC_E_CUT },
	{ "TRAILING", XC_E_TRAILING }
};

bool
refused_next(FILE *f, struct refused *r)
{
	char line[256];
	size_t i = 0;

	do {
		if (vectors_line(f, line, sizeof(line)) == NULL)
			return false;
	} while (line[0] == '=');	/* for the command */
	lab_must(sscanf(line, "%15s %63s %63[^\n]", r->error, r->changes,
	    r->reason) == 3, line);
	while (i < LAB_COUNT(errors) && strcmp(errors[i].name, r->error) != 0)
		i++;
	lab_must(i < LAB_COUNT(errors), "no such error");
	r->err = errors[i].err;
	return true;
}

/* "HEX" or "HEX*N" at file, set or flipped: how many bytes that are. */
static size_t
put(uint8_t *file, const char *hex, bool flip)
{
	uint8_t bytes[32];
	const char *end;
	size_t len, n = 1;

	lab_must(sodium_hex2bin(bytes, sizeof(bytes), hex, strlen(hex), NULL,
	    &len, &end) == 0 && len > 0, "no bytes in hexadecimal");
	if (*end == '*')
		n = strtoul(end + 1, NULL, 10);
	for (size_t i = 0; i < n * len; i++)
		file[i] = (uint8_t)((flip ? file[i] : 0) ^ bytes[i % len]);
	return n * len;
}

size_t
refused_make(const struct refused *r, uint8_t *file, size_t len)
{
	const char *at = r->changes;

	while (at != NULL) {
		if (strncmp(at, "cut=", 4) == 0) {
			len = strtoul(at + 4, NULL, 10);
		} else if (strncmp(at, "add=", 4) == 0) {
			len += put(file + len, at + 4, false);
		} else {
			char *end;
			size_t to = strtoul(at, &end, 10);

			lab_must(to < len && (*end == ':' || *end == '^'), at);
			put(file + to, end + 1, *end == '^');
			if (*end == ':')
				lab_checksum(file);
		}
		at = strchr(at, ',');
		if (at != NULL)
			at++;
	}
	return len;
}
