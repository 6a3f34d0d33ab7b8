/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "io.h"
#include "signals.h"
#include "terminal.h"

/*
 * Set the signals that would end or stop the program, or report that it was
 * stopped.  A caught signal returns to us; one blocked before does not arrive.
 */
static void
interrupting(sigset_t *set)
{
	sigset_t blocked;

	signals_default(set);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int sig = 1; sig < NSIG; sig++)
		if (sigismember(&blocked, sig) == 1)
			sigdelset(set, sig);
}

/* Is one of them pending, or was one caught? */
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

/* Remove the last character. */
static void
erase(struct terminal_line *p, const struct termios *tty)
{
	bool more = p->len > 0;

	while (more) {
		p->len--;
		more = false;
#ifdef IUTF8
		/* Other systems' own line editing removes bytes, too. */
		more = p->len > 0 && (tty->c_iflag & IUTF8) != 0 &&
		    (p->bytes[p->len] & 0xc0) == 0x80;
#else
		(void)tty;
#endif
	}
}

static void
erase_word(struct terminal_line *p)
{
	while (p->len > 0 && p->bytes[p->len - 1] == ' ')
		p->len--;
	while (p->len > 0 && p->bytes[p->len - 1] != ' ')
		p->len--;
}

/*
 * Handle the keys that edit a line, as tty has them; was c one?  *quoted: the
 * next byte is taken as it is.
 */
static bool
edit(struct terminal_line *p, bool *quoted, const struct termios *tty,
    uint8_t c)
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
 * Read a line from the terminal in quiet_mode; tty is its former mode.  Each
 * byte is read into the last one of the line, which only a line that is too
 * long uses.  EINTR: a signal waits.
 */
static int
read_line(struct terminal_line *p, int fd, const struct termios *tty,
    const sigset_t *signals)
{
	uint8_t *c = &p->bytes[p->size - 1];
	bool quoted = false, over = false;
	struct termios t;
	ssize_t n;

	p->len = 0;
	for (;;) {
		n = read(fd, c, 1);
		if (n < 0 && errno != EINTR)
			return interrupted(signals) ? EINTR : errno;
		if (interrupted(signals))
			return EINTR;
		/* Nothing yet, unless the terminal is gone. */
		if (n == 0 && tcgetattr(fd, &t) != 0)
			return errno;
		if (n <= 0)
			continue;
		if ((*c == '\n' || *c == '\r') && !quoted)
			break;
		p->none = is_key(tty, VEOF, *c) && !quoted && p->len == 0;
		if (p->none)
			break;
		if (edit(p, &quoted, tty, *c))
			continue;
		/* Read the rest too, so that the shell does not get it. */
		over = over || p->len == p->size - 1;
		if (!over)
			p->bytes[p->len++] = *c;
	}
	if (over)
		p->len = p->size;
	return XC_OK;
}

/*
 * Set a mode without echo, and without the kernel's line editing: that cuts off
 * a long line silently, at 4095 bytes or at 255.  A read returns after a tenth
 * of a second, with or without a byte.  The keys that raise signals still do.
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
 * Show the prompt; a failure is no reason to stop.  A terminal opened only for
 * reading is usually standard error, too.
 */
static void
show_prompt(int fd, const char *s)
{
	int flags = fcntl(fd, F_GETFL);
	struct io io = { .fd = fd, .wait = &signals_wait };

	if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY)
		io.fd = isatty(STDERR_FILENO) ? STDERR_FILENO : -1;
	(void)io_write(&io, (const uint8_t *)s, strlen(s), 0);
}

/*
 * Ask once.  Signals wait from before echo is turned off until it is on again,
 * so none can leave the terminal without echo.  TCSANOW, not TCSAFLUSH, which
 * would wait for output that the user has stopped with Control-S.
 */
static int
ask_once(struct terminal_line *p, int fd, const char *prompt)
{
	struct termios tty, quiet;
	sigset_t signals, mask;
	int err;

	/* In the background this stops us, before anything was changed. */
	while (tcflush(fd, TCIFLUSH) != 0)
		if (errno != EINTR || signals_caught() != 0)
			return errno;
	if (tcgetattr(fd, &tty) != 0)
		return errno;
	quiet_mode(&quiet, &tty);
	interrupting(&signals);

	sigprocmask(SIG_BLOCK, &signals, &mask);
	if (tcsetattr(fd, TCSANOW, &quiet) == 0) {
		/* Discard input from before the prompt: it was echoed. */
		tcflush(fd, TCIFLUSH);
		show_prompt(fd, prompt);
		err = read_line(p, fd, &tty, &signals);
		show_prompt(fd, "\n");
		tcflush(fd, TCIFLUSH);
		tcsetattr(fd, TCSANOW, &tty);
	} else {
		err = errno;
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return err;
}

int
terminal_ask(struct terminal_line *line, int fd, const char *prompt)
{
	int err;

	line->none = false;
	do {
		err = ask_once(line, fd, prompt);
	} while (err == EINTR && signals_caught() == 0);
	return err != XC_OK && signals_caught() != 0 ? XC_E_STOPPED : err;
}
