/* SPDX-License-Identifier: ISC */
#ifndef CLOCK_H
#define CLOCK_H

/* Return seconds since an arbitrary moment: setting the clock has no effect. */
double clock_now(void);

#endif
