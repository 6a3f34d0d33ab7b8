/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "tap.h"
#include "vectors.h"

#define LINE_MAX_BYTES 16384

FILE *
vectors_open(const char *name)
{
	const char *dir = getenv("srcdir");
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/testdata/%s",
	    dir != NULL ? dir : ".", name);
	if ((f = fopen(path, "r")) == NULL)
		tap_bail("%s: cannot be opened", path);
	return f;
}

/* The next line that is no comment, without its end; false: none. */
static bool
next_line(FILE *f, char *line, size_t size)
{
	do {
		if (fgets(line, (int)size, f) == NULL)
			return false;
		if (strchr(line, '\n') == NULL)
			tap_bail("a line is too long, or has no end");
		line[strcspn(line, "\r\n")] = '\0';
	} while (line[0] == '#');
	return true;
}

char *
vectors_line(FILE *f, char *line, size_t size)
{
	while (next_line(f, line, size))
		if (line[0] != '\0')
			return line;
	return NULL;
}

static void
clear(struct vector *v)
{
	while (v->n > 0)
		free(v->lines[--v->n]);
}

/* "Name = value" becomes "Name\0value". */
static void
add_line(struct vector *v, const char *line)
{
	const char *value = strstr(line, " = ");
	char *copy = malloc(strlen(line) + 1);
	size_t name;

	if (value == NULL || copy == NULL || v->n == VECTORS_LINES)
		tap_bail("not a line of a test vector: %.60s", line);
	name = (size_t)(value - line);
	memcpy(copy, line, name);
	copy[name] = '\0';
	memcpy(copy + name + 1, value + 3, strlen(value + 3) + 1);
	v->lines[v->n++] = copy;
}

bool
vectors_next(FILE *f, struct vector *v)
{
	char line[LINE_MAX_BYTES];

	clear(v);
	while (next_line(f, line, sizeof(line))) {
		if (line[0] != '\0')
			add_line(v, line);
		else if (v->n > 0)
			return true;
	}
	return v->n > 0;
}

const char *
vectors_text(const struct vector *v, const char *name)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		if (strcmp(v->lines[i], name) == 0)
			return v->lines[i] + strlen(name) + 1;
	return NULL;
}

static const char *
need(const struct vector *v, const char *name)
{
	const char *text = vectors_text(v, name);

	if (text == NULL)
		tap_bail("a test vector has no %s", name);
	return text;
}

uint64_t
vectors_number(const struct vector *v, const char *name)
{
	return strtoull(need(v, name), NULL, 10);
}

size_t
vectors_bytes(uint8_t *out, size_t size, const struct vector *v,
    const char *name)
{
	const char *text = need(v, name);
	size_t len;

	if (sodium_hex2bin(out, size, text, strlen(text), NULL, &len,
	    NULL) != 0)
		tap_bail("%s is not in hexadecimal, or too long", name);
	return len;
}
