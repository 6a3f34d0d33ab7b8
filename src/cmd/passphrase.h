/* SPDX-License-Identifier: ISC */
/*
 * Sources of a passphrase: the terminal, a file, a descriptor, the environment.
 */
#ifndef PASSPHRASE_H
#define PASSPHRASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "key.h"

#define PASSPHRASE_TRIES 3

/*
 * Passphrase in locked_malloc memory (after sodium_init); free it with
 * passphrase_free.  It has room for one byte in excess, to detect one that is
 * too long.
 */
struct passphrase {
	size_t len;
	uint8_t bytes[KEY_PASSPHRASE_MAX + 1];
};

/*
 * Results other than 0 are exit codes; the failure was reported, unless a
 * signal was caught (signals.h).  *pass is written only with 0.
 */

/*
 * Take XTSCRYPT_PASSPHRASE from the environment, and wipe it there.  *pass is
 * NULL if it is not set.  Call this before anything else reads the environment.
 */
int passphrase_environment(struct passphrase **pass);

/* A question on a terminal. */
struct passphrase_question {
	char prompt[512];
	const char *again;	/* second prompt; NULL: once is enough */
	const char *otherwise;	/* how to give it without a terminal */
	bool empty;		/* an empty one is accepted */
	int tries;		/* prompts left */
};

/*
 * Read the bytes before the first newline, or all if there is none; nothing
 * after it is read.  A descriptor that is a terminal is asked once.  name: for
 * messages.  EXIT_USAGE: too long; fd is not open.
 */
int passphrase_fd(struct passphrase **pass, int fd, const char *name,
    struct passphrase_question *question);

/* Likewise from a file; a note reports parts that may not be intended. */
int passphrase_file(struct passphrase **pass, const char *path,
    struct passphrase_question *question);

/*
 * Ask on the terminal, never on standard input, without echo.  Ask again after
 * an empty answer, so that the next one is not typed into the shell, and after
 * two that differ.  EXIT_USAGE: no terminal, or no tries left.
 */
int passphrase_ask(struct passphrase **pass,
    struct passphrase_question *question);

/* Wipe and free; NULL is accepted. */
void passphrase_free(struct passphrase *pass);

#endif
