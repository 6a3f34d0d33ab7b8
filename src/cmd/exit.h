/* SPDX-License-Identifier: ISC */
/*
 * Exit codes: xtscrypt(1), "EXIT STATUS".
 */
#ifndef EXIT_H
#define EXIT_H

enum {
	EXIT_DONE = 0,
	EXIT_SYSTEM = 1,
	EXIT_USAGE = 2,
	EXIT_SECRET = 3,
	EXIT_HEADER = 4,
	EXIT_DATA = 5
};

/* Return the exit code for an error of the library. */
int exit_code(int err);

#endif
