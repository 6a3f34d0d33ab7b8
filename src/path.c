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

/* Return a copy of path's dirname, with suffix; NULL: no memory. */
static char *
beside(const char *path, const char *suffix)
{
	char *copy = strdup(path), *result = NULL;
	const char *dir;
	size_t size;

	if (copy == NULL)
		return NULL;
	dir = dirname(copy);
	size = strlen(dir) + strlen(suffix) + 1;
	if ((result = malloc(size)) != NULL) {
		memcpy(result, dir, strlen(dir));
		memcpy(result + strlen(dir), suffix, strlen(suffix) + 1);
	}
	free(copy);
	return result;
}

const char *
path_word(const char *path, const char *otherwise)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:@_";

	return *path != '\0' && *path != '-' &&
	    path[strspn(path, plain)] == '\0' ? path : otherwise;
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
	char *dir = beside(path, "");
	struct stat st;
	int err;

	if (dir == NULL)
		return ENOMEM;
	err = stat(dir, &st) != 0 ? errno :
	    (st.st_mode & shared) != shared || owner == geteuid() ||
	    owner == st.st_uid ? 0 : EACCES;
	free(dir);
	return err;
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

/* Find the target of the symbolic link at path.  EINVAL: it is none. */
static int
follow(char **next, const char *path)
{
	char to[PATH_MAX + 1] = "/";
	uid_t owner = 0;
	int err = read_link(&owner, to + 1, PATH_MAX, path);

	if (err == 0)
		err = check_link_owner(path, owner);
	if (err != 0)
		return err;
	*next = to[1] == '/' ? strdup(to + 1) : beside(path, to);
	return *next == NULL ? ENOMEM : 0;
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
	char *dir;

	for (size_t i = 0; i < COUNT(standard); i++)
		if (strcmp(path, standard[i]) == 0)
			return (int)i;
	if (n < 0 || (dir = beside(path, "")) == NULL)
		return -1;
	for (size_t i = 0; i < COUNT(folders) && !found; i++)
		found = same_folder(dir, folders[i]);
	free(dir);
	return found ? n : -1;
}

int
path_follow(char **at, const char *path)
{
	char *next;
	int err = ELOOP;

	if ((*at = strdup(path)) == NULL)
		return ENOMEM;
	for (int i = 0; i < LINKS_MAX; i++) {
		/* Read as a link, it gives a former name of the file. */
		if (descriptor(*at) >= 0)
			return 0;
		err = follow(&next, *at);
		if (err == EINVAL || err == ENOENT)
			return 0;
		if (err != 0)
			break;
		free(*at);
		*at = next;
	}
	free(*at);
	*at = NULL;
	return err == 0 ? ELOOP : err;
}

int
path_beside(char **beside, const char *path, const char *suffix)
{
	char *at, *longer;
	int err = path_follow(&at, path);

	*beside = NULL;
	if (err != XC_OK)
		return err;
	longer = realloc(at, strlen(at) + strlen(suffix) + 1);
	if (longer == NULL) {
		free(at);
		return ENOMEM;
	}
	strcat(longer, suffix);
	*beside = longer;
	return XC_OK;
}

int
path_descriptor(const char *path)
{
	char *at;
	int n;

	if (path_follow(&at, path) != 0)
		return -1;
	n = descriptor(at);
	free(at);
	return n;
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
