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
 * has room for one byte too many, by which a longer one is noticed.
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

/*
 * The bytes before the first newline, or all of them where there is none;
 * nothing after the newline is read.  name: what messages call it.
 * EXIT_USAGE: too long; fd is not open.
 */
int passphrase_fd(struct passphrase **pass, int fd, const char *name);
int passphrase_file(struct passphrase **pass, const char *path);

/* What is asked for. */
struct passphrase_question {
	const char *prompt;
	const char *again;	/* asked then; NULL: once is enough */
	const char *otherwise;	/* how to give it without a terminal */
};

/*
 * Ask on the terminal, never on standard input, without echo: once, or where it
 * is asked again, up to PASSPHRASE_TRIES times until both agree.  The terminal
 * is as it was after any signal.  empty: it may be empty.  Without a terminal:
 * EXIT_USAGE.
 */
int passphrase_ask(struct passphrase **pass,
    const struct passphrase_question *question, bool empty);

/* Wipes; takes NULL. */
void passphrase_free(struct passphrase *pass);

#endif
