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
#define LIST_MAX 65536

/* The sizes of a list's parts, and the tags of its entries. */
enum { LIST_HEAD = 4, LIST_ENTRY = 8 };
enum { ENTRY_USER = 0x02, ENTRY_GROUP_OBJ = 0x04, ENTRY_GROUP = 0x08,
    ENTRY_MASK = 0x10, ENTRY_OTHER = 0x20 };

/*
 * Return the bits of group and others that an entry of an access control list
 * leaves; most is what its mask allows.  Without the list, a user that it names
 * is in one of the two classes.  So is a group that it names; but of that, who
 * is in the file's own group has what either of the two is allowed.
 */
static mode_t
left_by(unsigned tag, mode_t allows, mode_t most)
{
	switch (tag) {
	case ENTRY_USER:
		return allows << 3 | (allows & most);
	case ENTRY_GROUP_OBJ:
		return allows << 3 | 0007;
	case ENTRY_GROUP:
		return 0070 | (allows & most);
	default:
		return 0077;
	}
}

/* Return the bits that all entries of a list leave. */
static mode_t
left_by_list(const uint8_t *acl, ssize_t len, mode_t most)
{
	mode_t left = 0777;

	for (ssize_t i = LIST_HEAD; i + LIST_ENTRY <= len; i += LIST_ENTRY)
		left &= ~(mode_t)0077 | left_by(bytes_load16(acl + i),
		    bytes_load16(acl + i + 2) & 0007, most);
	return left;
}

/* Return the bits of group and others of a file with this list. */
static mode_t
classes_of_list(const uint8_t *acl, ssize_t len)
{
	mode_t allows, group = 0, mask = 0, others = 0;
	bool masked = false;

	for (ssize_t i = LIST_HEAD; i + LIST_ENTRY <= len; i += LIST_ENTRY) {
		allows = bytes_load16(acl + i + 2) & 0007;
		switch (bytes_load16(acl + i)) {
		case ENTRY_GROUP_OBJ:
			group = allows;
			break;
		case ENTRY_MASK:
			mask = allows;
			masked = true;
			break;
		case ENTRY_OTHER:
			others = allows;
			break;
		}
	}
	return (masked ? mask : group) << 3 | others;
}
#endif

/*
 * Return the bits that the list which a folder gives to new files leaves to one
 * that keeps it, or that has none.
 */
static mode_t
left_by_folder(int folder, bool keeps)
{
	mode_t left = 0777;
#ifdef __linux__
	uint8_t acl[LIST_MAX];
	const ssize_t len = fgetxattr(folder, "system.posix_acl_default", acl,
	    sizeof(acl));

	if (len <= 0)
		return left;
	left = 0700 | classes_of_list(acl, len);
	if (!keeps)
		left &= left_by_list(acl, len, left >> 3 & 0007);
#else
	(void)folder, (void)keeps;
#endif
	return left;
}

void
permit_without_list(struct stat *st, int fd)
{
#ifdef __linux__
	uint8_t acl[LIST_MAX];
	const ssize_t len = fgetxattr(fd, LIST, acl, sizeof(acl));

	st->st_mode &= ~(mode_t)0777 | left_by_list(acl, len,
	    st->st_mode >> 3 & 0007);
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
permit_take_after(int fd, int folder, const struct stat *like)
{
	const mode_t mask = umask(0);
	mode_t left;
	struct stat narrow;

	umask(mask);
	left = left_by_folder(folder, like == NULL) & ~mask;
	if (like == NULL) {
		(void)!fchmod(fd, 0666 & left);
		return;
	}
	narrow = *like;
	narrow.st_mode &= left;
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
