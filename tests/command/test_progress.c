/* SPDX-License-Identifier: ISC */
/*
 * Progress by a clock of the test's own, which takes the place of clock.c's:
 * what is shown then does not depend on the machine.
 */
#include <sys/wait.h>

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "cmd/clock.h"
#include "cmd/progress.h"
#include "cmd/say.h"
#include "cmd/signals.h"
#include "tap.h"

#define MB 1000000UL

static atomic_uint now;		/* in seconds */
static char said[4096];
static int gate[2];		/* closed once the child may go on */

double
clock_now(void)
{
	return (double)now;
}

/* Start f, with its standard error in a pipe; wait until it has said text. */
static pid_t
start(int *from, void (*f)(void))
{
	int ends[2];
	pid_t pid = -1;

	said[0] = '\0';
	if (pipe(ends) != 0 || pipe(gate) != 0 || (pid = fork()) < 0)
		tap_bail("no process");
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		close(gate[1]);
		alarm(30);
		f();
		_exit(0);
	}
	close(ends[1]);
	close(gate[0]);
	*from = ends[0];
	return pid;
}

static void
hear(int from, const char *text)
{
	size_t len = strlen(said);
	ssize_t n;

	while ((text == NULL || strstr(said, text) == NULL) &&
	    (n = read(from, said + len, sizeof(said) - 1 - len)) > 0) {
		len += (size_t)n;
		said[len] = '\0';
	}
}

static bool
ends_well(pid_t pid, int from)
{
	int status;

	close(gate[1]);
	hear(from, NULL);
	close(from);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static void
stopped(void)
{
	signals_hold();
	progress_start("work", 10 * MB, PROGRESS_ALWAYS, false);
	now += 1;
	progress_update(1 * MB);
	kill(getpid(), SIGSTOP);
	now += 1000;
	progress_update(1 * MB);
	now += 1;
	progress_update(2 * MB);
	progress_end();
	signals_release();
}

static void
test_stop(void)
{
	int from, status;
	pid_t pid = start(&from, stopped);

	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGCONT);
	tap_ok(WIFSTOPPED(status) && ends_well(pid, from) &&
	    strstr(said, "20 %  977 KiB/s  0:09 left\n") != NULL &&
	    strstr(said, "10 %  977 KiB/s  0:10 left\n") != NULL &&
	    strstr(said, " 1 KiB/s") == NULL,
	    "time for which it was stopped does not count");
}

static void
slow(void)
{
	progress_start("work", 4600 * MB, PROGRESS_ALWAYS, false);
	now += 1;
	progress_update(1 * MB);
	progress_end();
}

static void
test_hours(void)
{
	int from;
	pid_t pid = start(&from, slow);

	tap_ok(ends_well(pid, from) &&
	    strstr(said, "0 %  977 KiB/s  1:16:40 left\n") != NULL,
	    "hours are shown as hours");
}

static void
continued(void)
{
	progress_start("work", 10 * MB, PROGRESS_ALWAYS, false);
	progress_continue(6 * MB);
	now += 1;
	progress_update(6 * MB);
	now += 1;
	progress_update(8 * MB);
	progress_end();
}

static void
test_continue(void)
{
	int from;
	pid_t pid = start(&from, continued);

	tap_ok(ends_well(pid, from) &&
	    strstr(said, "MiB  60 %\n") != NULL &&
	    strstr(said, "80 %  977 KiB/s  0:03 left\n") != NULL,
	    "what was done before counts, but not in the rate");
}

static void
flushing(void)
{
	char c;

	signals_init();
	progress_start("work", 10 * MB, PROGRESS_ALWAYS, false);
	progress_update(10 * MB);
	now += 2;
	progress_flush();
	while (read(gate[0], &c, 1) < 0)
		;
	progress_end();
}

static void
test_flush(void)
{
	int from;
	pid_t pid = start(&from, flushing);

	hear(from, "work  writing to disk\n");
	tap_ok(ends_well(pid, from) && strstr(said, "writing") != NULL,
	    "what is not on the disk yet is reported, though nothing calls");
}

static void
flushing_silently(void)
{
	char c;

	signals_init();
	progress_start("work", 10 * MB, PROGRESS_NEVER, false);
	now += 2;
	progress_flush();
	raise(SIGUSR1);
	while (read(gate[0], &c, 1) < 0)
		;
	progress_end();
	progress_start("more work", 10 * MB, PROGRESS_NEVER, false);
	progress_update(10 * MB);
	progress_end();
}

static void
test_flush_asked(void)
{
	int from;
	pid_t pid = start(&from, flushing_silently);

	hear(from, "work  writing to disk\n");
	tap_ok(ends_well(pid, from) && strcmp(said,
	    "xtscrypt: work  writing to disk\n") == 0,
	    "then too SIGUSR1 asks for a line, and there is no other");
}

static void
answering(void)
{
	char c;

	signals_hold();
	say_keep("%s: stopping", "work\033");
	signals_end_at_second(say_kept);
	raise(SIGINT);
	while (read(gate[0], &c, 1) < 0)
		;
}

static void
test_answer(void)
{
	int from;
	pid_t pid = start(&from, answering);

	hear(from, "\n");
	tap_ok(ends_well(pid, from) &&
	    strcmp(said, "xtscrypt: work?: stopping\n") == 0,
	    "a signal is answered at once, by its handler");
}

int
main(void)
{
	signal(SIGALRM, SIG_DFL);
	test_stop();
	test_hours();
	test_continue();
	test_flush();
	signal(SIGUSR1, SIG_DFL);
	test_flush_asked();
	signal(SIGINT, SIG_DFL);
	test_answer();
	return tap_done();
}
