/* SPDX-License-Identifier: ISC */
/*
 * The parts that --parts-done finds missing or damaged.
 */
#ifndef MISSING_H
#define MISSING_H

#include <stdint.h>

#include "layout.h"

struct missing {
	const struct layout *layout;
	uint64_t length;	/* of the plaintext */
	uint32_t n;		/* parts that the next has a bit for */
	uint8_t *bits;
};

/*
 * Begin with none of n parts; fewer if that is too many.  missing_end is due in
 * any case.  Returns 0 or ENOMEM.
 */
int missing_begin(struct missing *m, const struct layout *layout,
    uint64_t length, uint64_t n);
void missing_end(struct missing *m);

/* Add the parts of the bytes from..to-1 of the plaintext. */
void missing_add(struct missing *m, uint64_t from, uint64_t to);

/*
 * Report them, as a job array takes them; of very many, the first.  The command
 * that writes one again is in the hint.  Returns EXIT_DATA.
 */
int missing_tell(const struct missing *m, const char *name,
    const char *command);

#endif
