/* SPDX-License-Identifier: ISC */
/*
 * The choice of backends of each kind: AES-XTS and Poly1305.
 */
#ifndef BACKEND_H
#define BACKEND_H

/*
 * Choose a backend of each kind, for all later calls, after a known-answer
 * test: the one in names, which has at most one of each, separated by commas;
 * or the fastest usable one, of both if names is NULL.  Call it once, before
 * any thread.
 * Errors: XC_E_BACKEND: an unknown name, or two of one kind; XC_E_CPU: this
 * CPU cannot run one of them; XC_E_SELFTEST.
 */
int backend_choose(const char *names);

#endif
