/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "word.h"

const char *
word_of(const char *path, const char *otherwise)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:@_";

	return *path != '\0' && *path != '-' &&
	    path[strspn(path, plain)] == '\0' ? path : otherwise;
}
