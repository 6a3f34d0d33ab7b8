/* SPDX-License-Identifier: ISC */
/*
 * What libFuzzer calls, and how it is told of a fault.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void
fuzz_require(bool good)
{
	if (!good)
		abort();
}

#endif
