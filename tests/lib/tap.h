/* SPDX-License-Identifier: ISC */
/*
 * The Test Anything Protocol, for test programs in C:
 *
 *	int
 *	main(void)
 *	{
 *		tap_plan(2);
 *		tap_ok(1 + 1 == 2, "one and one");
 *		tap_skip("no second CPU", "two at once");
 *		return tap_done();
 *	}
 *
 * Each file that includes it counts for itself, so tests are counted in the one
 * that has main; others may note and bail.  Descriptions need no number, no
 * newline and no '#'.
 */
#ifndef TAP_H
#define TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_planned = -1;
static int tap_run;
static int tap_failed;

#if defined(__GNUC__)
#define TAP_FORMAT(f, a) __attribute__((unused, format(printf, f, a)))
#else
#define TAP_FORMAT(f, a)
#endif

TAP_FORMAT(1, 2) static void tap_note(const char *fmt, ...);
TAP_FORMAT(2, 3) static bool tap_ok(bool good, const char *fmt, ...);
TAP_FORMAT(2, 3) static void tap_skip(const char *why, const char *fmt, ...);
TAP_FORMAT(1, 2) static void tap_bail(const char *fmt, ...);

/* Announce the number of tests; without this, tap_done prints the plan. */
static inline void
tap_plan(int n)
{
	/* A test that crashes must leave behind all that it has said. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	tap_planned = n;
	printf("1..%d\n", n);
}

/* A line for the reader of the log. */
static void
tap_note(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* One test; returns whether it was good, so that more can be said. */
static bool
tap_ok(bool good, const char *fmt, ...)
{
	va_list ap;

	if (!good)
		tap_failed++;
	printf("%sok %d - ", good ? "" : "not ", ++tap_run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	return good;
}

/* One test that this machine cannot run. */
static void
tap_skip(const char *why, const char *fmt, ...)
{
	va_list ap;

	printf("ok %d - ", ++tap_run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf(" # SKIP %s\n", why);
	fflush(stdout);
}

/* The test itself cannot go on: no file, no memory. */
static void
tap_bail(const char *fmt, ...)
{
	va_list ap;

	printf("Bail out! ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	exit(99);
}

/* The exit status: 0 when every test planned ran and was good. */
static inline int
tap_done(void)
{
	if (tap_planned < 0) {
		printf("1..%d\n", tap_run);
		tap_planned = tap_run;
	}
	fflush(stdout);
	return tap_failed != 0 || tap_run != tap_planned;
}

#endif
