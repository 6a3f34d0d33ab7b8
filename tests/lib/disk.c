/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "fault.h"
#include "lab.h"

#define NAMES 8
#define FILES 8
#define BYTES 8192

/* Names, and what they stand for; a name of no length is free. */
struct disk {
	struct { char name[64]; ino_t ino; } names[NAMES];
	struct { ino_t ino; size_t len; uint8_t bytes[BYTES]; } files[FILES];
	size_t nfiles;
};

static struct disk before;
static struct fault_record changes[FAULT_RECORDS];

void
disk_put(const char *name, const uint8_t *bytes, size_t len)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	lab_must(fd >= 0 && write(fd, bytes, len) == (ssize_t)len,
	    "cannot write a file");
	close(fd);
}

/* Call f, if any, with each name in the directory; how many there are. */
static unsigned
each_name(void (*f)(const char *name))
{
	DIR *dir = opendir(".");
	struct dirent *d;
	unsigned n = 0;

	lab_must(dir != NULL, "no directory");
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		n++;
		if (f != NULL)
			f(d->d_name);
	}
	closedir(dir);
	return n;
}

static void
name_unlink(const char *name)
{
	unlink(name);
}

void
disk_clear(void)
{
	each_name(name_unlink);
}

unsigned
disk_count(void)
{
	return each_name(NULL);
}

static void
name_remove(struct disk *d, const char *name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(d->names[i].name, name) == 0)
			d->names[i].name[0] = '\0';
}

static void
name_set(struct disk *d, const char *name, ino_t ino)
{
	size_t i = 0;

	name_remove(d, name);
	while (i < NAMES && d->names[i].name[0] != '\0')
		i++;
	lab_must(i < NAMES, "too many names");
	snprintf(d->names[i].name, sizeof(d->names[i].name), "%s", name);
	d->names[i].ino = ino;
}

/* A file by its number; an empty one where it is new. */
static size_t
file_of(struct disk *d, ino_t ino)
{
	size_t i;

	for (i = 0; i < d->nfiles; i++)
		if (d->files[i].ino == ino)
			return i;
	lab_must(d->nfiles < FILES, "too many files");
	d->files[i].ino = ino;
	d->files[i].len = 0;
	d->nfiles++;
	return i;
}

static void
take(const char *name)
{
	struct disk *d = &before;
	int fd = open(name, O_RDONLY);
	struct stat st;
	ssize_t n;
	size_t f;

	lab_must(fd >= 0 && fstat(fd, &st) == 0, "cannot read a file");
	f = file_of(d, st.st_ino);
	n = read(fd, d->files[f].bytes, BYTES);
	lab_must(n >= 0 && n < BYTES, "too long a file");
	d->files[f].len = (size_t)n;
	name_set(d, name, st.st_ino);
	close(fd);
}

void
disk_begin(void)
{
	before = (struct disk){ .nfiles = 0 };
	each_name(take);
	fault_set((struct fault){ 0 });
}

/* The system may give a new file the number of one that is gone. */
static void
renumber(size_t from, size_t n)
{
	ino_t ino = changes[from].ino;

	for (size_t i = from; i < n; i++)
		if (changes[i].ino == ino)
			changes[i].ino = (ino_t)-1 - from;
}

size_t
disk_end(void)
{
	size_t n = fault_nrecords;

	lab_must(n < FAULT_RECORDS - 1, "too many changes");
	memcpy(changes, fault_records, sizeof(changes));
	for (size_t i = 0; i < n; i++)
		if (changes[i].change == FAULT_CREATED)
			renumber(i, n);
	return n;
}

/* Whether change i lasts once the first n are done. */
static bool
lasts(size_t i, size_t n)
{
	bool data = changes[i].change == FAULT_WRITTEN;

	for (size_t j = i + 1; j < n; j++) {
		if (!data && changes[j].change == FAULT_NAMES_SYNCED)
			return true;
		if (data && changes[j].change == FAULT_SYNCED &&
		    changes[j].ino == changes[i].ino)
			return true;
	}
	return changes[i].change == FAULT_SYNCED ||
	    changes[i].change == FAULT_NAMES_SYNCED;
}

unsigned
disk_loose(size_t n)
{
	unsigned loose = 0;

	for (size_t i = 0; i < n; i++)
		loose += !lasts(i, n);
	lab_must(loose < 10, "too much is never synced");
	return loose;
}

static ino_t
name_get(const struct disk *d, const char *name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(d->names[i].name, name) == 0)
			return d->names[i].ino;
	return 0;
}

static void
apply(struct disk *d, const struct fault_record *r, size_t most)
{
	size_t n = r->len < most ? r->len : most, f;

	if (r->change == FAULT_WRITTEN) {
		f = file_of(d, r->ino);
		lab_must(r->offset + n <= BYTES, "too long a file");
		memcpy(d->files[f].bytes + r->offset, r->bytes, n);
		if (d->files[f].len < r->offset + n)
			d->files[f].len = r->offset + n;
	} else if (r->change == FAULT_CREATED) {
		name_set(d, r->name, r->ino);
	} else if (r->change == FAULT_RENAMED) {
		name_remove(d, r->from);
		name_set(d, r->name, r->ino);
	} else if (r->change == FAULT_EXCHANGED) {
		name_set(d, r->from, name_get(d, r->name));
		name_set(d, r->name, r->ino);
	} else if (r->change == FAULT_REMOVED) {
		name_remove(d, r->name);
	}
}

void
disk_restore(size_t n, unsigned set, size_t torn)
{
	static struct disk d;
	unsigned bit = 0;
	size_t f;

	d = before;
	for (size_t i = 0; i < n; i++) {
		if (lasts(i, n))
			apply(&d, &changes[i], SIZE_MAX);
		else if ((set >> bit++ & 1) != 0)
			apply(&d, &changes[i], torn);
	}
	disk_clear();
	for (size_t i = 0; i < NAMES; i++) {
		if (d.names[i].name[0] == '\0')
			continue;
		f = file_of(&d, d.names[i].ino);
		disk_put(d.names[i].name, d.files[f].bytes, d.files[f].len);
	}
}
