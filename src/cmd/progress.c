/* SPDX-License-Identifier: ISC */
#include <sys/ioctl.h>

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "msg.h"
#include "progress.h"
#include "say.h"
#include "signals.h"
#include "thread.h"
#include "utf8.h"

/*
 * Seconds before anything is shown; between updates of the status line; between
 * lines.
 */
#define PATIENCE 1.0
#define STATUS_EVERY 0.2
#define LINE_EVERY 1.0

/* Nanoseconds between updates while the system writes. */
#define FLUSH_TICK 50000000L

/* A longer time left is not shown. */
#define YEAR 3.2e7

#define WHAT 1024
#define PIECE PROGRESS_SIZE
#define LINE (WHAT + sizeof("...  ") + 4 * PIECE)

/* Columns of a name that are worth showing; with less room it is left out. */
#define WHAT_LEAST 12

/*
 * Amount, percent, rate, time left: with little room the last is left out
 * first.
 */
struct figures {
	unsigned n;
	char piece[4][PIECE];
};

static struct {
	enum { SILENT, STATUS, LINES } how;
	char what[WHAT];
	uint64_t done, total;
	uint64_t before;	/* done before the start: not in the rate */
	double start, next;
	double seen;		/* the last call; time after it may not count */
	bool flushing;		/* all is written, and not yet durable: */
	bool flushed;		/* what thread shows until then */
	pthread_t thread;
} p;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t end = PTHREAD_COND_INITIALIZER;

void
progress_size(char text[PROGRESS_SIZE], double bytes, const char *after)
{
	static const char *const units[] = {
		"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"
	};
	unsigned u = 0;

	/* 1023.5 would be printed as 1024 */
	for (; bytes >= 1023.5 && u < 6; u++)
		bytes /= 1024;
	snprintf(text, PROGRESS_SIZE, "%.*f %s%s",
	    u > 0 && bytes < 99.95 ? 1 : 0, bytes, units[u], after);
}

static void
time_text(char text[PIECE], double seconds)
{
	unsigned long s = (unsigned long)seconds + 1;

	if (s < 3600)
		snprintf(text, PIECE, "%lu:%02lu left", s / 60, s % 60);
	else
		snprintf(text, PIECE, "%lu:%02lu:%02lu left", s / 3600,
		    s / 60 % 60, s % 60);
}

static void
compute_figures(struct figures *f, double elapsed)
{
	double done = (double)p.done, total = (double)p.total, rate;
	char a[PIECE], b[PIECE];
	bool known = p.total != PROGRESS_UNKNOWN && p.done <= p.total;

	f->n = 0;
	if (p.flushing) {
		snprintf(f->piece[f->n++], PIECE, "writing to disk");
		return;
	}
	progress_size(a, done, "");
	progress_size(b, total, "");
	if (known) {
		snprintf(f->piece[f->n++], PIECE, "%.24s of %.24s", a, b);
		/* rounded down: 100 % is the end */
		snprintf(f->piece[f->n++], PIECE, "%d %%",
		    p.total == 0 ? 100 : (int)(done / total * 100));
	} else {
		snprintf(f->piece[f->n++], PIECE, "%s", a);
	}
	/* The rate of the first moments means nothing. */
	if (elapsed < 0.1 || p.done <= p.before)
		return;
	rate = (done - (double)p.before) / elapsed;
	progress_size(f->piece[f->n++], rate, "/s");
	if (known && p.done < p.total && (total - done) / rate < YEAR)
		time_text(f->piece[f->n++], (total - done) / rate);
}

/*
 * Return the bytes of a clean string that fit into this many columns.  A
 * character of three or four bytes may be two columns wide; better a short line
 * than a wrapped one.
 */
static size_t
fit(const char *s, size_t columns)
{
	size_t i = 0, len, wide;

	while (s[i] != '\0') {
		unsigned char c = (unsigned char)s[i];

		len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		wide = len < 3 ? 1 : 2;
		if (columns < wide)
			break;
		columns -= wide;
		i += len;
	}
	return i;
}

/* Compose the line for a terminal of this many columns. */
static void
compose(char line[LINE], const struct figures *f, size_t columns)
{
	char figures[4 * PIECE] = "";
	size_t len = 0, room, cut;

	for (unsigned i = 0; i < f->n; i++) {
		if (len + 2 + strlen(f->piece[i]) > columns)
			break;
		len += (size_t)snprintf(figures + len, sizeof(figures) - len,
		    "%s%s", len == 0 ? "" : "  ", f->piece[i]);
	}
	room = columns > len + 2 ? columns - len - 2 : 0;
	cut = fit(p.what, room);
	if (p.what[cut] == '\0')
		snprintf(line, LINE, "%s  %s", p.what, figures);
	else if (room < WHAT_LEAST)
		snprintf(line, LINE, "%s", figures);
	else
		snprintf(line, LINE, "%.*s...  %s",
		    (int)fit(p.what, room - 3), p.what, figures);
}

/* Leave the last column free: some terminals wrap once it is written. */
static size_t
terminal_columns(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
		return 79;
	return (size_t)size.ws_col - 1;
}

static bool
terminal(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term != NULL &&
	    strcmp(term, "dumb") != 0;
}

static void
show(bool as_status)
{
	struct figures f;
	char line[LINE];

	compute_figures(&f, clock_now() - p.start);
	compose(line, &f, as_status ? terminal_columns() : LINE - 1);
	if (as_status)
		say_status(line);
	else
		msg_answer("%s", line);
}

/* Update what is shown, if it is time. */
static void
refresh(void)
{
	double t = clock_now();

	/* Time while stopped does not count. */
	if (signals_continued()) {
		p.start += t - p.seen;
		p.next = t;
	}
	p.seen = t;
	if (signals_progress_asked())
		show(false);
	if (p.how == SILENT || t < p.next)
		return;
	p.next = t + (p.how == STATUS ? STATUS_EVERY : LINE_EVERY);
	show(p.how == STATUS);
}

void
progress_start(const char *what, uint64_t total, enum progress_when when,
    bool shared)
{
	snprintf(p.what, sizeof(p.what), "%s", what);
	utf8_clean(p.what);
	p.done = p.before = 0;
	p.total = total;
	p.flushing = false;
	p.start = p.seen = clock_now();
	p.next = p.start + PATIENCE;
	if (when == PROGRESS_NEVER)
		p.how = SILENT;
	else if (!shared && terminal())
		p.how = STATUS;
	else
		p.how = when == PROGRESS_ALWAYS ? LINES : SILENT;
	if (p.how == STATUS && when == PROGRESS_ALWAYS)
		p.next = p.start;
}

void
progress_continue(uint64_t done)
{
	p.done = p.before = done;
}

void
progress_update(uint64_t done)
{
	if (p.flushing)
		return;
	p.done = done;
	refresh();
}

/* Continue updates until the end.  Setting the clock changes how often. */
static void *
show_flush(void *unused)
{
	struct pollfd shown = { .fd = STDERR_FILENO, .events = POLLOUT };
	struct timespec t;

	pthread_mutex_lock(&lock);
	while (!p.flushed) {
		/* Never wait for a terminal here: no signal would end that. */
		if (poll(&shown, 1, 0) == 1)
			refresh();
		clock_gettime(CLOCK_REALTIME, &t);
		t.tv_nsec += FLUSH_TICK;
		t.tv_sec += t.tv_nsec / 1000000000L;
		t.tv_nsec %= 1000000000L;
		pthread_cond_timedwait(&end, &lock, &t);
	}
	pthread_mutex_unlock(&lock);
	return unused;
}

void
progress_flush(void)
{
	p.flushing = true;
	p.flushed = false;
	if (thread_start(&p.thread, 0, show_flush, NULL) != 0)
		p.flushing = false;
}

/* End the thread that updates. */
static void
end_flush(void)
{
	pthread_mutex_lock(&lock);
	p.flushed = true;
	pthread_cond_signal(&end);
	pthread_mutex_unlock(&lock);
	pthread_join(p.thread, NULL);
	p.flushing = false;
}

void
progress_end(void)
{
	if (p.flushing)
		end_flush();
	/* A log gets the final line, however early it is. */
	if (p.how == LINES)
		show(false);
	say_status("");
	p.how = SILENT;
}
