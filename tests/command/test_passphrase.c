/* SPDX-License-Identifier: ISC */
/*
 * Passphrases: from the environment, files and descriptors here; from a
 * terminal by running pty.py on this program, which then only asks.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <sodium.h>

#include "cmd/msg.h"
#include "cmd/passphrase.h"
#include "cmd/signals.h"
#include "lab.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What a run of pty.py with these steps is to show, and to exit with. */
static const struct prompt {
	const char *what, *steps, *how;
	int status;
	const char *shown;
} prompts[] = {
	{ "a passphrase is typed without echo",
	    "'expect One: ' 'echo off' 'send a b\\xc3\\xa4\\n' exit 'echo on'",
	    "", 0, "One: \n[a b\xc3\xa4]\n" },
	{ "what is typed before the prompt does not count",
	    "'send early\\n' 'expect One: ' 'send late\\n'",
	    "early", 0, "early\nOne: \n[late]\n" },
	{ "two that agree",
	    "'expect One: ' 'send x\\n' 'expect Two: ' 'send x\\n'",
	    "twice", 0, "One: \nTwo: \n[x]\n" },
	{ "two that differ are asked for again, and then accepted",
	    "'expect One: ' 'send x\\n' 'expect Two: ' 'send y\\n' "
	    "'expect One: ' 'send x\\n' 'expect Two: ' 'send x\\n'",
	    "twice", 0, "One: \nTwo: \n"
	    "xtscrypt: the passphrases differ; try again\n"
	    "One: \nTwo: \n[x]\n" },
	{ "three times different",
	    "'expect One: ' 'send x\\n' 'expect Two: ' 'send y\\n' "
	    "'expect One: ' 'send x\\n' 'expect Two: ' 'send xx\\n' "
	    "'expect One: ' 'send x\\n' 'expect Two: ' 'send \\n'",
	    "twice", EXIT_USAGE, "One: \nTwo: \n"
	    "xtscrypt: the passphrases differ; try again\n"
	    "One: \nTwo: \n"
	    "xtscrypt: the passphrases differ; try again\n"
	    "One: \nTwo: \n"
	    "xtscrypt: the passphrases differ\n" },
	{ "an empty one is asked for again",
	    "'expect One: ' 'send \\n' 'expect One: ' 'send x\\n' "
	    "exit 'echo on'", "", 0, "One: \n"
	    "xtscrypt: the passphrase must not be empty; try again\n"
	    "One: \n[x]\n" },
	{ "three times in all",
	    "'expect One: ' 'send \\n' 'expect One: ' 'send \\n' "
	    "'expect One: ' 'send \\n' exit 'echo on'",
	    "", EXIT_USAGE, "One: \n"
	    "xtscrypt: the passphrase must not be empty; try again\nOne: \n"
	    "xtscrypt: the passphrase must not be empty; try again\nOne: \n"
	    "xtscrypt: the passphrase must not be empty\n" },
	{ "empty ones and ones that differ count as one",
	    "'expect One: ' 'send \\n' "
	    "'expect One: ' 'send x\\n' 'expect Two: ' 'send y\\n' "
	    "'expect One: ' 'send x\\n' 'expect Two: ' 'send y\\n'",
	    "twice", EXIT_USAGE, "One: \n"
	    "xtscrypt: the passphrase must not be empty; try again\n"
	    "One: \nTwo: \n"
	    "xtscrypt: the passphrases differ; try again\n"
	    "One: \nTwo: \n"
	    "xtscrypt: the passphrases differ\n" },
	{ "or accepted, where it may be",
	    "'expect One: ' 'send \\n'", "empty", 0, "One: \n[]\n" },
	{ "Control-D gives none",
	    "'expect One: ' 'send \\x04' exit 'echo on'",
	    "", EXIT_USAGE, "One: \nxtscrypt: no passphrase was given\n" },
	{ "Control-D within a line does nothing",
	    "'expect One: ' 'send a\\x04b\\n'", "", 0, "One: \n[ab]\n" },
	{ "keys that edit: erase, word, line, and the next as it is",
	    "'expect One: ' "
	    "'send no\\x15\\x7fabc\\xc3\\xa4\\x7f\\x7f' "
	    "'send d  no \\x17\\x16\\x15x\\n'",
	    "", 0, "One: \n[abcd  ?x]\n" },
#ifdef IUTF8
	{ "erase takes a character of UTF-8, where the terminal is told so",
	    "'expect One: ' 'send ab\\xc3\\xa4\\x7f\\x7fc\\n'",
	    "utf8", 0, "One: \n[ac]\n" },
#endif
	{ "4096 bytes are not too long",
	    "'expect One: ' \"send $(printf %4096d 0)\\n\"",
	    "count", 0, "One: \n[4096]\n" },
	{ "4097 bytes are",
	    "'expect One: ' \"send $(printf %4097d 0)\\n\" exit 'echo on'",
	    "count", EXIT_USAGE, "One: \n"
	    "xtscrypt: terminal: the passphrase is longer than 4096 bytes\n" },
	{ "bytes at the end of too many do not make it shorter",
	    "'expect One: ' \"send $(printf %4100d 0)\\x7f\\x7f\\x7f\\x7f\\n\"",
	    "count", EXIT_USAGE, "One: \n"
	    "xtscrypt: terminal: the passphrase is longer than 4096 bytes\n" },
	{ "Control-C kills, with echo on again",
	    "'expect One: ' 'echo off' 'send abc\\x03' exit 'echo on'",
	    "", 128 + SIGINT, "One: \n" },
	{ "Control-\\ too",
	    "'expect One: ' 'echo off' 'send abc\\x1c' exit 'echo on'",
	    "", 128 + SIGQUIT, "One: \n" },
	{ "Control-Z stops, with echo on; then it is asked again",
	    "'expect One: ' 'echo off' 'send abc\\x1a' stopped 'echo on' "
	    "foreground 'expect One: ' 'echo off' 'send d\\n' exit 'echo on'",
	    "", 0, "One: \nOne: \n[d]\n" },
	{ "stopped, and killed then",
	    "'expect One: ' 'send abc\\x1a' stopped 'signal TERM' "
	    "foreground exit 'echo on'",
	    "", 128 + SIGTERM, "One: \n" },
	{ "even SIGSTOP: then it is asked again",
	    "'expect One: ' 'signal STOP' stopped "
	    "foreground 'expect One: ' 'echo off' 'send d\\n' exit 'echo on'",
	    "", 0, "One: \nOne: \n[d]\n" },
	{ "in the background it waits for its turn",
	    "background stopped 'echo on' foreground "
	    "'expect One: ' 'echo off' 'send d\\n' exit 'echo on'",
	    "background", 0, "One: \n[d]\n" },
	{ "a held signal ends it",
	    "'expect One: ' 'echo off' 'send abc\\x03' exit 'echo on'",
	    "hold", 128 + SIGINT, "One: \n" },
	{ "a tick does not",
	    "'expect One: ' 'send a' 'sleep 0.5' 'send b\\n'",
	    "hold", 0, "One: \n[ab]\n" },
	{ "nor SIGUSR1",
	    "'expect One: ' 'send a' 'signal USR1' 'sleep 0.2' 'send b\\n'",
	    "", 0, "One: \n[ab]\n" },
	{ "nor a new size of the window",
	    "'expect One: ' 'send a' 'signal WINCH' 'sleep 0.2' 'send b\\n'",
	    "", 0, "One: \n[ab]\n" },
	{ "nor a signal that was ignored at the start",
	    "'expect One: ' 'send a' 'signal HUP' 'sleep 0.2' 'send b\\n'",
	    "nohup", 0, "One: \n[ab]\n" },
	{ "the terminal goes away",
	    "'expect One: ' close", "", 128 + SIGHUP, "One: " },
	{ "the terminal goes away, SIGHUP ignored",
	    "'expect One: ' close", "nohup", EXIT_SYSTEM, "One: " },
	{ "standard input is not asked",
	    "'expect One: ' 'send d\\n'", "redirected", 0, "One: \n[d]\n" },
	{ "without a terminal", "--none", "", EXIT_USAGE,
	    "xtscrypt: a passphrase is needed, and there is no terminal to "
	    "ask for it\n"
	    "xtscrypt: hint: write it down\n" },
};

static const int signals[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGALRM, SIGTERM, SIGUSR2, SIGABRT
};

/* What this program does on the terminal of pty.py. */
static int
ask(const char *how)
{
	struct passphrase_question question = {
		"One: ", strcmp(how, "twice") == 0 ? "Two: " : NULL,
		"write it down", strcmp(how, "empty") == 0, PASSPHRASE_TRIES
	};
	struct pollfd typed = { .fd = STDIN_FILENO, .events = POLLIN };
	struct passphrase *p;
	int r;

	if (strcmp(how, "nohup") == 0)
		signal(SIGHUP, SIG_IGN);
	signals_init();
	if (strcmp(how, "early") == 0)
		poll(&typed, 1, -1);
	while (strcmp(how, "background") == 0 &&
	    tcgetpgrp(STDIN_FILENO) == getpgrp())
		usleep(10000);
	if (strcmp(how, "hold") == 0)
		signals_hold();
	r = passphrase_ask(&p, &question);
	signals_release();
	if (r != 0)
		return r;
	for (size_t i = 0; i < p->len; i++)
		if (p->bytes[i] < ' ')
			p->bytes[i] = '?';
	if (strcmp(how, "count") == 0)
		printf("[%zu]\n", p->len);
	else
		printf("[%.*s]\n", (int)p->len, (const char *)p->bytes);
	passphrase_free(p);
	return 0;
}

static void
prompt(const struct prompt *t, const char *self)
{
	const char *srcdir = getenv("srcdir");
	char command[8192], shown[8192];
	size_t n;
	FILE *f;
	int status;

	snprintf(command, sizeof(command), "%s/tests/lib/pty.py %s -- "
	    "sh -c 'ulimit -c 0; %s exec \"$0\" ask \"$1\" %s' '%s' '%s' 2>&1",
	    srcdir == NULL ? "." : srcdir, t->steps,
	    strcmp(t->how, "utf8") == 0 ? "stty iutf8;" : "",
	    strcmp(t->how, "redirected") == 0 ? "</dev/null" : "",
	    self, t->how);
	if ((f = popen(command, "r")) == NULL)
		tap_bail("popen");
	n = fread(shown, 1, sizeof(shown) - 1, f);
	shown[n] = '\0';
	status = pclose(f);
	if (!tap_ok(WIFEXITED(status) && WEXITSTATUS(status) == t->status &&
	    strcmp(shown, t->shown) == 0, "%s", t->what))
		tap_note("status %d, not %d; shown: %s", WEXITSTATUS(status),
		    t->status, shown);
}

static void
each_signal(const char *self)
{
	char steps[128], what[64];
	struct prompt t = { what, steps, "", 0, "One: \n" };

	for (size_t i = 0; i < COUNT(signals); i++) {
		static const char *const names[] = {
			"HUP", "INT", "QUIT", "ALRM", "TERM", "USR2", "ABRT"
		};

		snprintf(steps, sizeof(steps), "'expect One: ' 'send x' "
		    "'echo off' 'signal %s' exit 'echo on'", names[i]);
		snprintf(what, sizeof(what), "SIG%s: echo is on, and it kills",
		    names[i]);
		t.status = 128 + signals[i];
		prompt(&t, self);
	}
}

/* A descriptor from which these bytes come. */
static int
fd_with(const char *bytes, size_t len)
{
	int fd = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len ||
	    lseek(fd, 0, SEEK_SET) != 0)
		tap_bail("cannot write");
	return fd;
}

static bool
is(const struct passphrase *p, const char *bytes, size_t len)
{
	return p != NULL && p->len == len && memcmp(p->bytes, bytes, len) == 0;
}

/* Both from a descriptor, which then stands at left, and from a file. */
static void
read_as(const char *what, const char *bytes, size_t len, size_t want, long left)
{
	struct passphrase *p = NULL, *q = NULL;
	int fd = fd_with(bytes, len);
	int r = passphrase_fd(&p, fd, "data", NULL);

	tap_ok(r == 0 && is(p, bytes, want) && lseek(fd, 0, SEEK_CUR) == left &&
	    passphrase_file(&q, "data", NULL) == 0 && is(q, bytes, want), "%s",
	    what);
	passphrase_free(p);
	passphrase_free(q);
	close(fd);
}

static void
files(void)
{
	char bytes[KEY_PASSPHRASE_MAX + 2];
	struct passphrase *p = NULL;

	read_as("a line ends before its newline", "abc\ndef", 7, 3, 4);
	read_as("or with the file", "abc", 3, 3, 3);
	read_as("a carriage return belongs to it", "abc\r\n", 5, 4, 5);
	read_as("so does a zero byte", "a\0b\n", 4, 3, 4);
	read_as("it is empty when the line is", "\nabc", 4, 0, 1);
	read_as("and when the file is", "", 0, 0, 0);
	memset(bytes, 'x', sizeof(bytes));
	read_as("4096 bytes", bytes, 4096, 4096, 4096);
	bytes[4096] = '\n';
	read_as("4096 bytes and a newline", bytes, 4098, 4096, 4097);
	bytes[4096] = 'x';
	close(fd_with(bytes, 4097));
	tap_ok(passphrase_file(&p, "data", NULL) == EXIT_USAGE && p == NULL,
	    "4097 bytes are too long");
	tap_ok(passphrase_file(&p, "none", NULL) == EXIT_SYSTEM,
	    "no such file");
	tap_ok(passphrase_file(&p, ".", NULL) == EXIT_SYSTEM, "a folder");
	tap_ok(passphrase_fd(&p, 99, "99", NULL) == EXIT_USAGE && p == NULL,
	    "a descriptor that is not open");
}

/* A writer that takes its time, on a FIFO; the reader may not want to wait. */
static void
fifo(bool nonblocking)
{
	struct passphrase *p = NULL;
	pid_t pid;
	int fd, r;

	if (mkfifo("fifo", 0600) != 0)
		tap_bail("mkfifo");
	if ((pid = fork()) < 0)
		tap_bail("fork");
	if (pid == 0) {
		fd = open("fifo", O_WRONLY);
		for (const char *s = "slow\n"; *s != '\0'; s++) {
			usleep(30000);
			if (write(fd, s, 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	signals_hold();		/* for its ticks */
	if (nonblocking) {
		fd = open("fifo", O_RDONLY);
		fcntl(fd, F_SETFL, O_NONBLOCK);
		r = passphrase_fd(&p, fd, "fifo", NULL);
		close(fd);
	} else {
		r = passphrase_file(&p, "fifo", NULL);
	}
	signals_release();
	tap_ok(r == 0 && is(p, "slow", 4), "a slow FIFO%s",
	    nonblocking ? ", not blocking" : "");
	passphrase_free(p);
	waitpid(pid, NULL, 0);
	unlink("fifo");
}

static void
environment(void)
{
	char variable[] = "XTSCRYPT_PASSPHRASE=a=b";
	char bytes[KEY_PASSPHRASE_MAX + 2];
	struct passphrase *p = NULL;

	unsetenv("XTSCRYPT_PASSPHRASE");
	tap_ok(passphrase_environment(&p) == 0 && p == NULL, "none there");
	putenv(variable);
	tap_ok(passphrase_environment(&p) == 0 && is(p, "a=b", 3),
	    "from the environment");
	passphrase_free(p);
	tap_ok(getenv("XTSCRYPT_PASSPHRASE") == NULL &&
	    memcmp(variable, "XTSCRYPT_PASSPHRASE=\0\0\0", 24) == 0,
	    "it is gone from there, and wiped");
	setenv("XTSCRYPT_PASSPHRASE", "", 1);
	tap_ok(passphrase_environment(&p) == 0 && is(p, "", 0),
	    "an empty one");
	passphrase_free(p);
	p = NULL;
	memset(bytes, 'x', sizeof(bytes));
	bytes[4097] = '\0';
	setenv("XTSCRYPT_PASSPHRASE", bytes, 1);
	tap_ok(passphrase_environment(&p) == EXIT_USAGE && p == NULL &&
	    getenv("XTSCRYPT_PASSPHRASE") == NULL, "one that is too long");
}

int
main(int argc, char *argv[])
{
	char self[4096];

	if (sodium_init() < 0)
		tap_bail("sodium_init");
	if (argc == 3 && strcmp(argv[1], "ask") == 0)
		return ask(argv[2]);
	if (realpath(argv[0], self) == NULL)
		tap_bail("%s", argv[0]);
	for (size_t i = 0; i < COUNT(prompts); i++)
		prompt(&prompts[i], self);
	each_signal(self);

	lab_enter("/tmp");
	signals_init();
	files();
	fifo(false);
	fifo(true);
	environment();
	unlink("data");
	lab_leave();
	return tap_done();
}
