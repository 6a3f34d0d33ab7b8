/* SPDX-License-Identifier: ISC */
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "msg.h"
#include "signals.h"
#include "utf8.h"

/* Room for two names of the maximum length; the rest is cut off. */
#define LINE 10240

/*
 * Erase from here to the end of the screen (ECMA-48): every terminal supports
 * it.  The cursor is left at the start of the status line: when a narrower
 * terminal wraps that line, the cursor stays in its first part, above the
 * others.
 */
#define ERASE "\033[J"

static enum msg_level level_shown = MSG_NORMAL;
static bool status;		/* a status line is on the terminal */

void
msg_clean(char *string)
{
	const char *from = string;
	char *to = string;
	size_t n;

	for (; *from != '\0'; from += n) {
		if (utf8_shown(&n, from)) {
			memmove(to, from, n);
			to += n;
		} else {
			*to++ = '?';
		}
	}
	*to = '\0';
}

/*
 * Write in one call, if the system can.  A failure cannot be reported; and once
 * a signal is to end the program, do not wait for a full pipe.
 */
static void
emit(const char *s, size_t len)
{
	const struct io io = { .fd = STDERR_FILENO, .wait = &signals_wait };
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };

	/* Otherwise each write would wait for the next tick. */
	if (signals_caught() != 0 && poll(&ready, 1, 0) != 1)
		return;
	(void)io_write(&io, (const uint8_t *)s, len, 0);
}

/* Print a whole line, over the status line. */
static void
say(const char *kind, const char *format, va_list ap)
{
	char line[sizeof("\r" ERASE) + LINE];
	int start = snprintf(line, sizeof(line), "%sxtscrypt: %s",
	    status ? "\r" ERASE : "", kind);
	char *text = line + start;
	size_t len;

	if (vsnprintf(text, sizeof(line) - (size_t)start, format, ap) < 0)
		return;
	msg_clean(text);
	/* The newline replaces the zero at the end. */
	len = strlen(line);
	line[len++] = '\n';
	emit(line, len);
	status = false;
}

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
	say("", format, ap);
	va_end(ap);
}

void
msg_hint(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("hint: ", format, ap);
	va_end(ap);
}

void
msg_note(const char *format, ...)
{
	va_list ap;

	if (level_shown < MSG_NORMAL)
		return;
	va_start(ap, format);
	say("", format, ap);
	va_end(ap);
}

void
msg_detail(const char *format, ...)
{
	va_list ap;

	if (level_shown < MSG_VERBOSE)
		return;
	va_start(ap, format);
	say("", format, ap);
	va_end(ap);
}

int
msg_refuse(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("", format, ap);
	va_end(ap);
	return EXIT_SYSTEM;
}

int
msg_usage(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("", format, ap);
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
	case XC_E_DESCRIPTOR:
		return "name the file itself: its side file is created beside "
		    "it";
	case XC_E_NO_LOCKS:
		return "--no-lock continues; make sure that nothing else "
		    "changes the header meanwhile";
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

int
msg_fail(const char *file, int err)
{
	if (err == XC_E_STOPPED || err == XC_OK)
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

void
msg_status(const char *line)
{
	char text[1 + LINE + sizeof(ERASE "\r")];

	if (*line == '\0' && !status)
		return;
	/* Overwrite the old line, then erase what is left of it. */
	text[0] = '\r';
	snprintf(text + 1, LINE, "%s", line);
	msg_clean(text + 1);
	strcat(text, ERASE "\r");
	emit(text, strlen(text));
	status = *line != '\0';
}
