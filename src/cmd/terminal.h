/* SPDX-License-Identifier: ISC */
/*
 * Lines typed on a terminal without echo.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

/* The user's terminal, whatever standard input is. */
#define TERMINAL_PATH "/dev/tty"

struct terminal_line {
	uint8_t *bytes;
	size_t size;
	size_t len;		/* size: it may have been longer */
	bool none;		/* Control-D was typed instead */
};

/*
 * Prompt on fd, and read a line of at most size bytes.  Prompt again if the
 * program was stopped and continued.  The terminal's mode is restored before
 * any signal takes effect.
 * Errors: an errno; XC_E_STOPPED: a signal was caught.
 */
int terminal_ask(struct terminal_line *line, int fd, const char *prompt);

#endif
