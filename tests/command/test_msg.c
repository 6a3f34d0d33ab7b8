/* SPDX-License-Identifier: ISC */
/*
 * What stands on standard error: messages, progress; and what signals do.
 * Where a terminal belongs to it, pty.py runs this program again.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/clock.h"
#include "cmd/msg.h"
#include "cmd/progress.h"
#include "cmd/say.h"
#include "cmd/signals.h"
#include "cmd/utf8.h"
#include "lab.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char said[40000];

/* In place of clock.c's: what is shown does not depend on the machine. */
static double now;

double
clock_now(void)
{
	return now;
}

/* Run f in a process of its own: what it says, and its status. */
static int
listen_to(void (*f)(void))
{
	int ends[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(ends) != 0)
		tap_bail("pipe");
	if ((pid = fork()) < 0)
		tap_bail("fork");
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		f();
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(ends[0]);
	waitpid(pid, &status, 0);
	return status;
}

static void
clean(void)
{
	static const struct {
		const char *what, *from, *to;
	} t[] = {
		{ "text", "a b~", "a b~" },
		{ "controls", "\x01\t\n\r\x1b[2J\x7f", "?????[2J?" },
		{ "controls of 8 bits", "\x9b" "2J \xc2\x9b", "?2J ?" },
		{ "UTF-8", "\xc3\xa4 \xe4\xb8\xad \xf0\x9f\x94\x91",
		    "\xc3\xa4 \xe4\xb8\xad \xf0\x9f\x94\x91" },
		{ "the first and last of each length",
		    "\xc2\xa0\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"
		    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
		    "\xc2\xa0\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"
		    "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf" },
		{ "longer than needed", "\xc0\x9b\xe0\x82\x9b\xf0\x80\x82\x9b",
		    "?????????" },
		{ "surrogates and beyond the end",
		    "\xed\xa0\x80 \xf4\x90\x80\x80 \xf8\x88\x80\x80\x80",
		    "??? ???? ?????" },
		{ "cut", "\xe4\xb8", "??" },
		{ "cut by text", "\xe4\xb8z\xf0\x9fz", "??z??z" },
		{ "turned around", "a\xe2\x80\xae" "b\xe2\x81\xa6", "a?b?" },
	};
	char s[64];

	for (size_t i = 0; i < COUNT(t); i++) {
		strcpy(s, t[i].from);
		utf8_clean(s);
		tap_ok(strcmp(s, t[i].to) == 0, "cleaned: %s", t[i].what);
	}
}

static void
levels(void)
{
	for (int l = MSG_QUIET; l <= MSG_VERBOSE; l++) {
		msg_level((enum msg_level)l);
		msg_error("error %d", l);
		msg_hint("hint %d", l);
		msg_answer("answer %d", l);
		msg_note("note %d", l);
		msg_detail("detail %d", l);
	}
}

static void
long_name(void)
{
	static char name[20000];

	memset(name, 'x', sizeof(name) - 1);
	msg_error("%s: text", name);
	_exit(msg_usage("%s: text", name));
}

static void
failure(void)
{
	msg_fail("a\nb", ENOSPC);
	msg_fail(NULL, ENOMEM);
	msg_fail("f", XC_E_STOPPED);
	msg_fail("f", XC_E_EXISTS);
	_exit(msg_usage("no %s", "way"));
}

static void
status_line(void)
{
	say_status("");
	say_status("one");
	say_status("two\n");
	msg_error("error");
	say_status("");
	say_status("three");
	say_status("");
	say_status("");
}

static void
messages(void)
{
	int status;

	listen_to(levels);
	tap_ok(strcmp(said, "xtscrypt: error 0\nxtscrypt: hint: hint 0\n"
	    "xtscrypt: answer 0\n"
	    "xtscrypt: error 1\nxtscrypt: hint: hint 1\nxtscrypt: answer 1\n"
	    "xtscrypt: note 1\n"
	    "xtscrypt: error 2\nxtscrypt: hint: hint 2\nxtscrypt: answer 2\n"
	    "xtscrypt: note 2\nxtscrypt: detail 2\n") == 0,
	    "each at its level");
	status = listen_to(long_name);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_USAGE &&
	    strlen(said) > 16000 && said[strlen(said) - 1] == '\n',
	    "a name that is far too long is cut");
	status = listen_to(failure);
	tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_USAGE &&
	    strcmp(said, "xtscrypt: a?b: No space left on device\n"
	    "xtscrypt: not enough memory\n"
	    "xtscrypt: f: already exists\n"
	    "xtscrypt: hint: -f overwrites it\n"
	    "xtscrypt: no way\n") == 0, "failures");
	listen_to(status_line);
	tap_ok(strcmp(said, "\rone\033[J\r\rtwo?\033[J\r"
	    "\r\033[Jxtscrypt: error\n\rthree\033[J\r\r\033[J\r") == 0,
	    "a status line, and what takes it away");
}

static int code;

static void
fail(void)
{
	_exit(msg_fail("f", code));
}

/* Every error has its text and its exit code. */
static void
codes(void)
{
	static const int exits[] = {
		[-XC_E_STOPPED] = EXIT_SYSTEM,
		[-XC_E_BACKEND] = EXIT_SYSTEM, [-XC_E_CPU] = EXIT_SYSTEM,
		[-XC_E_SELFTEST] = EXIT_SYSTEM, [-XC_E_UNIT] = EXIT_SYSTEM,
		[-XC_E_BUFFER] = EXIT_SYSTEM, [-XC_E_KEYS] = EXIT_SYSTEM,
		[-XC_E_MAGIC] = EXIT_HEADER, [-XC_E_VERSION] = EXIT_HEADER,
		[-XC_E_CHECKSUM] = EXIT_HEADER, [-XC_E_CIPHER] = EXIT_HEADER,
		[-XC_E_FIELD] = EXIT_HEADER, [-XC_E_CONVERTING] = EXIT_HEADER,
		[-XC_E_WRITING] = EXIT_HEADER, [-XC_E_PARTS] = EXIT_HEADER,
		[-XC_E_NOT_PARTS] = EXIT_SYSTEM,
		[-XC_E_PART_FILE] = EXIT_SYSTEM,
		[-XC_E_UNREPAIRED] = EXIT_SYSTEM,
		[-XC_E_GENERATION] = EXIT_HEADER,
		[-XC_E_SIDE] = EXIT_SYSTEM,
		[-XC_E_SECRET] = EXIT_SECRET, [-XC_E_LIMIT] = EXIT_SECRET,
		[-XC_E_NEEDS_PASSPHRASE] = EXIT_SECRET,
		[-XC_E_NEEDS_KEY_FILE] = EXIT_SECRET,
		[-XC_E_NEEDS_BOTH] = EXIT_SECRET, [-XC_E_KIND] = EXIT_SECRET,
		[-XC_E_KEY_EMPTY] = EXIT_USAGE, [-XC_E_KEY_LARGE] = EXIT_USAGE,
		[-XC_E_DAMAGED] = EXIT_DATA, [-XC_E_SIZE] = EXIT_DATA,
		[-XC_E_RANGE] = EXIT_SYSTEM,
		[-XC_E_MAP_TAGS] = EXIT_HEADER,
		[-XC_E_MAP_LENGTH] = EXIT_HEADER,
		[-XC_E_CUT] = EXIT_DATA, [-XC_E_TRAILING] = EXIT_DATA,
		[-XC_E_HEADER_INSIDE] = EXIT_HEADER,
		[-XC_E_JOURNAL] = EXIT_HEADER,
		[-XC_E_JOURNAL_FILE] = EXIT_HEADER,
		[-XC_E_JOURNAL_LOST] = EXIT_HEADER,
		[-XC_E_JOURNAL_OTHER] = EXIT_HEADER,
		[-XC_E_JOURNAL_LEFT] = EXIT_SYSTEM,
		[-XC_E_MOMENT] = EXIT_HEADER, [-XC_E_UNFIT] = EXIT_SYSTEM,
		[-XC_E_MOVES] = EXIT_SYSTEM, [-XC_E_TORN] = EXIT_DATA,
		[-XC_E_NOT_FILE] = EXIT_SYSTEM, [-XC_E_LINKS] = EXIT_SYSTEM,
		[-XC_E_NO_SYNC] = EXIT_SYSTEM, [-XC_E_FINISHED] = EXIT_SYSTEM,
		[-XC_E_SHRANK] = EXIT_SYSTEM, [-XC_E_GREW] = EXIT_SYSTEM,
		[-XC_E_CHANGED] = EXIT_SYSTEM, [-XC_E_BUSY] = EXIT_SYSTEM,
		[-XC_E_NO_LOCKS] = EXIT_SYSTEM, [-XC_E_REPLACED] = EXIT_SYSTEM,
		[-XC_E_DESCRIPTOR] = EXIT_USAGE, [-XC_E_EXISTS] = EXIT_SYSTEM,
		[-XC_E_ONE_NAME] = EXIT_SYSTEM, [-XC_E_DEVICE] = EXIT_SYSTEM,
		[-XC_E_MOUNTED] = EXIT_SYSTEM, [-XC_E_LONG] = EXIT_SYSTEM,
		[-XC_E_NAME] = EXIT_SYSTEM,
		[-XC_E_UNNAMEABLE] = EXIT_SYSTEM,
		[-XC_E_LENGTH] = EXIT_USAGE,
		[-XC_E_BINARY] = EXIT_USAGE
	};
	bool quiet;

	for (code = XC_E_STOPPED; code <= XC_E_BINARY; code++) {
		const char *text = err_text(code);
		int status = listen_to(fail);

		quiet = code == XC_E_STOPPED;
		tap_ok(WIFEXITED(status) &&
		    WEXITSTATUS(status) == exits[-code] &&
		    quiet == (said[0] == '\0') &&
		    strcmp(text, "unknown error") != 0,
		    "exit %d: %s", exits[-code], text);
	}
	tap_ok(strcmp(err_text(code), "unknown error") == 0,
	    "no code is missing here");
}

/* Some work, of which progress is shown: one and a half seconds of it. */
static void
work(enum progress_when when, uint64_t total)
{
	signals_hold();
	progress_start("working on \xe4\xb8\xad\xe4\xb8\xad\x1b.img", total,
	    when, false);
	for (unsigned i = 0; i < 30 && signals_caught() == 0; i++) {
		now += 0.05;
		progress_update(1000000UL * (i + 1));
	}
	progress_end();
	signals_release();
}

static void
work_always(void)
{
	work(PROGRESS_ALWAYS, 40000000);
}

static void
work_auto(void)
{
	work(PROGRESS_AUTO, 40000000);
}

static void
work_asked(void)
{
	signals_init();
	raise(SIGUSR1);
	work(PROGRESS_NEVER, 40000000);
}

static void
work_unknown(void)
{
	signals_init();
	raise(SIGUSR1);
	work(PROGRESS_NEVER, PROGRESS_UNKNOWN);
}

static void
progress(void)
{
	const char *name = "xtscrypt: working on \xe4\xb8\xad\xe4\xb8\xad?.img";
	char *second;

	listen_to(work_always);
	second = strchr(said, '\n');
	tap_ok(strncmp(said, name, strlen(name)) == 0 && second != NULL &&
	    strncmp(second + 1, name, strlen(name)) == 0 &&
	    strstr(second, "28.6 MiB of 38.1 MiB  75 %  ") != NULL &&
	    strstr(second, " left\n") != NULL &&
	    strchr(said, '\r') == NULL, "a line a second, and one at the end");
	listen_to(work_auto);
	tap_ok(said[0] == '\0', "no terminal: nothing");
	listen_to(work_asked);
	tap_ok(strncmp(said, name, strlen(name)) == 0 &&
	    strstr(said, "  977 KiB of 38.1 MiB  2 %") != NULL &&
	    strchr(said, '\n') == strrchr(said, '\n'),
	    "SIGUSR1: one line, though there were to be none");
	listen_to(work_unknown);
	tap_ok(strncmp(said, name, strlen(name)) == 0 &&
	    strstr(said, "  977 KiB") != NULL && strchr(said, '%') == NULL &&
	    strstr(said, "left") == NULL, "an unknown total");
}

/* On a terminal: what every line of it matches, and that there are any. */
static void
on_terminal(const char *self, const char *what, const char *how, int columns,
    const char *pattern)
{
	const char *srcdir = getenv("srcdir");
	char command[8192];

	snprintf(command, sizeof(command),
	    "%s/tests/lib/pty.py -w %d -- env TERM=xterm '%s' %s >shown || "
	    "exit; "
	    "tr '\\r' '\\n' <shown | sed -e 's/.\\[J$//' -e '/^$/d' >lines; "
	    "test -s lines && ! LC_ALL=C grep -Evx '%s' lines >&2",
	    srcdir == NULL ? "." : srcdir, columns, self, how, pattern);
	tap_ok(system(command) == 0, "%s", what);
}

static void
terminal(const char *self)
{
	const char *name = "working on \xe4\xb8\xad\xe4\xb8\xad[?]\\.img";
	char pattern[512];

	snprintf(pattern, sizeof(pattern), "%s  [0-9.]+ MiB of 38.1 MiB  "
	    "[0-9]+ %%  [0-9.]+ MiB/s  0:0[0-9] left", name);
	on_terminal(self, "a status line", "auto", 80, pattern);
	snprintf(pattern, sizeof(pattern), "%s  [0-9.]+ (K|M)iB of 38.1 MiB  "
	    "[0-9]+ %%(  [0-9.]+ MiB/s)?(  0:0[0-9] left)?", name);
	on_terminal(self, "always: at once", "always", 80, pattern);
	on_terminal(self, "the name is cut", "auto", 70,
	    "working on [^ ]*\\.\\.\\.  [0-9.]+ MiB of 38.1 MiB  [0-9]+ %  "
	    "[0-9.]+ MiB/s  0:0[0-9] left");
	on_terminal(self, "the name is left out", "auto", 56,
	    "[0-9.]+ MiB of 38.1 MiB  [0-9]+ %  "
	    "[0-9.]+ MiB/s  0:0[0-9] left");
	on_terminal(self, "only what has room", "auto", 30,
	    "[0-9.]+ MiB of 38.1 MiB  [0-9]+ %");
}

static void
die_held(void)
{
	signals_init();
	signals_hold();
	raise(SIGHUP);
	raise(SIGTERM);
	if (signals_caught() != SIGHUP)
		_exit(1);
	signals_release();
}

static void
ticks(void)
{
	char c;
	int ends[2];

	signals_hold();
	if (pipe(ends) != 0)
		_exit(2);
	_exit(read(ends[0], &c, 1) == -1 && errno == EINTR ? 0 : 1);
}

static void
ignored(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	signals_init();
	signals_hold();
	raise(SIGINT);
	raise(SIGUSR1);
	if (signals_caught() != 0 || signals_progress_asked())
		_exit(1);
	signals_release();
	raise(SIGINT);
	signals_die_of_pipe();
}

static void
closed_pipe(void)
{
	sigset_t set;
	int ends[2];

	signals_init();
	if (pipe(ends) != 0 || close(ends[0]) != 0 ||
	    write(ends[1], "", 1) != -1 || errno != EPIPE)
		_exit(1);
	/* As deadly if the parent had it blocked. */
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals_die_of_pipe();
}

static void
as_before(void)
{
	signals_init();
	signals_hold();
	signals_hold();
	signals_release();
	signals_release();
	/* No tick is left that could kill. */
	usleep(300000);
	raise(SIGUSR1);
	if (!signals_progress_asked() || signals_progress_asked())
		_exit(1);
	raise(SIGXFSZ);
	raise(SIGINT);
}

static void
signals(void)
{
	int status;

	status = listen_to(die_held);
	tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP,
	    "held, then dead of the first");
	tap_ok(listen_to(ticks) == 0, "a call that blocks comes back");
	tap_ok(listen_to(ignored) == 0, "what was ignored stays ignored");
	status = listen_to(closed_pipe);
	tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE,
	    "a closed pipe is an error, then deadly");
	status = listen_to(as_before);
	tap_ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT,
	    "after the release all is as before");
}

int
main(int argc, char *argv[])
{
	char self[4096];

	if (argc == 2) {
		signals_init();
		work(strcmp(argv[1], "auto") == 0 ? PROGRESS_AUTO :
		    PROGRESS_ALWAYS, 40000000);
		return 0;
	}
	/* The parent of the tests may ignore some of them. */
	signal(SIGINT, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (realpath(argv[0], self) == NULL)
		tap_bail("%s", argv[0]);
	clean();
	messages();
	codes();
	progress();
	signals();
	lab_enter("/tmp");
	terminal(self);
	unlink("shown");
	unlink("lines");
	lab_leave();
	return tap_done();
}
