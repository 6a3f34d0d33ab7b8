/* SPDX-License-Identifier: ISC */
/*
 * The disk that a file is on: is it one, and has it room?
 */
#ifndef ROOM_H
#define ROOM_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Does the file or device open as fd survive a power cut?  false if it is in
 * memory, and of a loop device, where that is not known.
 */
bool room_lasts(int fd);

/*
 * Does the kernel answer for the file system of fd alone, and no server or
 * program?  Known of ext, XFS, btrfs, F2FS, FAT, exFAT and tmpfs, on Linux.
 */
bool room_local(int fd);

/*
 * Return how large the regular file open as fd can become on its disk;
 * IO_UNKNOWN if the system does not know for certain, or it is another kind of
 * file.
 */
uint64_t room_for(int fd);

/*
 * Reserve room for the first size bytes, if the file system can; the file keeps
 * its size, which is before.  Holes are filled where it is known that they take
 * room, and the disk has it for all of them and for besides bytes more.
 * Errors: ENOSPC; EDQUOT; EFBIG: nothing behind the end is reserved.
 */
int room_reserve(int fd, uint64_t before, uint64_t size, uint64_t besides);

/* Release that room, unless others have changed the file's size. */
void room_give_back(int fd, uint64_t before);

#endif
