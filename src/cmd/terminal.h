/* SPDX-License-Identifier: ISC */
/*
 * Lines that are typed on a terminal without echo.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* The terminal that the user sits at, whatever standard input is. */
#define TERMINAL_PATH "/dev/tty"

struct terminal_line {
	uint8_t *bytes;
	size_t size;
	size_t len;		/* size: it may have had more */
	bool none;		/* Control-D was typed instead */
};

/*
 * Prompt on fd, and read a line of at most size bytes.  Whoever stopped the
 * program is asked again.  The terminal is as it was after any signal.
 * An errno; XC_E_STOPPED: a signal was caught.
 */
int terminal_ask(struct terminal_line *line, int fd, const char *prompt);

#endif
