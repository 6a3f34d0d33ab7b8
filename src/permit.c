/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "bytes.h"
#include "permit.h"

/* Give fd the group of like; false: it keeps another. */
static bool
take_group(int fd, const struct stat *like)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (st.st_gid == like->st_gid ||
	    fchown(fd, (uid_t)-1, like->st_gid) == 0);
}

void
permit_own_group(struct stat *st, int fd)
{
#ifdef __linux__
	/* Sizes of an ACL's header and entries; the tag of the group's. */
	enum { HEAD = 4, ENTRY = 8, GROUP_OBJ = 0x04 };
	static const char *const name = "system.posix_acl_access";
	uint8_t acl[65536];
	ssize_t len = fgetxattr(fd, name, acl, sizeof(acl));

	for (ssize_t i = HEAD; i + ENTRY <= len; i += ENTRY) {
		if (bytes_load16(acl + i) != GROUP_OBJ)
			continue;
		st->st_mode &= ~(mode_t)0070 |
		    (mode_t)(bytes_load16(acl + i + 2) & 7) << 3;
	}
#else
	(void)st, (void)fd;
#endif
}

void
permit_like(int fd, const struct stat *like)
{
	mode_t mode = like->st_mode & 0777;

	/*
	 * With another group a user may fall into either class: allow only what
	 * both had.
	 */
	if (!take_group(fd, like))
		mode &= 0700 | (mode & 0070) >> 3 | (mode & 0007) << 3;
	(void)!fchmod(fd, mode);
}

void
permit_take_after(int fd, const struct stat *like)
{
	mode_t mask = umask(0);
	struct stat narrow;

	umask(mask);
	if (like == NULL) {
		(void)!fchmod(fd, 0666 & ~mask);
		return;
	}
	narrow = *like;
	narrow.st_mode &= ~mask;
	permit_like(fd, &narrow);
#ifdef __APPLE__
	const struct timespec times[2] = {
		like->st_atimespec, like->st_mtimespec
	};
#else
	const struct timespec times[2] = { like->st_atim, like->st_mtim };
#endif
	(void)!futimens(fd, times);
}
