/* SPDX-License-Identifier: ISC */
/*
 * Messages: what is said of a failure, and what can be done about it.  say.h
 * has where they go.
 */
#ifndef MSG_H
#define MSG_H

#include "exit.h"

/* -q omits notes; -v adds details. */
enum msg_level { MSG_QUIET, MSG_NORMAL, MSG_VERBOSE };
void msg_level(enum msg_level level);

/*
 * Print "xtscrypt: " and one line, formatted as printf does.
 * Errors are always shown; hints, after "xtscrypt: hint: ", follow an error and
 * say what to do; notes are shown without -q, details with -v.
 */
void msg_error(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void msg_note(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void msg_detail(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

void msg_hint(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Print an answer that was asked for: shown with -q, too. */
#define msg_answer msg_error

/*
 * Report that file failed with err, with a hint if the same remedy fits every
 * call; return the exit code.  XC_E_STOPPED is not reported: the signal says
 * enough.  file may be NULL.
 */
int msg_fail(const char *file, int err);

/* Do msg_fail for a new file: -f does not overwrite an existing one. */
int msg_fail_new(const char *file, int err);

/*
 * Report, as msg_error does, that the state of a file or of the system does not
 * allow it.  Returns EXIT_SYSTEM.
 */
int msg_refuse(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Report a usage error, as msg_error does.  Returns EXIT_USAGE. */
int msg_usage(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

#endif
