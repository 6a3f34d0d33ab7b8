/* SPDX-License-Identifier: ISC */
/*
 * Where a passphrase comes from: the terminal, a file, a descriptor, the
 * environment.
 */
#ifndef PASSPHRASE_H
#define PASSPHRASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "key.h"

#define PASSPHRASE_TRIES 3

/*
 * In sodium_malloc memory (after sodium_init); free with passphrase_free.  It
 * has room for one byte too many, by which a longer one is detected.
 */
struct passphrase {
	size_t len;
	uint8_t bytes[KEY_PASSPHRASE_MAX + 1];
};

/*
 * Results other than 0 are exit codes, and have been told on standard error,
 * unless a signal was caught (signals.h).  *pass is written only with 0.
 */

/*
 * Take XTSCRYPT_PASSPHRASE out of the environment, wiped there.  *pass is NULL
 * when it is not set.  Call before anything else reads the environment.
 */
int passphrase_environment(struct passphrase **pass);

/* A question on a terminal. */
struct passphrase_question {
	char prompt[512];
	const char *again;	/* asked then; NULL: once is enough */
	const char *otherwise;	/* how to give it without a terminal */
	bool empty;		/* an empty one will do */
	int tries;		/* how often to prompt, which counts down */
};

/*
 * The bytes before the first newline, or all of them where there is none;
 * nothing after the newline is read.  A descriptor that is a terminal is asked
 * once.  name: what messages call it.  EXIT_USAGE: too long; fd is not open.
 */
int passphrase_fd(struct passphrase **pass, int fd, const char *name,
    struct passphrase_question *question);

/* The same of a file; a note says what in it may not have been meant. */
int passphrase_file(struct passphrase **pass, const char *path,
    struct passphrase_question *question);

/*
 * Ask on the terminal, never on standard input, without echo.  An empty answer
 * is asked for again, so that the next one is not typed into the shell; so
 * are two that differ.  Without a terminal, or more tries: EXIT_USAGE.
 */
int passphrase_ask(struct passphrase **pass,
    struct passphrase_question *question);

/* Wipes; takes NULL. */
void passphrase_free(struct passphrase *pass);

#endif
