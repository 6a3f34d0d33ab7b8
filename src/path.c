/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "path.h"

#define LINKS_MAX 40	/* symbolic links in a row, as the kernel counts them */

/* dirname of a string that stays as it is, then suffix; NULL: no memory. */
static char *
beside(const char *path, const char *suffix)
{
	char *copy = strdup(path), *result = NULL;
	const char *dir;
	size_t size;

	if (copy == NULL)
		return NULL;
	dir = dirname(copy);
	size = strlen(dir) + strlen(suffix) + 1;
	if ((result = malloc(size)) != NULL) {
		memcpy(result, dir, strlen(dir));
		memcpy(result + strlen(dir), suffix, strlen(suffix) + 1);
	}
	free(copy);
	return result;
}

char *
path_folder(const char *path)
{
	return beside(path, "");
}

/* Where the symbolic link at path leads; NULL with EINVAL: it is none. */
static char *
follow(const char *path)
{
	char to[PATH_MAX + 1];
	ssize_t n = readlink(path, to + 1, PATH_MAX - 1);

	if (n < 0)
		return NULL;
	to[0] = '/';
	to[n + 1] = '\0';
	return to[1] == '/' ? strdup(to + 1) : beside(path, to);
}

bool
path_names_folder(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[len - 1] == '/';
}

/* The name of a file that is not there yet, in its folder's one true name. */
static char *
resolve_new(const char *path)
{
	char *dir, *copy, *real = NULL, *name = NULL, *end;
	size_t size;
	int e;

	if (path_names_folder(path)) {
		errno = EISDIR;
		return NULL;
	}
	dir = path_folder(path);
	copy = strdup(path);
	if (dir != NULL && copy != NULL)
		real = realpath(dir, NULL);
	if (real != NULL) {
		end = basename(copy);
		size = strlen(real) + strlen(end) + 2;
		if ((name = malloc(size)) != NULL)
			snprintf(name, size, "%s/%s", real, end);
	}
	e = errno;
	free(dir);
	free(copy);
	free(real);
	errno = e;
	return name;
}

char *
path_follow(const char *path)
{
	char *at = strdup(path), *next;
	int e = ELOOP;

	if (at == NULL)
		return NULL;
	for (int i = 0; i < LINKS_MAX; i++) {
		if ((next = follow(at)) == NULL) {
			if (errno == EINVAL || errno == ENOENT)
				return at;
			e = errno;
			break;
		}
		free(at);
		at = next;
	}
	free(at);
	errno = e;
	return NULL;
}

char *
path_real(const char *path)
{
	char *real = realpath(path, NULL), *at;
	int e;

	if (real != NULL || errno != ENOENT)
		return real;
	if ((at = path_follow(path)) != NULL)
		real = resolve_new(at);
	e = errno;
	free(at);
	errno = e;
	return real;
}

bool
path_same(const char *a, const char *b)
{
	char *first = path_real(a), *second = path_real(b);
	bool same = first != NULL && second != NULL &&
	    strcmp(first, second) == 0;

	free(first);
	free(second);
	return same;
}
