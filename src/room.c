/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>
#include <sys/statvfs.h>
#ifdef __linux__
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "io.h"
#include "room.h"

bool
room_lasts(int fd)
{
#ifdef __linux__
	enum { TMPFS = 0x01021994, RAM = 1, LOOP = 7 };
	const unsigned long ramfs = 0x858458f6;
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISBLK(st.st_mode))
		return major(st.st_rdev) != RAM && major(st.st_rdev) != LOOP;
	return fstatfs(fd, &fs) != 0 || ((unsigned long)fs.f_type != TMPFS &&
	    (unsigned long)fs.f_type != ramfs);
#else
	(void)fd;
	return true;
#endif
}

/*
 * Does each byte written take one that statvfs counts as free?  Not with
 * compression or deduplication, nor where a server or a program answers.
 */
static bool
is_sure(int fd)
{
#ifdef __linux__
	static const unsigned long sure[] = { 0xef53, 0x58465342, 0x01021994,
	    0x4d44, 0x2011bab0 };	/* ext, XFS, tmpfs, FAT, exFAT */
	struct statfs fs;

	for (size_t i = 0; fstatfs(fd, &fs) == 0 &&
	    i < sizeof(sure) / sizeof(sure[0]); i++)
		if ((unsigned long)fs.f_type == sure[i])
			return true;
#else
	(void)fd;
#endif
	return false;
}

uint64_t
room_for(int fd)
{
	struct statvfs fs;
	struct stat st;
	uint64_t blocks;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    !is_sure(fd) || fstatvfs(fd, &fs) != 0 ||
	    fs.f_blocks == 0 || fs.f_frsize == 0)
		return IO_UNKNOWN;
	/* Count the reserve only for root, and what the file already has. */
	blocks = geteuid() == 0 ? fs.f_bfree : fs.f_bavail;
	if (blocks > INT64_MAX / fs.f_frsize)
		return IO_UNKNOWN;
	return blocks * fs.f_frsize + (uint64_t)st.st_blocks * 512;
}

int
room_reserve(int fd, uint64_t before, uint64_t size, uint64_t besides)
{
	int err = XC_OK;

#ifdef FALLOC_FL_KEEP_SIZE
	struct stat st;
	const bool holes = is_sure(fd) && fstat(fd, &st) == 0 &&
	    io_holes(&st) > 0;

	if (size <= before && !holes)
		return XC_OK;
	/* A hole that was filled stays so: others may write to it by then. */
	if (holes && size + besides > room_for(fd))
		return ENOSPC;
	while (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)size) != 0) {
		if (errno == EINTR)
			continue;
		if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
			err = errno;
		break;
	}
	/* ext4 keeps the blocks that it had found by then. */
	if (err != XC_OK)
		room_give_back(fd, before);
#else
	(void)fd;
	(void)before;
	(void)size;
	(void)besides;
#endif
	return err;
}

void
room_give_back(int fd, uint64_t before)
{
	struct stat st;

	/* Programs that take no lock may have added to it. */
	if (fstat(fd, &st) == 0 && (uint64_t)st.st_size == before)
		(void)!ftruncate(fd, (off_t)before);
}
