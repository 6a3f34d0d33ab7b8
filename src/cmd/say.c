/* SPDX-License-Identifier: ISC */
#include <poll.h>
#include <stdbool.h>
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

static bool status;		/* a status line is on the terminal */

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

void
say_line(enum say_kind kind, const char *format, va_list ap)
{
	char line[sizeof("\r" ERASE) + LINE];
	int start = snprintf(line, sizeof(line), "%sxtscrypt: %s",
	    status ? "\r" ERASE : "", kind == SAY_HINT ? "hint: " : "");
	char *text = line + start;
	size_t len;

	if (vsnprintf(text, sizeof(line) - (size_t)start, format, ap) < 0)
		return;
	utf8_clean(text);
	/* The newline replaces the zero at the end. */
	len = strlen(line);
	line[len++] = '\n';
	emit(line, len);
	status = false;
}

void
say_status(const char *line)
{
	char text[1 + LINE + sizeof(ERASE "\r")];

	if (*line == '\0' && !status)
		return;
	/* Overwrite the old line, then erase what is left of it. */
	text[0] = '\r';
	snprintf(text + 1, LINE, "%s", line);
	utf8_clean(text + 1);
	strcat(text, ERASE "\r");
	emit(text, strlen(text));
	status = *line != '\0';
}
