/* SPDX-License-Identifier: ISC */
/*
 * Every byte that xtscrypt writes to standard error.
 */
#ifndef MSG_H
#define MSG_H

#include "exit.h"

/* -q leaves out notes; -v adds details. */
enum msg_level { MSG_QUIET, MSG_NORMAL, MSG_VERBOSE };
void msg_level(enum msg_level level);

/*
 * "xtscrypt: " and one line, formatted as printf does.  Bytes that a terminal
 * would act on are shown as "?".
 * An error is always shown; a hint, "xtscrypt: hint: ", follows an error and
 * says what to do; a note is shown without -q; a detail with -v.
 */
void msg_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void msg_note(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void msg_detail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

void msg_hint(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* An answer that was asked for is shown with -q, too. */
#define msg_answer msg_error

/*
 * Say that file failed with err, and give a hint where there is something to do
 * whatever the call was; return the exit code for it.  XC_E_STOPPED is
 * not told: the signal says enough.  file may be NULL.
 */
int msg_fail(const char *file, int err);

/* As msg_fail, of a new file: -f does not overwrite what has its name. */
int msg_fail_new(const char *file, int err);

/*
 * A refusal for the state of a file or of the system, reported as msg_error
 * does.  Returns EXIT_SYSTEM.
 */
int msg_refuse(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* A usage error, told as msg_error does.  Returns EXIT_USAGE. */
int msg_usage(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/*
 * The status line, which the next message or line overwrites; only for a
 * terminal.  An empty line takes it away.
 */
void msg_status(const char *line);

/*
 * Replace what a terminal would act on by "?", in place: all of the messages
 * have been through this.  The rest is UTF-8.
 */
void msg_clean(char *string);

#endif
