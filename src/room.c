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

#ifdef __linux__
/*
 * File systems that the kernel answers for alone, not a server or a program.
 * sure: each byte written takes one that statvfs counts as free, without
 * compression or deduplication.
 */
static const struct local { unsigned long magic; bool sure; } locals[] = {
	{ 0xef53, true },	/* ext */
	{ 0x58465342, true },	/* XFS */
	{ 0x01021994, true },	/* tmpfs */
	{ 0x4d44, true },	/* FAT */
	{ 0x2011bab0, true },	/* exFAT */
	{ 0x9123683e, false },	/* btrfs */
	{ 0xf2f52010, false },	/* F2FS */
	{ 0, false }
};

/* Return the row of the file system that fd is on; the last one: none. */
static const struct local *
local_of(int fd)
{
	const struct local *l = locals;
	struct statfs fs;
	const bool known = fstatfs(fd, &fs) == 0;

	while (l->magic != 0 && (!known ||
	    l->magic != (unsigned long)fs.f_type))
		l++;
	return l;
}
#endif

bool
room_local(int fd)
{
#ifdef __linux__
	return local_of(fd)->magic != 0;
#else
	(void)fd;
	return false;
#endif
}

static bool
is_sure(int fd)
{
#ifdef __linux__
	return local_of(fd)->sure;
#else
	(void)fd;
	return false;
#endif
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
