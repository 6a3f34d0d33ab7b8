/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "path.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LINKS_MAX 40	/* symbolic links in a row, as the kernel counts them */

/* dirname of a string that stays as it is, then suffix; NULL: no memory. */
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

bool
path_names_folder(const char *path)
{
	size_t len = strlen(path);

	return len > 0 && path[len - 1] == '/';
}

/*
 * In a folder like /tmp, where everyone may write, a symbolic link leads where
 * whoever made it wants.  Linux can refuse to follow it; so do we, always.
 */
static bool
trusted(const char *path, uid_t owner)
{
	const mode_t shared = S_ISVTX | S_IWOTH;
	char *dir = beside(path, "");
	struct stat st;
	bool good = dir != NULL && stat(dir, &st) == 0 &&
	    ((st.st_mode & shared) != shared || owner == geteuid() ||
	    owner == st.st_uid);

	free(dir);
	return good;
}

/*
 * The owner of the symbolic link at path and what it says, of one and the same
 * link; -1, with errno EINVAL where it is none.
 */
static ssize_t
read_link(uid_t *owner, char *to, size_t size, const char *path)
{
	struct stat st;
	ssize_t n = -1;

	if (lstat(path, &st) != 0)
		return -1;
	errno = EINVAL;
	if (!S_ISLNK(st.st_mode))
		return -1;
#ifdef O_PATH
	int e, fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -1;
	errno = EINVAL;
	if (fstat(fd, &st) == 0 && S_ISLNK(st.st_mode))
		n = readlinkat(fd, "", to, size);
	e = errno;
	close(fd);
	errno = e;
#else
	n = readlink(path, to, size);
#endif
	*owner = st.st_uid;
	return n;
}

/* Where the symbolic link at path leads; NULL with EINVAL: it is none. */
static char *
follow(const char *path)
{
	char to[PATH_MAX + 1];
	uid_t owner;
	ssize_t n = read_link(&owner, to + 1, PATH_MAX - 1, path);

	if (n < 0)
		return NULL;
	if (!trusted(path, owner)) {
		errno = EACCES;
		return NULL;
	}
	to[0] = '/';
	to[n + 1] = '\0';
	return to[1] == '/' ? strdup(to + 1) : beside(path, to);
}

/* The number that s is, in digits and nothing else, or -1. */
static int
number(const char *s)
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

/* path_descriptor, of a name that is not followed. */
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
	int n = number(base == NULL ? path : base + 1);
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

char *
path_follow(const char *path)
{
	char *at = strdup(path), *next;
	int e = ELOOP;

	if (at == NULL)
		return NULL;
	for (int i = 0; i < LINKS_MAX; i++) {
		/* As a link it gives the name that the file once had. */
		if (descriptor(at) >= 0)
			return at;
		if ((next = follow(at)) == NULL) {
			if (errno == EINVAL || errno == ENOENT)
				return at;
			e = errno;
			break;
		}
		free(at);
		at = next;
	}
	free(at);
	errno = e;
	return NULL;
}

int
path_descriptor(const char *path)
{
	int e = errno, n;
	char *at = path_follow(path);

	n = at == NULL ? -1 : descriptor(at);
	free(at);
	errno = e;
	return n;
}
