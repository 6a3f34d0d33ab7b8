/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_H
#define CLOCK_H

/* Seconds since some moment, whatever is done to the clock. */
double clock_now(void);

#endif
