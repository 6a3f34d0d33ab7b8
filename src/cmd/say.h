/* SPDX-License-Identifier: ISC */
/*
 * Every byte that xtscrypt writes to standard error.  Another program with the
 * same messages has a say_line of its own.
 */
#ifndef SAY_H
#define SAY_H

#include <stdarg.h>

enum say_kind { SAY_ERROR, SAY_HINT, SAY_NOTE, SAY_DETAIL };

/*
 * Print "xtscrypt: ", "hint: " before a hint, and one line, formatted as
 * vprintf does.  Bytes that a terminal would act on are shown as "?".
 */
void say_line(enum say_kind kind, const char *format, va_list ap)
    __attribute__((format(printf, 2, 0)));

/*
 * Compose such a line now, which say_kept prints later, and may do so in the
 * handler of a signal.
 */
void say_keep(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
void say_kept(void);

/*
 * Show a status line on a terminal; the next message or status line overwrites
 * it, and an empty one erases it.
 */
void say_status(const char *line);

#endif
