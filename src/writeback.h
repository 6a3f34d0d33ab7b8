/* SPDX-License-Identifier: ISC */
/* Writing much that is to be durable soon. */
#ifndef WRITEBACK_H
#define WRITEBACK_H

#include <stddef.h>
#include <stdint.h>

#include "io.h"

/*
 * Write as io_write does, with the disk at work before the last byte is there.
 * Nothing is durable before io_sync_data.  Errors: io_write's.
 */
int writeback_write(const struct io *io, const uint8_t *buf, size_t len,
    uint64_t offset);

#endif
