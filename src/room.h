/* SPDX-License-Identifier: ISC */
/*
 * Room on the disk for what a file is to grow by, before it does.
 */
#ifndef ROOM_H
#define ROOM_H

#include <stdint.h>

/*
 * Reserve room for size bytes, if the file system can; the file keeps its size,
 * which is before.  Errors, with none reserved: ENOSPC; EDQUOT; EFBIG.
 */
int room_reserve(int fd, uint64_t before, uint64_t size);

/* Give it back, unless others have changed the file's size. */
void room_give_back(int fd, uint64_t before);

#endif
