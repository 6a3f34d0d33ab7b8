/* SPDX-License-Identifier: ISC */
#include <sys/types.h>
#ifdef __linux__
#include <sys/sysmacros.h>
#endif

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "holder.h"
#include "io.h"

#ifdef __linux__

#define TEXT_MAX (PATH_MAX + 64)	/* a path, or the swap spaces */
#define MOUNTS_MAX ((size_t)1 << 20)
#define CHAIN_MAX 8		/* devices, each on the one before */

/* Read a file of the kernel's; false: there is none. */
static bool
read_text(char *text, size_t size, const char *path)
{
	struct io io = { .size = IO_UNKNOWN };
	size_t got = 0;
	int err = io_open(&io.fd, path, O_RDONLY | O_NOCTTY | O_CLOEXEC, NULL);

	if (err == XC_OK) {
		err = io_read(&io, (uint8_t *)text, size - 1, 0, &got);
		close(io.fd);
	}
	text[err == XC_OK ? got : 0] = '\0';
	return err == XC_OK;
}

/* Read what one newline ends; the name of a file may have others. */
static bool
read_word(char *word, size_t size, const char *path)
{
	size_t len;

	if (!read_text(word, size, path))
		return false;
	len = strlen(word);
	if (len > 0 && word[len - 1] == '\n')
		word[len - 1] = '\0';
	return true;
}

/* Read the "MAJOR:MINOR" of a block device. */
static bool
read_device(struct stat *device, const char *path)
{
	char line[64], *rest;
	unsigned number;

	if (!read_word(line, sizeof(line), path))
		return false;
	number = (unsigned)strtoul(line, &rest, 10);
	if (*rest != ':')
		return false;
	*device = (struct stat){
		.st_mode = S_IFBLK,
		.st_rdev = makedev(number, (unsigned)strtoul(rest + 1, NULL,
		    10))
	};
	return true;
}

/* Decode \040, which is what the kernel writes for a space in a name. */
static void
unescape(char *name)
{
	char *to = name;

	for (const char *from = name; *from != '\0'; to++) {
		if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
			*to = (char)((from[1] - '0') * 64 +
			    (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static void
add(char who[HOLDER_MAX], const char *how, const char *name)
{
	size_t len = strlen(who);

	snprintf(who + len, HOLDER_MAX - len, "%s%s%s", len == 0 ? "" : ", ",
	    how, name);
}

/* Does path lead to the same file or device? */
static bool
is_same(const struct stat *file, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return false;
	if (S_ISBLK(file->st_mode))
		return S_ISBLK(st.st_mode) && st.st_rdev == file->st_rdev;
	return st.st_dev == file->st_dev && st.st_ino == file->st_ino;
}

static bool
is_swap(const struct stat *file)
{
	char text[TEXT_MAX], *rest = text, *line, *name;
	bool found = false;

	if (!read_text(text, sizeof(text), "/proc/swaps"))
		return false;
	while (!found && (line = strsep(&rest, "\n")) != NULL) {
		name = strsep(&line, " \t");
		unescape(name);
		found = *name == '/' && is_same(file, name);
	}
	return found;
}

/* Add where the device is mounted: word 5 of the line that has it as word 3. */
static void
add_mount(char who[HOLDER_MAX], const struct stat *device)
{
	char *text = malloc(MOUNTS_MAX), *rest = text, *line, *word = NULL;
	char wanted[64];
	bool found = false;

	snprintf(wanted, sizeof(wanted), "%u:%u", major(device->st_rdev),
	    minor(device->st_rdev));
	if (text == NULL || !read_text(text, MOUNTS_MAX,
	    "/proc/self/mountinfo"))
		rest = NULL;
	while (!found && (line = strsep(&rest, "\n")) != NULL) {
		for (int i = 0; i < 3; i++)
			word = strsep(&line, " ");
		found = word != NULL && strcmp(word, wanted) == 0;
	}
	if (found && strsep(&line, " ") != NULL &&
	    (word = strsep(&line, " ")) != NULL) {
		unescape(word);
		add(who, "mounted on ", word);
	}
	free(text);
}

/* Add what device mapper or md has made of the device, which is top then. */
static bool
add_upper(char who[HOLDER_MAX], struct stat *top)
{
	char path[128 + NAME_MAX], name[NAME_MAX + 1];
	const struct dirent *d;
	DIR *holders;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/holders",
	    major(top->st_rdev), minor(top->st_rdev));
	if ((holders = opendir(path)) == NULL)
		return false;
	while ((d = readdir(holders)) != NULL && d->d_name[0] == '.')
		;
	if (d != NULL) {
		snprintf(path, sizeof(path), "/sys/block/%s/dm/name",
		    d->d_name);
		if (read_word(name, sizeof(name), path))
			add(who, "mapped as /dev/mapper/", name);
		else
			add(who, "part of /dev/", d->d_name);
		snprintf(path, sizeof(path), "/sys/block/%s/dev", d->d_name);
		if (!read_device(top, path))
			d = NULL;
	}
	closedir(holders);
	return d != NULL;
}

/* Is the loop device of this name on the file? */
static bool
is_loop_on(const char *name, const struct stat *file)
{
	char path[64 + NAME_MAX], backing[TEXT_MAX];

	if (strncmp(name, "loop", 4) != 0)
		return false;
	snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file", name);
	return read_word(backing, sizeof(backing), path) &&
	    is_same(file, backing);
}

/* Add the loop device on a file, which is top then. */
static bool
add_loop(char who[HOLDER_MAX], struct stat *top)
{
	DIR *names = opendir("/sys/block");
	const struct dirent *d;
	char path[64 + NAME_MAX];

	if (names == NULL)
		return false;
	while ((d = readdir(names)) != NULL && !is_loop_on(d->d_name, top))
		;
	if (d != NULL) {
		add(who, "loop device /dev/", d->d_name);
		snprintf(path, sizeof(path), "/sys/block/%s/dev", d->d_name);
		if (!read_device(top, path))
			d = NULL;
	}
	closedir(names);
	return d != NULL;
}

bool
holder_find(char who[HOLDER_MAX], const struct stat *file)
{
	struct stat top = *file;
	bool more = true;

	*who = '\0';
	for (int i = 0; more && i < CHAIN_MAX; i++)
		more = S_ISBLK(top.st_mode) ? add_upper(who, &top) :
		    add_loop(who, &top);
	if (is_swap(&top))
		add(who, "swap space", "");
	else if (S_ISBLK(top.st_mode))
		add_mount(who, &top);
	return *who != '\0';
}

/* Find the disk that the device is a partition of; false: it is none. */
static bool
find_disk(struct stat *disk, const struct stat *device)
{
	char path[128], number[64];
	const unsigned n = major(device->st_rdev), m = minor(device->st_rdev);

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", n, m);
	if (!read_word(number, sizeof(number), path))
		return false;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", n, m);
	return read_device(disk, path);
}

bool
holder_shares(const struct stat *a, const struct stat *b)
{
	struct stat disk;

	return a->st_rdev == b->st_rdev ||
	    (find_disk(&disk, a) && disk.st_rdev == b->st_rdev) ||
	    (find_disk(&disk, b) && disk.st_rdev == a->st_rdev);
}

#else

bool
holder_find(char who[HOLDER_MAX], const struct stat *file)
{
	(void)file;
	*who = '\0';
	return false;
}

bool
holder_shares(const struct stat *a, const struct stat *b)
{
	return a->st_rdev == b->st_rdev;
}

#endif
