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

#ifdef __linux__
#define LIST "system.posix_acl_access"

/*
 * Return the bits of group and others that an entry of an access control list
 * leaves; most is what its mask allows.  Without the list, a user that it names
 * is in one of the two classes.  So is a group that it names; but of that, who
 * is in the file's own group has what either of the two is allowed.
 */
static mode_t
left_by(unsigned tag, mode_t allows, mode_t most)
{
	enum { USER = 0x02, GROUP_OBJ = 0x04, GROUP = 0x08 };

	switch (tag) {
	case USER:
		return allows << 3 | (allows & most);
	case GROUP_OBJ:
		return allows << 3 | 0007;
	case GROUP:
		return 0070 | (allows & most);
	default:
		return 0077;
	}
}
#endif

void
permit_without_list(struct stat *st, int fd)
{
#ifdef __linux__
	enum { HEAD = 4, ENTRY = 8 };	/* sizes of a list's parts */
	const mode_t most = st->st_mode >> 3 & 0007;
	uint8_t acl[65536];
	ssize_t len = fgetxattr(fd, LIST, acl, sizeof(acl));

	for (ssize_t i = HEAD; i + ENTRY <= len; i += ENTRY)
		st->st_mode &= ~(mode_t)0077 | left_by(bytes_load16(acl + i),
		    bytes_load16(acl + i + 2) & 0007, most);
#else
	(void)st, (void)fd;
#endif
}

void
permit_like(int fd, const struct stat *like)
{
	mode_t mode = like->st_mode & 0777;

#ifdef __linux__
	/* The folder may have given it a list, which lets others read it. */
	(void)!fremovexattr(fd, LIST);
#endif
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
