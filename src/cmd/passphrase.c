/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "io.h"
#include "locked.h"
#include "msg.h"
#include "passphrase.h"
#include "path.h"
#include "signals.h"
#include "terminal.h"

#define VARIABLE "XTSCRYPT_PASSPHRASE"

/* Some systems do not declare it. */
extern char **environ;

/* Allocate an empty one. */
static int
allocate(struct passphrase **pass)
{
	if ((*pass = locked_malloc(sizeof(**pass))) == NULL)
		return msg_fail(NULL, ENOMEM);
	(*pass)->len = 0;
	return EXIT_DONE;
}

static int
too_long(const char *name)
{
	return msg_usage("%s: the passphrase is longer than %d bytes", name,
	    KEY_PASSPHRASE_MAX);
}

/* Hand p over to the caller on success, or free it. */
static int
hand_over(struct passphrase **pass, struct passphrase *p, int code)
{
	if (code == EXIT_DONE)
		*pass = p;
	else
		passphrase_free(p);
	return code;
}

void
passphrase_free(struct passphrase *pass)
{
	sodium_free(pass);
}

int
passphrase_environment(struct passphrase **pass)
{
	const size_t skip = strlen(VARIABLE "=");
	struct passphrase *p = NULL;
	size_t len;
	int code = EXIT_DONE;

	/* The environment may have it twice: use the first. */
	for (char **e = environ; e != NULL && *e != NULL; e++) {
		if (strncmp(*e, VARIABLE "=", skip) != 0)
			continue;
		len = strlen(*e + skip);
		if (p == NULL && code == EXIT_DONE) {
			if (len > KEY_PASSPHRASE_MAX) {
				code = too_long(VARIABLE);
			} else if ((code = allocate(&p)) == EXIT_DONE) {
				memcpy(p->bytes, *e + skip, len);
				p->len = len;
			}
		}
		sodium_memzero(*e + skip, len);
	}
	unsetenv(VARIABLE);
	return hand_over(pass, p, code);
}

/* Ask once on the terminal fd. */
static int
ask_for(struct passphrase *p, int fd, const char *prompt)
{
	struct terminal_line line = { p->bytes, sizeof(p->bytes), 0, false };
	int err = terminal_ask(&line, fd, prompt);

	p->len = line.len;
	if (err != XC_OK)
		return msg_fail(TERMINAL_PATH, err);
	if (line.none)
		return msg_usage("no passphrase was given");
	return p->len > KEY_PASSPHRASE_MAX ? too_long("terminal") : EXIT_DONE;
}

/*
 * Ask until there is an answer.  Without q ask once; else the answer must be
 * repeated, into q.
 */
static int
ask_until(struct passphrase *p, struct passphrase *q, int fd,
    struct passphrase_question *question)
{
	int code;

	while (question->tries > 0) {
		const char *more = --question->tries > 0 ? "; try again" : "";

		code = ask_for(p, fd, question->prompt);
		if (code != EXIT_DONE)
			return code;
		if (p->len == 0 && !question->empty) {
			msg_error("the passphrase must not be empty%s", more);
			continue;
		}
		if (q == NULL)
			return EXIT_DONE;
		code = ask_for(q, fd, question->again);
		if (code != EXIT_DONE)
			return code;
		if (p->len == q->len &&
		    sodium_memcmp(p->bytes, q->bytes, p->len) == 0)
			return EXIT_DONE;
		msg_error("the passphrases differ%s", more);
	}
	return EXIT_USAGE;
}

/*
 * Read byte by byte: what follows the newline is for the next reader of the
 * descriptor.
 */
static int
read_first_line(struct passphrase *p, int fd, const char *name)
{
	struct io io = { .fd = fd, .wait = &signals_wait };
	uint8_t *c = p->bytes;
	size_t got;
	int err;

	for (; p->len < sizeof(p->bytes); c++, p->len++) {
		err = io_read(&io, c, 1, 0, &got);
		if (err == EBADF)
			return msg_usage("%s: not open for reading", name);
		if (err != XC_OK)
			return msg_fail(name, err);
		if (got > 0 && *c != '\n')
			continue;
		if (p->len > 0 && c[-1] == '\r')
			msg_note("%s: the passphrase ends in a carriage "
			    "return, which is part of it", name);
		return EXIT_DONE;
	}
	return too_long(name);
}

int
passphrase_fd(struct passphrase **pass, int fd, const char *name,
    struct passphrase_question *question)
{
	struct passphrase *p;
	int code = allocate(&p);

	if (code != EXIT_DONE)
		return code;
	/* A terminal would echo, whatever its descriptor. */
	if (isatty(fd))
		code = ask_until(p, NULL, fd, question);
	else
		code = read_first_line(p, fd, name);
	return hand_over(pass, p, code);
}

/* Warn that the file has more lines, as an editor may have added. */
static void
note_more(int fd, const char *path)
{
	struct io io = { .fd = fd, .wait = &signals_wait };
	struct stat st;
	uint8_t next;
	size_t got;

	if (path_descriptor(path) < 0 && fstat(fd, &st) == 0 &&
	    S_ISREG(st.st_mode) && io_read(&io, &next, 1, 0, &got) == XC_OK &&
	    got > 0)
		msg_note("%s: only the first line is the passphrase", path);
	sodium_memzero(&next, sizeof(next));
}

int
passphrase_file(struct passphrase **pass, const char *path,
    struct passphrase_question *question)
{
	int fd, code;
	int err = io_open(&fd, path, O_RDONLY | O_NOCTTY | O_CLOEXEC,
	    &signals_wait);

	if (err == EBADF)
		return msg_usage("%s: not open for reading", path);
	if (err != XC_OK)
		return msg_fail(path, err);
	code = passphrase_fd(pass, fd, path, question);
	if (code == EXIT_DONE)
		note_more(fd, path);
	close(fd);
	return code;
}

int
passphrase_ask(struct passphrase **pass, struct passphrase_question *question)
{
	struct passphrase *p = NULL, *q = NULL;
	int fd, code;

	if (io_open(&fd, TERMINAL_PATH, O_RDWR | O_NOCTTY | O_CLOEXEC,
	    &signals_wait) != XC_OK) {
		msg_error("a passphrase is needed, and there is no terminal "
		    "to ask for it");
		msg_hint("%s", question->otherwise);
		return EXIT_USAGE;
	}
	code = allocate(&p);
	if (code == EXIT_DONE && question->again != NULL)
		code = allocate(&q);
	if (code == EXIT_DONE)
		code = ask_until(p, q, fd, question);
	passphrase_free(q);
	close(fd);
	return hand_over(pass, p, code);
}
