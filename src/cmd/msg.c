/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <stdarg.h>
#include <stddef.h>

#include "err.h"
#include "holder.h"
#include "msg.h"
#include "say.h"

static enum msg_level level_shown = MSG_NORMAL;

void
msg_level(enum msg_level level)
{
	level_shown = level;
}

void
msg_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_line(SAY_ERROR, format, ap);
	va_end(ap);
}

void
msg_hint(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_line(SAY_HINT, format, ap);
	va_end(ap);
}

void
msg_note(const char *format, ...)
{
	va_list ap;

	if (level_shown < MSG_NORMAL)
		return;
	va_start(ap, format);
	say_line(SAY_NOTE, format, ap);
	va_end(ap);
}

void
msg_detail(const char *format, ...)
{
	va_list ap;

	if (level_shown < MSG_VERBOSE)
		return;
	va_start(ap, format);
	say_line(SAY_DETAIL, format, ap);
	va_end(ap);
}

int
msg_refuse(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_line(SAY_ERROR, format, ap);
	va_end(ap);
	return EXIT_SYSTEM;
}

int
msg_usage(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_line(SAY_ERROR, format, ap);
	va_end(ap);
	return EXIT_USAGE;
}

/* Return what the user can do about err, or NULL. */
static const char *
hint(int err)
{
	switch (err) {
	case XC_E_CHECKSUM:
		return "\"xtscrypt header restore\" puts back a copy that "
		    "\"xtscrypt header save\" made";
	case XC_E_PARTS:
		return "when each part is written, \"xtscrypt encrypt "
		    "--parts-done\" finishes it";
	case XC_E_UNREPAIRED:
		return "\"xtscrypt verify\" says how";
	case XC_E_DESCRIPTOR:
		return "name the file itself: its side file is created beside "
		    "it";
	case XC_E_NO_LOCKS:
		return "--no-lock continues; make sure that nothing else "
		    "changes the header meanwhile";
	case XC_E_MOMENT:
		return "nothing was written; put back the three of one moment, "
		    "from copies";
	case XC_E_EXISTS:
		return "-f overwrites it";
	case XC_E_DEVICE:
		return "-f overwrites what is on it";
	case XC_E_UNNAMEABLE:
		return "choose one in UTF-8, without any of \" * : < > ? \\ | "
		    "and with no dot or space at its end";
	case XC_E_LENGTH:
		return "give it with --length, write to a file with -o, "
		    "or write the header with -H";
	case XC_E_BINARY:
		return "write it to a file, or use -f to write it to the "
		    "terminal";
	default:
		return NULL;
	}
}

/* Report who has the file, if that is known. */
static bool
tell_holder(const char *file)
{
	char who[HOLDER_MAX];
	struct stat st;

	if (file == NULL || stat(file, &st) != 0 || !holder_find(who, &st))
		return false;
	msg_error("%s: in use: %s", file, who);
	msg_hint("unmount, unmap, swapoff or detach it first");
	return true;
}

int
msg_fail(const char *file, int err)
{
	if (err == XC_E_STOPPED || err == XC_OK)
		return exit_code(err);
	if ((err == XC_E_BUSY || err == XC_E_MOUNTED) && tell_holder(file))
		return exit_code(err);
	if (file == NULL)
		msg_error("%s", err_text(err));
	else
		msg_error("%s: %s", file, err_text(err));
	if (hint(err) != NULL)
		msg_hint("%s", hint(err));
	return exit_code(err);
}

int
msg_fail_new(const char *file, int err)
{
	if (err != XC_E_EXISTS && err != XC_E_DEVICE)
		return msg_fail(file, err);
	return msg_refuse("%s: %s, and is not overwritten", file,
	    err_text(err));
}
