/* SPDX-License-Identifier: ISC */
/*
 * The arguments of options, from text to struct options; false: not what the
 * option takes.
 */
#ifndef PARSE_H
#define PARSE_H

#include <stdbool.h>

#include "options.h"

bool parse_sector(struct options *o, const char *text);
bool parse_segment(struct options *o, const char *text);
bool parse_span(struct options *o, const char *text);
bool parse_length(struct options *o, const char *text);
bool parse_kdf(struct options *o, const char *text);
bool parse_passes(struct options *o, const char *text);
bool parse_memory(struct options *o, const char *text);
bool parse_max_memory(struct options *o, const char *text);
bool parse_slot(struct options *o, const char *text);
bool parse_name(struct options *o, const char *text);
bool parse_sparse(struct options *o, const char *text);
bool parse_progress(struct options *o, const char *text);
bool parse_passphrase_fd(struct options *o, const char *text);
bool parse_new_passphrase_fd(struct options *o, const char *text);
bool parse_threads(struct options *o, const char *text);

#endif
