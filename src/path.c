/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "path.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LINKS_MAX 40	/* symbolic links in a row, the kernel's limit */

/* No system call takes a longer name. */
static int
join(char to[PATH_MAX], const char *path, const char *suffix)
{
	if (strlen(path) + strlen(suffix) >= PATH_MAX)
		return ENAMETOOLONG;
	strcpy(to, path);
	strcat(to, suffix);
	return 0;
}

/* Find path's dirname, with suffix.  ENAMETOOLONG. */
static int
beside(char to[PATH_MAX], const char *path, const char *suffix)
{
	char copy[PATH_MAX];
	int err = join(copy, path, "");

	return err != 0 ? err : join(to, dirname(copy), suffix);
}

bool
path_names_folder(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[len - 1] == '/';
}

/*
 * In a folder like /tmp, where everyone may write, whoever created a symbolic
 * link decides where it leads.  Linux can refuse to follow it; we always do.
 */
static int
check_link_owner(const char *path, uid_t owner)
{
	const mode_t shared = S_ISVTX | S_IWOTH;
	char dir[PATH_MAX];
	struct stat st;
	int err = beside(dir, path, "");

	if (err != 0)
		return err;
	if (stat(dir, &st) != 0)
		return errno;
	return (st.st_mode & shared) != shared || owner == geteuid() ||
	    owner == st.st_uid ? 0 : EACCES;
}

/*
 * Read the symbolic link at path and its owner, without a race between the
 * two.  EINVAL: it is no symbolic link.
 */
static int
read_link(uid_t *owner, char *to, size_t size, const char *path)
{
	struct stat st;
	ssize_t n = -1;
	int err;

	if (lstat(path, &st) != 0)
		return errno;
	if (!S_ISLNK(st.st_mode))
		return EINVAL;
#ifdef O_PATH
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno;
	if (fstat(fd, &st) != 0)
		err = errno;
	else if (!S_ISLNK(st.st_mode))
		err = EINVAL;
	else
		err = (n = readlinkat(fd, "", to, size - 1)) < 0 ? errno : 0;
	close(fd);
#else
	err = (n = readlink(path, to, size - 1)) < 0 ? errno : 0;
#endif
	if (err != 0)
		return err;
	to[n] = '\0';
	*owner = st.st_uid;
	return 0;
}

/* Replace a symbolic link by its target.  EINVAL: it is none. */
static int
follow(char path[PATH_MAX])
{
	char to[PATH_MAX + 1] = "/";
	uid_t owner = 0;
	int err = read_link(&owner, to + 1, PATH_MAX, path);

	if (err == 0)
		err = check_link_owner(path, owner);
	if (err != 0)
		return err;
	return to[1] == '/' ? join(path, to + 1, "") : beside(path, path, to);
}

/* Parse a number in digits and nothing else; -1: it is none. */
static int
parse_descriptor(const char *s)
{
	size_t len = strlen(s);

	return len == 0 || len > 9 || strspn(s, "0123456789") < len ? -1 :
	    atoi(s);
}

static bool
same_folder(const char *a, const char *b)
{
	struct stat first, second;

	return strcmp(a, b) == 0 || (stat(a, &first) == 0 &&
	    stat(b, &second) == 0 && first.st_dev == second.st_dev &&
	    first.st_ino == second.st_ino);
}

/* Do path_descriptor for a name that is not followed. */
static int
descriptor(const char *path)
{
	static const char *const standard[] = {
		"/dev/stdin", "/dev/stdout", "/dev/stderr"
	};
	static const char *const folders[] = {
		"/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"
	};
	const char *base = strrchr(path, '/');
	int n = parse_descriptor(base == NULL ? path : base + 1);
	bool found = false;
	char dir[PATH_MAX];

	for (size_t i = 0; i < COUNT(standard); i++)
		if (strcmp(path, standard[i]) == 0)
			return (int)i;
	if (n < 0 || beside(dir, path, "") != 0)
		return -1;
	for (size_t i = 0; i < COUNT(folders) && !found; i++)
		found = same_folder(dir, folders[i]);
	return found ? n : -1;
}

/* Without memory, too: what is a descriptor must not pass for a file. */
static int
follow_all(char at[PATH_MAX], const char *path)
{
	int err = join(at, path, "");

	for (int i = 0; i < LINKS_MAX && err == 0; i++) {
		/* Read as a link, it gives a former name of the file. */
		if (descriptor(at) >= 0)
			return 0;
		err = follow(at);
		if (err == EINVAL || err == ENOENT)
			return 0;
	}
	return err == 0 ? ELOOP : err;
}

int
path_follow(char **at, const char *path)
{
	return path_beside(at, path, "");
}

int
path_beside(char **beside, const char *path, const char *suffix)
{
	char at[PATH_MAX];
	int err = follow_all(at, path);

	*beside = NULL;
	if (err != 0)
		return err;
	*beside = malloc(strlen(at) + strlen(suffix) + 1);
	if (*beside == NULL)
		return ENOMEM;
	strcpy(*beside, at);
	strcat(*beside, suffix);
	return XC_OK;
}

int
path_descriptor(const char *path)
{
	char at[PATH_MAX];

	return follow_all(at, path) == 0 ? descriptor(at) : -1;
}

int
path_holds(const char *path, int fd)
{
	struct stat here, opened;

	if (fstat(fd, &opened) != 0)
		return errno;
	if (stat(path, &here) != 0)
		return errno == ENOENT ? XC_E_REPLACED : errno;
	return here.st_dev == opened.st_dev && here.st_ino == opened.st_ino ?
	    XC_OK : XC_E_REPLACED;
}
