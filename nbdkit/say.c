/* SPDX-License-Identifier: ISC */
/*
 * Where the messages of the command go here: the log of nbdkit.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>

#include "cmd/say.h"
#include "cmd/utf8.h"

void
say_line(enum say_kind kind, const char *format, va_list ap)
{
	char text[10240];	/* two names of the maximum length */

	if (vsnprintf(text, sizeof(text), format, ap) < 0)
		return;
	utf8_clean(text);
	/* What nbdkit_debug is given is shown only with -v. */
	if (kind == SAY_DETAIL)
		nbdkit_debug("%s", text);
	else
		nbdkit_error("%s%s", kind == SAY_HINT ? "hint: " :
		    kind == SAY_NOTE ? "note: " : "", text);
}
