/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "missing.h"
#include "msg.h"

int
missing_begin(struct missing *m, const struct layout *layout, uint64_t length,
    uint64_t n)
{
	m->layout = layout;
	m->length = length;
	m->n = n < LAYOUT_SHARES_MAX ? (uint32_t)n : LAYOUT_SHARES_MAX;
	m->bits = calloc(1, m->n / 8 + 1);
	return m->bits == NULL ? ENOMEM : XC_OK;
}

void
missing_end(struct missing *m)
{
	free(m->bits);
	m->bits = NULL;
}

void
missing_add(struct missing *m, uint64_t from, uint64_t to)
{
	uint32_t i = layout_share_with(m->layout, m->length, from, m->n);
	uint32_t last = layout_share_with(m->layout, m->length, to - 1, m->n);

	/* With fewer stripes than parts some are empty, and never missing. */
	for (; i <= last; i++)
		if (layout_share(m->layout, m->length, i, m->n).length > 0)
			m->bits[i / 8] |= (uint8_t)(1U << i % 8);
}

static bool
is_missing(const struct missing *m, uint32_t i)
{
	return i <= m->n && (m->bits[i / 8] >> i % 8 & 1) != 0;
}

int
missing_tell(const struct missing *m, const char *name, const char *command)
{
	char list[512] = "";
	const char *more = "";
	size_t len = 0;
	uint32_t to;

	for (uint32_t i = 1; i <= m->n; i = to + 1) {
		for (to = i; is_missing(m, i) && is_missing(m, to + 1);)
			to++;
		if (!is_missing(m, i))
			continue;
		if (len >= sizeof(list) - sizeof(",65535-65535")) {
			more = ",...";
			break;
		}
		len += (size_t)snprintf(list + len, sizeof(list) - len,
		    to > i ? "%s%u-%u" : "%s%u", len > 0 ? "," : "", i, to);
	}
	msg_error("%s: divided into %u parts, these are missing or damaged: "
	    "%s%s", name, m->n, list, more);
	msg_hint("\"xtscrypt %s --part I/%u\" writes one of them again; then "
	    "use --parts-done once more", command, m->n);
	return EXIT_DATA;
}
