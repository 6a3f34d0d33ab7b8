/* SPDX-License-Identifier: ISC */
/*
 * Printing of answers for people, on standard output.
 */
#ifndef SHOW_H
#define SHOW_H

#include <stdbool.h>

#include "header.h"

/* Print a file's name, without what a terminal would act on. */
void show_name(const char *name);

/* Print one line for each slot in use. */
void show_slots(const struct header *header);

/* End the output.  EXIT_SYSTEM, reported: not all of it was written. */
int show_end(void);

#endif
