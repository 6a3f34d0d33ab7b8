/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "backend.h"
#include "poly1305.h"
#include "xts.h"

#define NAME_BYTES 16

enum { XTS = 1, POLY1305 = 2 };

/* Choose one, of a kind that is not in *kinds.  No name is of both kinds. */
static int
choose_one(const char *name, int *kinds)
{
	int kind = XTS, err = xts_choose(name);

	if (err == XC_E_BACKEND) {
		kind = POLY1305;
		err = poly1305_choose(name);
	}
	if ((*kinds & kind) != 0)
		return XC_E_BACKEND;
	*kinds |= kind;
	return err;
}

int
backend_choose(const char *names)
{
	char name[NAME_BYTES];
	int kinds = 0, err = XC_OK;
	size_t len;

	while (names != NULL && err == XC_OK) {
		len = strcspn(names, ",");
		if (len >= sizeof(name))
			return XC_E_BACKEND;
		memcpy(name, names, len);
		name[len] = '\0';
		err = choose_one(name, &kinds);
		names = names[len] == '\0' ? NULL : names + len + 1;
	}
	if (err == XC_OK && (kinds & XTS) == 0)
		err = xts_choose(NULL);
	if (err == XC_OK && (kinds & POLY1305) == 0)
		err = poly1305_choose(NULL);
	return err;
}
