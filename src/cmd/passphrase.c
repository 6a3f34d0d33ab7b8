/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <sodium.h>

#include "locked.h"
#include "msg.h"
#include "passphrase.h"
#include "path.h"
#include "signals.h"

#define VARIABLE "XTSCRYPT_PASSPHRASE"
#define TERMINAL "/dev/tty"

/* Not every system declares it. */
extern char **environ;

/* How a line on the terminal ended. */
enum typed { TYPED, TYPED_TOO_LONG, TYPED_NOTHING, TYPED_SIGNAL, TYPED_ERROR };

static int
create(struct passphrase **pass)
{
	if ((*pass = locked_malloc(sizeof(**pass))) == NULL)
		return msg_fail(NULL, ENOMEM);
	(*pass)->len = 0;
	return 0;
}

static int
too_long(const char *name)
{
	msg_error("%s: the passphrase is longer than %d bytes", name,
	    KEY_PASSPHRASE_MAX);
	return EXIT_USAGE;
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
	int r = 0;

	/* Nothing forbids it to stand there twice: the first counts. */
	for (char **e = environ; e != NULL && *e != NULL; e++) {
		if (strncmp(*e, VARIABLE "=", skip) != 0)
			continue;
		len = strlen(*e + skip);
		if (p == NULL && r == 0) {
			if (len > KEY_PASSPHRASE_MAX) {
				r = too_long(VARIABLE);
			} else if ((r = create(&p)) == 0) {
				memcpy(p->bytes, *e + skip, len);
				p->len = len;
			}
		}
		sodium_memzero(*e + skip, len);
	}
	unsetenv(VARIABLE);
	if (r == 0)
		*pass = p;
	return r;
}

/* One byte: 1, 0 at the end, -1 on an error or when a signal was caught. */
static ssize_t
read_byte(int fd, uint8_t *byte)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	ssize_t n;

	while ((n = read(fd, byte, 1)) < 0) {
		/* Whoever opened it may not want to wait; we do. */
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			poll(&ready, 1, -1);
		else if (errno != EINTR)
			break;
		if (signals_caught() != 0)
			break;
	}
	return n;
}

/* The end of a call that failed with errno. */
static int
failed(const char *name)
{
	return signals_caught() != 0 ? EXIT_SYSTEM :
	    msg_fail(name, errno);
}

/*
 * The signals that would end or stop the program, or tell that it was stopped:
 * all that have their default effect, but for three whose effect is none.  One
 * with a handler comes back to us, and one blocked before does not come.
 */
static void
interrupting(sigset_t *set)
{
	struct sigaction action;
	sigset_t blocked;

	sigemptyset(set);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int sig = 1; sig < NSIG; sig++)
		if (sig != SIGCHLD && sig != SIGURG && sig != SIGWINCH &&
		    sigismember(&blocked, sig) == 0 &&
		    sigaction(sig, NULL, &action) == 0 &&
		    action.sa_handler == SIG_DFL)
			sigaddset(set, sig);
}

/* Whether one of them waits, or one was caught. */
static bool
interrupted(const sigset_t *set)
{
	sigset_t pending;

	sigpending(&pending);
	for (int sig = 1; sig < NSIG; sig++)
		if (sigismember(set, sig) == 1 &&
		    sigismember(&pending, sig) == 1)
			return true;
	return signals_caught() != 0;
}

static bool
is_key(const struct termios *tty, size_t key, uint8_t c)
{
	return tty->c_cc[key] == c && c != (uint8_t)_POSIX_VDISABLE;
}

/* Take the last character away. */
static void
erase(struct passphrase *p, const struct termios *tty)
{
	bool more = p->len > 0;

	while (more) {
		p->len--;
		more = false;
#ifdef IUTF8
		/* Elsewhere the terminal's own editing goes by bytes too. */
		more = p->len > 0 && (tty->c_iflag & IUTF8) != 0 &&
		    (p->bytes[p->len] & 0xc0) == 0x80;
#else
		(void)tty;
#endif
	}
}

static void
erase_word(struct passphrase *p)
{
	while (p->len > 0 && p->bytes[p->len - 1] == ' ')
		p->len--;
	while (p->len > 0 && p->bytes[p->len - 1] != ' ')
		p->len--;
}

/*
 * The keys that edit a line, as tty has them; whether c was one.  *quoted: the
 * next byte is none of them.
 */
static bool
edit(struct passphrase *p, bool *quoted, const struct termios *tty, uint8_t c)
{
	bool extended = (tty->c_lflag & IEXTEN) != 0;

	if (*quoted) {
		*quoted = false;
		return false;
	}
	if (is_key(tty, VERASE, c))
		erase(p, tty);
	else if (is_key(tty, VKILL, c))
		p->len = 0;
	else if (extended && is_key(tty, VWERASE, c))
		erase_word(p);
	else if (extended && is_key(tty, VLNEXT, c))
		*quoted = true;
	else
		return is_key(tty, VEOF, c);
	return true;
}

/*
 * A line from the terminal, which is as quiet_mode made it; tty is how it was.
 * Each byte lands in the spare one at the end first.
 */
static enum typed
read_line(struct passphrase *p, int fd, const struct termios *tty,
    const sigset_t *signals)
{
	uint8_t *c = &p->bytes[KEY_PASSPHRASE_MAX];
	bool quoted = false, over = false;
	struct termios t;
	ssize_t n;

	p->len = 0;
	for (;;) {
		n = read(fd, c, 1);
		if (interrupted(signals))
			return TYPED_SIGNAL;
		if (n < 0 && errno != EINTR)
			return TYPED_ERROR;
		/* Nothing yet, unless the terminal is gone. */
		if (n == 0 && tcgetattr(fd, &t) != 0)
			return TYPED_ERROR;
		if (n <= 0)
			continue;
		if ((*c == '\n' || *c == '\r') && !quoted)
			return over ? TYPED_TOO_LONG : TYPED;
		if (is_key(tty, VEOF, *c) && !quoted && p->len == 0)
			return TYPED_NOTHING;
		if (edit(p, &quoted, tty, *c))
			continue;
		/* The rest is read too, lest the shell gets it. */
		over = over || p->len == KEY_PASSPHRASE_MAX;
		if (!over)
			p->bytes[p->len++] = *c;
	}
}

/*
 * Without echo, and without the kernel's line editing: that cuts a long line
 * without a word, at 4095 bytes or at 255.  A read comes back after a tenth of
 * a second, with or without a byte.  The keys that raise signals stay.
 */
static void
quiet_mode(struct termios *t, const struct termios *tty)
{
	*t = *tty;
	t->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN);
	t->c_cc[VMIN] = 0;
	t->c_cc[VTIME] = 1;
}

/*
 * A prompt that the terminal does not take is no reason to stop.  One that was
 * opened only to be read is usually standard error, too.
 */
static void
put(int fd, const char *s)
{
	int flags = fcntl(fd, F_GETFL);
	ssize_t n;

	if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY)
		fd = isatty(STDERR_FILENO) ? STDERR_FILENO : -1;
	for (size_t len = strlen(s); len > 0; ) {
		n = write(fd, s, len);
		if (n < 0 && (errno != EINTR || signals_caught() != 0))
			return;
		if (n > 0) {
			s += n;
			len -= (size_t)n;
		}
	}
}

/*
 * Ask once.  Signals wait from before echo is turned off until after it is on
 * again, and only then take effect; so there is no moment when one of them
 * could leave the terminal as it should not be.  TCSANOW, not TCSAFLUSH, which
 * would wait for output that the user has stopped with Control-S.
 */
static enum typed
ask_once(struct passphrase *p, int fd, const char *prompt)
{
	struct termios tty, quiet;
	sigset_t signals, mask;
	enum typed typed = TYPED_ERROR;
	int saved;

	/* In the background this stops us, before anything was changed. */
	while (tcflush(fd, TCIFLUSH) != 0)
		if (errno != EINTR || signals_caught() != 0)
			return TYPED_ERROR;
	if (tcgetattr(fd, &tty) != 0)
		return TYPED_ERROR;
	quiet_mode(&quiet, &tty);
	interrupting(&signals);

	sigprocmask(SIG_BLOCK, &signals, &mask);
	if (tcsetattr(fd, TCSANOW, &quiet) == 0) {
		/* What was typed before the prompt was seen by all. */
		tcflush(fd, TCIFLUSH);
		put(fd, prompt);
		typed = read_line(p, fd, &tty, &signals);
		saved = errno;
		put(fd, "\n");
		tcflush(fd, TCIFLUSH);
		tcsetattr(fd, TCSANOW, &tty);
		errno = saved;
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return typed;
}

/* Ask until there is an answer: whoever was stopped is asked again. */
static int
ask(struct passphrase *p, int fd, const char *prompt)
{
	enum typed typed;

	do {
		typed = ask_once(p, fd, prompt);
	} while (typed == TYPED_SIGNAL && signals_caught() == 0);

	switch (typed) {
	case TYPED:
		return 0;
	case TYPED_TOO_LONG:
		return too_long("terminal");
	case TYPED_NOTHING:
		msg_error("no passphrase was given");
		return EXIT_USAGE;
	default:
		return failed(TERMINAL);
	}
}

/* A descriptor that is a terminal echoes like any other. */
static int
from_terminal(struct passphrase **pass, int fd)
{
	struct passphrase *p;
	int r = create(&p);

	if (r == 0 && (r = ask(p, fd, "Passphrase: ")) != 0)
		sodium_free(p);
	if (r == 0)
		*pass = p;
	return r;
}

/*
 * Byte by byte: what follows the newline is for whoever reads the descriptor
 * next.
 */
int
passphrase_fd(struct passphrase **pass, int fd, const char *name)
{
	struct passphrase *p;
	ssize_t n;
	int r;

	if (isatty(fd))
		return from_terminal(pass, fd);
	if ((r = create(&p)) != 0)
		return r;
	while ((n = read_byte(fd, &p->bytes[p->len])) > 0 &&
	    p->bytes[p->len] != '\n' && p->len < KEY_PASSPHRASE_MAX)
		p->len++;

	if (n < 0 && errno == EBADF) {
		msg_error("%s: not open for reading", name);
		r = EXIT_USAGE;
	} else if (n < 0) {
		r = failed(name);
	} else if (n > 0 && p->bytes[p->len] != '\n') {
		r = too_long(name);
	}
	if (r == 0)
		*pass = p;
	else
		sodium_free(p);
	return r;
}

int
passphrase_file(struct passphrase **pass, const char *path)
{
	int fd = path_descriptor(path), r;

	if (fd >= 0)
		return passphrase_fd(pass, fd, path);
	/* The other end of a FIFO may be long in coming. */
	do {
		fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR && signals_caught() == 0);
	if (fd < 0)
		return failed(path);
	r = passphrase_fd(pass, fd, path);
	close(fd);
	return r;
}

/* Into p; and into q too, until it is the same. */
static int
ask_twice(struct passphrase *p, struct passphrase *q, int fd,
    const struct passphrase_question *question, bool empty)
{
	int r;

	for (int i = 1; i <= PASSPHRASE_TRIES; i++) {
		if ((r = ask(p, fd, question->prompt)) != 0)
			return r;
		if (p->len == 0 && !empty)
			return msg_usage("the passphrase must not be empty");
		if (question->again == NULL)
			return 0;
		if ((r = ask(q, fd, question->again)) != 0)
			return r;
		if (p->len == q->len &&
		    sodium_memcmp(p->bytes, q->bytes, p->len) == 0)
			return 0;
		msg_error("the passphrases differ%s",
		    i < PASSPHRASE_TRIES ? "; try again" : "");
	}
	return EXIT_USAGE;
}

int
passphrase_ask(struct passphrase **pass,
    const struct passphrase_question *question, bool empty)
{
	struct passphrase *p = NULL, *q = NULL;
	int fd, r;

	fd = open(TERMINAL, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		msg_error("a passphrase is needed, and there is no terminal "
		    "to ask for it");
		msg_hint("%s", question->otherwise);
		return EXIT_USAGE;
	}
	if ((r = create(&p)) == 0 && (r = create(&q)) == 0)
		r = ask_twice(p, q, fd, question, empty);
	if (r == 0) {
		*pass = p;
		p = NULL;
	}
	sodium_free(q);
	sodium_free(p);
	close(fd);
	return r;
}
