/* SPDX-License-Identifier: ISC */
/*
 * A file in the working directory whose header is changed: its name, three
 * generations of the header, and the payload behind them.
 */
#ifndef HEADERS_H
#define HEADERS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "headerfile.h"

#define HEADERS_NAME "sealed"
#define HEADERS_PAYLOAD 100
#define HEADERS_SIZE (HEADER_BYTES + HEADERS_PAYLOAD)

extern uint8_t headers_old[HEADER_BYTES], headers_new[HEADER_BYTES];
extern uint8_t headers_newer[HEADER_BYTES], headers_payload[HEADERS_PAYLOAD];

/* Make them. */
void headers_make(void);

/*
 * The bytes of the file with the old header, damaged or not, and this many of
 * its payload; returns how many in all.
 */
size_t headers_bytes(uint8_t bytes[HEADERS_SIZE], size_t payload, bool damaged);

/* Up to size bytes of any file; -1: there is none. */
ssize_t headers_get(const char *name, uint8_t *bytes, size_t size);

/* What every command does that changes a header. */
int headers_change(const uint8_t bytes[HEADER_BYTES]);

/* The header that a reader finds: 1, 2, 3; or 0. */
int headers_opens(void);

#endif
