/* SPDX-License-Identifier: ISC */
/*
 * How fast this CPU's AES instructions are when nothing is in their way.
 */
#ifndef LIMIT_H
#define LIMIT_H

#include <stddef.h>

#define LIMIT_BATCH 65536	/* instructions that one call of run does */

struct limit {
	const char *backend;	/* whose limit it is, by its instructions */
	size_t blocks;		/* that one instruction works on */
	void (*run)(void);	/* a batch of instructions, independent */
};

extern const struct limit limits[];	/* ends with a backend that is NULL */

#endif
