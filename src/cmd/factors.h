/* SPDX-License-Identifier: ISC */
/*
 * Passphrase, key file or both: what the slots of a file require, compared with
 * what the user gave.
 */
#ifndef FACTORS_H
#define FACTORS_H

#include "secret.h"

/* Return the factors that a source gives, before any is read. */
enum header_factors factors_given(const struct secret_source *source);

/*
 * Report what the slots require: no slot accepts what was given.  Returns
 * EXIT_SECRET.
 */
int factors_refuse(const struct opening *opening);

#endif
