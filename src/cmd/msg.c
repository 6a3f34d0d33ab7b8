/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "signals.h"

/* Room for two names of the greatest length; what is longer is cut. */
#define LINE 10240

/* Erase from here to the margin: ECMA-48, which every terminal knows. */
#define ERASE "\033[K"

static enum msg_level level_shown = MSG_NORMAL;
static bool status;		/* a status line stands on the terminal */

/*
 * The code point at s and how many bytes it takes, or 0 where they are not
 * UTF-8.  The string may end anywhere.
 */
static size_t
decode(uint32_t *code, const unsigned char *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n;

	n = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 :
	    s[0] < 0xf0 ? 3 : s[0] < 0xf8 ? 4 : 0;
	*code = n < 2 ? s[0] : s[0] & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	/* Each code point has one spelling; half a UTF-16 pair has none. */
	if (n == 0 || *code < least[n] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return n;
}

/* Controls, and what turns the direction of writing, so that a name lies. */
static bool
acted_on(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	    code == 0x061c || code == 0x200e || code == 0x200f ||
	    (code >= 0x2028 && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069);
}

void
msg_clean(char *string)
{
	const unsigned char *from = (const unsigned char *)string;
	char *to = string;
	uint32_t code;
	size_t n;

	while (*from != '\0') {
		n = decode(&code, from);
		if (n == 0 || acted_on(code)) {
			*to++ = '?';
			from += n == 0 ? 1 : n;
		} else {
			memmove(to, from, n);
			to += n;
			from += n;
		}
	}
	*to = '\0';
}

/*
 * In one piece, where the system can.  There is nobody to tell of a failure;
 * and once a signal is to end the program, nothing waits for a full pipe.
 */
static void
emit(const char *s, size_t len)
{
	struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t n;

	while (len > 0) {
		if (signals_caught() != 0 && poll(&ready, 1, 0) != 1)
			break;
		n = write(STDERR_FILENO, s, len);
		if (n >= 0) {
			s += n;
			len -= (size_t)n;
			continue;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			poll(&ready, 1, -1);
		else if (errno != EINTR)
			break;
	}
}

/* A whole line, in the place of the status line. */
static void
say(const char *format, va_list ap)
{
	static const char start[] = "\r" ERASE "xtscrypt: ";
	size_t skip = status ? 0 : sizeof("\r" ERASE) - 1;
	char line[sizeof(start) + LINE];
	char *text = line + sizeof(start) - 1;
	size_t len;

	memcpy(line, start, sizeof(start));
	if (vsnprintf(text, LINE, format, ap) < 0)
		return;
	msg_clean(text);
	len = strlen(line);
	line[len++] = '\n';
	emit(line + skip, len - skip);
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
	say(format, ap);
	va_end(ap);
}

void
msg_note(const char *format, ...)
{
	va_list ap;

	if (level_shown < MSG_NORMAL)
		return;
	va_start(ap, format);
	say(format, ap);
	va_end(ap);
}

void
msg_detail(const char *format, ...)
{
	va_list ap;

	if (level_shown < MSG_VERBOSE)
		return;
	va_start(ap, format);
	say(format, ap);
	va_end(ap);
}

int
msg_refuse(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(format, ap);
	va_end(ap);
	return EXIT_SYSTEM;
}

int
msg_usage(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(format, ap);
	va_end(ap);
	return EXIT_USAGE;
}

/* What the user can do about err, or NULL. */
static const char *
hint(int err)
{
	switch (err) {
	case XC_E_CHECKSUM:
		return "\"xtscrypt header restore\" puts back a copy that "
		    "\"xtscrypt header save\" made";
	case XC_E_NEEDS_PASSPHRASE:
		return "give the passphrase, without -k";
	case XC_E_NEEDS_KEY_FILE:
		return "give the key file with -k FILE";
	case XC_E_NEEDS_BOTH:
		return "give both: the key file with -k FILE, and -p to be "
		    "asked for the passphrase";
	case XC_E_DESCRIPTOR:
		return "name the file itself: its side file is made beside "
		    "it";
	case XC_E_EXISTS:
		return "-f overwrites it";
	case XC_E_LENGTH:
		return "give it with --length, or write to a file with -o, "
		    "or the header with -H";
	case XC_E_BINARY:
		return "write it to a file, or to the terminal all the same "
		    "with -f";
	default:
		return NULL;
	}
}

static int
exit_code(int err)
{
	switch (err) {
	case XC_OK:
		return EXIT_DONE;
	case XC_E_BINARY:
	case XC_E_DESCRIPTOR:
	case XC_E_KEY_EMPTY:
	case XC_E_KEY_LARGE:
	case XC_E_LENGTH:
		return EXIT_USAGE;
	case XC_E_SECRET:
	case XC_E_LIMIT:
	case XC_E_NEEDS_PASSPHRASE:
	case XC_E_NEEDS_KEY_FILE:
	case XC_E_NEEDS_BOTH:
	case XC_E_KIND:
		return EXIT_SECRET;
	case XC_E_MAGIC:
	case XC_E_VERSION:
	case XC_E_CHECKSUM:
	case XC_E_CIPHER:
	case XC_E_FIELD:
	case XC_E_CONVERTING:
	case XC_E_WRITING:
	case XC_E_GENERATION:
	case XC_E_HEADER_INSIDE:
		return EXIT_HEADER;
	case XC_E_DAMAGED:
	case XC_E_SIZE:
	case XC_E_CUT:
	case XC_E_TRAILING:
		return EXIT_DATA;
	default:
		return EXIT_SYSTEM;
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

void
msg_status(const char *line)
{
	char text[1 + LINE + sizeof(ERASE)];

	if (*line == '\0' && !status)
		return;
	/* Over the old line, and then away with what is left of that. */
	text[0] = '\r';
	snprintf(text + 1, LINE, "%s", line);
	msg_clean(text + 1);
	strcat(text, ERASE);
	emit(text, strlen(text));
	status = *line != '\0';
}
