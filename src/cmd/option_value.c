/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <string.h>

#include "header.h"
#include "job.h"
#include "option_value.h"

/* Parse decimal digits and nothing else, no more than max. */
static bool
parse_number(uint64_t *value, const char *text, uint64_t max)
{
	uint64_t v = 0, digit;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		digit = (uint64_t)(*text - '0');
		if (digit > max || v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*value = v;
	return true;
}

static bool
size(uint64_t *bytes, const char *text)
{
	static const char units[] = "KMGT";
	char digits[32];
	size_t len = strlen(text);
	const char *unit = NULL;
	unsigned shift = 0;

	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, text, len + 1);
	if ((unit = strchr(units, digits[len - 1])) != NULL) {
		shift = 10 * (unsigned)(unit - units + 1);
		digits[len - 1] = '\0';
	}
	if (!parse_number(bytes, digits, UINT64_MAX >> shift))
		return false;
	*bytes <<= shift;
	return true;
}

/* The rest of the default layout is valid, so this checks the one field. */
bool
option_value_sector(struct options *o, const char *text)
{
	uint64_t v;

	if (!size(&v, text) || v > UINT32_MAX)
		return false;
	o->layout.sector = (uint32_t)v;
	return layout_valid(&o->layout);
}

bool
option_value_segment(struct options *o, const char *text)
{
	uint64_t v;

	if (!size(&v, text) || v > UINT32_MAX)
		return false;
	o->layout.segment = (uint32_t)v;
	return layout_valid(&o->layout);
}

bool
option_value_span_shift(struct options *o, const char *text)
{
	uint64_t v;

	if (!parse_number(&v, text, UINT8_MAX))
		return false;
	o->layout.span_shift = (uint8_t)v;
	return layout_valid(&o->layout);
}

/* At most 2^62, so that no sum of two overflows. */
static bool
length(uint64_t *bytes, const char *text)
{
	return size(bytes, text) && *bytes <= LAYOUT_LENGTH_MAX;
}

bool
option_value_offset(struct options *o, const char *text)
{
	return length(&o->offset, text);
}

bool
option_value_span_index(struct options *o, const char *text)
{
	return parse_number(&o->span_index, text, OPTIONS_NO_SPAN - 1);
}

bool
option_value_length(struct options *o, const char *text)
{
	return length(&o->length, text);
}

static bool
shares(uint32_t *n, const char *text)
{
	uint64_t v;

	if (!parse_number(&v, text, LAYOUT_SHARES_MAX) || v < 1)
		return false;
	*n = (uint32_t)v;
	return true;
}

bool
option_value_parts(struct options *o, const char *text)
{
	return shares(&o->parts, text);
}

bool
option_value_part(struct options *o, const char *text)
{
	char digits[8];
	size_t len = strcspn(text, "/");

	if (text[len] != '/' || len >= sizeof(digits))
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	return shares(&o->part, digits) && shares(&o->of, text + len + 1) &&
	    o->part <= o->of;
}

bool
option_value_kdf(struct options *o, const char *text)
{
	if (strcmp(text, "minimal") == 0)
		o->level = KDF_MINIMAL;
	else if (strcmp(text, "interactive") == 0)
		o->level = KDF_INTERACTIVE;
	else if (strcmp(text, "moderate") == 0)
		o->level = KDF_MODERATE;
	else if (strcmp(text, "sensitive") == 0)
		o->level = KDF_SENSITIVE;
	else
		return false;
	return true;
}

bool
option_value_passes(struct options *o, const char *text)
{
	uint64_t v;

	if (!parse_number(&v, text, HEADER_PASSES_MAX) || v < 1)
		return false;
	o->cost.passes = (uint32_t)v;
	return true;
}

bool
option_value_memory(struct options *o, const char *text)
{
	uint64_t v;

	if (!size(&v, text) || v % 1024 != 0 ||
	    v / 1024 < HEADER_MEMORY_MIN || v / 1024 > UINT32_MAX)
		return false;
	o->cost.memory = (uint32_t)(v / 1024);
	return true;
}

bool
option_value_max_memory(struct options *o, const char *text)
{
	uint64_t v;

	if (!size(&v, text) || v / 1024 < HEADER_MEMORY_MIN)
		return false;
	o->limit = v / 1024;
	return true;
}

bool
option_value_slot(struct options *o, const char *text)
{
	uint64_t v;

	if (!parse_number(&v, text, HEADER_SLOTS - 1))
		return false;
	o->slot = (unsigned)v;
	return true;
}

bool
option_value_name(struct options *o, const char *text)
{
	o->name = text;
	return *text != '\0' && header_name_valid(text);
}

bool
option_value_sparse(struct options *o, const char *text)
{
	o->no_holes = strcmp(text, "never") == 0;
	return o->no_holes || strcmp(text, "auto") == 0;
}

bool
option_value_progress(struct options *o, const char *text)
{
	static const char *const when[] = {
		[PROGRESS_AUTO] = "auto",
		[PROGRESS_ALWAYS] = "always",
		[PROGRESS_NEVER] = "never"
	};

	for (unsigned i = 0; i < sizeof(when) / sizeof(when[0]); i++) {
		if (strcmp(text, when[i]) == 0) {
			o->progress = (enum progress_when)i;
			return true;
		}
	}
	return false;
}

static bool
parse_fd(int *fd, const char *text)
{
	uint64_t v;

	if (*fd >= 0 || !parse_number(&v, text, INT32_MAX))
		return false;
	*fd = (int)v;
	/* Check it before we open a file that might get this number. */
	return fcntl(*fd, F_GETFD) != -1;
}

bool
option_value_passphrase_fd(struct options *o, const char *text)
{
	return parse_fd(&o->secret.fd, text);
}

bool
option_value_new_passphrase_fd(struct options *o, const char *text)
{
	return parse_fd(&o->new_secret.fd, text);
}

bool
option_value_threads(struct options *o, const char *text)
{
	uint64_t v;

	if (!parse_number(&v, text, JOB_THREADS_MAX))
		return false;
	o->threads = (unsigned)v;
	return true;
}
