/* SPDX-License-Identifier: ISC */
/*
 * Parsers of option arguments, from text to struct options; false: invalid for
 * the option.
 */
#ifndef OPTION_VALUE_H
#define OPTION_VALUE_H

#include <stdbool.h>

#include "options.h"

bool option_value_sector(struct options *o, const char *text);
bool option_value_segment(struct options *o, const char *text);
bool option_value_span_shift(struct options *o, const char *text);
bool option_value_span_index(struct options *o, const char *text);
bool option_value_offset(struct options *o, const char *text);
bool option_value_part(struct options *o, const char *text);
bool option_value_parts(struct options *o, const char *text);
bool option_value_length(struct options *o, const char *text);
bool option_value_kdf(struct options *o, const char *text);
bool option_value_passes(struct options *o, const char *text);
bool option_value_memory(struct options *o, const char *text);
bool option_value_max_memory(struct options *o, const char *text);
bool option_value_slot(struct options *o, const char *text);
bool option_value_name(struct options *o, const char *text);
bool option_value_sparse(struct options *o, const char *text);
bool option_value_progress(struct options *o, const char *text);
bool option_value_passphrase_fd(struct options *o, const char *text);
bool option_value_new_passphrase_fd(struct options *o, const char *text);
bool option_value_threads(struct options *o, const char *text);

#endif
