/* SPDX-License-Identifier: ISC */
/*
 * The backends that can be tested here.
 */
#ifndef USABLE_H
#define USABLE_H

#include "xts_backend.h"

/* NULL, or the reason to skip the backend's tests. */
const char *usable_not(const struct xts_backend *backend);

#endif
