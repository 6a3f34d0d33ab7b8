/* SPDX-License-Identifier: ISC */
/*
 * The choice of a backend for Poly1305.
 */
#ifndef POLY1305_H
#define POLY1305_H

#include "err.h"
#include "poly1305_backend.h"

/*
 * Choose the backend called name, or the fastest usable one if name is NULL,
 * for all later calls, after a known-answer test.  Call it once, before any
 * thread; until then libsodium's is in use.
 * Errors: XC_E_BACKEND: no such name; XC_E_CPU: this CPU cannot run it;
 * XC_E_SELFTEST.
 */
int poly1305_choose(const char *name);

/* Return the chosen backend. */
const struct poly1305_backend *poly1305_chosen(void);

#endif
