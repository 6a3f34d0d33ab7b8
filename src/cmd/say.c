/* SPDX-License-Identifier: ISC */
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "say.h"
#include "signals.h"
#include "utf8.h"

/* Room for two names of the maximum length; the rest is cut off. */
#define LINE 10240

/*
 * Erase from the cursor to the end of the screen (ECMA-48): every terminal
 * supports it.  It erases all rows of the status line, also if the terminal has
 * become so narrow that this line wraps: the cursor waits at its start.
 */
#define ERASE "\033[J"

/* The start of a line that is written over a status line. */
#define OVER "\r" ERASE

#define ROOM (sizeof(OVER) + LINE)

static atomic_bool status;	/* a status line is on the terminal */

/* The line of say_keep; 0 bytes while it is composed, or none. */
static char kept[ROOM];
static atomic_size_t kept_bytes;

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

/* Compose a line behind OVER.  Returns its bytes; 0: it cannot be composed. */
static size_t
compose_line(char line[ROOM], enum say_kind kind, const char *format,
    va_list ap)
{
	int start = snprintf(line, ROOM, OVER "xtscrypt: %s",
	    kind == SAY_HINT ? "hint: " : "");
	size_t len;

	if (vsnprintf(line + start, ROOM - (size_t)start, format, ap) < 0)
		return 0;
	utf8_clean(line + start);
	/* The newline replaces the zero at the end. */
	len = strlen(line);
	line[len++] = '\n';
	return len;
}

static void
emit_line(const char *line, size_t len)
{
	const size_t over = status ? 0 : sizeof(OVER) - 1;

	if (len > 0)
		emit(line + over, len - over);
}

void
say_line(enum say_kind kind, const char *format, va_list ap)
{
	char line[ROOM];

	emit_line(line, compose_line(line, kind, format, ap));
	status = false;
}

void
say_keep(const char *format, ...)
{
	va_list ap;

	/* It may be the line of a handler that is there already. */
	kept_bytes = 0;
	va_start(ap, format);
	kept_bytes = compose_line(kept, SAY_NOTE, format, ap);
	va_end(ap);
}

void
say_kept(void)
{
	emit_line(kept, kept_bytes);
}

void
say_status(const char *line)
{
	char text[1 + LINE + sizeof(ERASE "\r")];

	if (*line == '\0' && !status)
		return;
	/* Before it is there: say_kept may come in between. */
	status = true;
	/* Overwrite the old line, then erase what is left of it. */
	text[0] = '\r';
	snprintf(text + 1, LINE, "%s", line);
	utf8_clean(text + 1);
	strcat(text, ERASE "\r");
	emit(text, strlen(text));
	status = *line != '\0';
}
