/* SPDX-License-Identifier: ISC */
/*
 * What commands print for people on standard output.
 */
#ifndef SHOW_H
#define SHOW_H

#include "header.h"

/* A file's name, without what a terminal would act on. */
void show_name(const char *name);

/* One line for each slot that is used. */
void show_slots(const struct header *header);

/* The end of the output: EXIT_SYSTEM, told, where not all of it was written. */
int show_end(void);

#endif
