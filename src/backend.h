/* SPDX-License-Identifier: ISC */
/*
 * The choice of backends of each kind: AES-XTS and Poly1305.
 */
#ifndef BACKEND_H
#define BACKEND_H

/*
 * Choose backends by their names, with a comma between two; of a kind that none
 * is named of, or if names is NULL, the fastest usable one.  Call it once,
 * before any thread.
 * Errors: XC_E_BACKEND: a name of none, or two of a kind; XC_E_CPU: this CPU
 * cannot run one; XC_E_SELFTEST.
 */
int backend_choose(const char *names);

#endif
