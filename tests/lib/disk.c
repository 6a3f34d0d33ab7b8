/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "fault.h"
#include "lab.h"

#define NAMES 12
#define FILES 16
#define BYTES 98304

/* Names and their files; a name of no length is free. */
struct disk {
	struct { char name[64]; ino_t ino; } names[NAMES];
	struct { ino_t ino; size_t len; uint8_t bytes[BYTES]; } files[FILES];
	size_t nfiles;
};

/* What there was, and what was changed since; of some, one upon the other. */
struct log {
	struct disk before;
	struct fault_record changes[FAULT_RECORDS];
	size_t n;
	struct log *under;
	ino_t trusted;
};

static struct log *top;

static struct { const char *name; size_t to; } trusted;

void
disk_trust(const char *name, size_t to)
{
	trusted.name = name;
	trusted.to = to;
}

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
	struct disk *d = &top->before;
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
	if (trusted.name != NULL && strcmp(name, trusted.name) == 0)
		top->trusted = st.st_ino;
	close(fd);
}

static void
forget_changes(struct log *log)
{
	for (size_t i = 0; i < log->n; i++)
		free(log->changes[i].bytes);
	log->n = 0;
}

void
disk_push(void)
{
	struct log *log = malloc(sizeof(*log));

	lab_must(log != NULL, "no memory");
	log->n = 0;
	log->under = top;
	log->trusted = 0;
	top = log;
}

void
disk_pop(void)
{
	struct log *log = top;

	top = log->under;
	forget_changes(log);
	free(log);
}

void
disk_begin(void)
{
	if (top == NULL)
		disk_push();
	forget_changes(top);
	top->before.nfiles = 0;
	for (size_t i = 0; i < NAMES; i++)
		top->before.names[i].name[0] = '\0';
	each_name(take);
	fault_set((struct fault){ 0 });
}

/* The system may give a new file the number of a removed one. */
static void
renumber(size_t from, size_t n)
{
	ino_t ino = top->changes[from].ino;

	for (size_t i = from; i < n; i++)
		if (top->changes[i].ino == ino)
			top->changes[i].ino = (ino_t)-1 - from;
}

size_t
disk_end(void)
{
	size_t n = fault_nrecords;

	lab_must(n < FAULT_RECORDS - 1, "too many changes");
	memcpy(top->changes, fault_records, sizeof(top->changes));
	/* They are freed here now. */
	memset(fault_records, 0, sizeof(fault_records));
	fault_nrecords = 0;
	for (size_t i = 0; i < n; i++)
		if (top->changes[i].change == FAULT_CREATED)
			renumber(i, n);
	top->n = n;
	return n;
}

/* Return whether change i lasts once the first n are done. */
static bool
lasts(size_t i, size_t n)
{
	bool data = top->changes[i].change == FAULT_WRITTEN ||
	    top->changes[i].change == FAULT_TRUNCATED;

	for (size_t j = i + 1; j < n; j++) {
		if (!data && top->changes[j].change == FAULT_NAMES_SYNCED)
			return true;
		if (data && top->changes[j].change == FAULT_SYNCED &&
		    top->changes[j].ino == top->changes[i].ino)
			return true;
	}
	return top->changes[i].change == FAULT_SYNCED ||
	    top->changes[i].change == FAULT_NAMES_SYNCED;
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

/* Make it longer, with zeros. */
static void
reach(struct disk *d, size_t f, size_t len)
{
	lab_must(len <= BYTES, "too long a file");
	if (d->files[f].len >= len)
		return;
	memset(d->files[f].bytes + d->files[f].len, 0,
	    len - d->files[f].len);
	d->files[f].len = len;
}

static void
write_at(struct disk *d, const struct fault_record *r, size_t from, size_t to)
{
	size_t f = file_of(d, r->ino);

	reach(d, f, r->offset + to);
	memcpy(d->files[f].bytes + r->offset + from, r->bytes + from,
	    to - from);
}

static void
apply(struct disk *d, const struct fault_record *r, size_t most)
{
	size_t f;

	if (r->change == FAULT_WRITTEN) {
		write_at(d, r, 0, r->len < most ? r->len : most);
	} else if (r->change == FAULT_TRUNCATED) {
		f = file_of(d, r->ino);
		reach(d, f, r->len);
		d->files[f].len = r->len;
	} else if (r->change == FAULT_CREATED || r->change == FAULT_LINKED) {
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

/* Make the files of the working directory those of d. */
static void
lay_out(struct disk *d)
{
	size_t f;

	disk_clear();
	for (size_t i = 0; i < NAMES; i++) {
		if (d->names[i].name[0] == '\0')
			continue;
		f = file_of(d, d->names[i].ino);
		disk_put(d->names[i].name, d->files[f].bytes, d->files[f].len);
	}
}

void
disk_restore(size_t n, unsigned set, size_t torn)
{
	static struct disk d;
	unsigned bit = 0;

	d = top->before;
	for (size_t i = 0; i < n; i++) {
		if (lasts(i, n))
			apply(&d, &top->changes[i], SIZE_MAX);
		else if ((set >> bit++ & 1) != 0)
			apply(&d, &top->changes[i], torn);
	}
	lay_out(&d);
}

/* Make all of a sector noise, also what was not written of it. */
static void
tear(struct disk *d, size_t f, size_t at)
{
	size_t i = at - at % DISK_SECTOR, end = i + DISK_SECTOR;

	for (; i < end && i < d->files[f].len; i++)
		d->files[f].bytes[i] ^= (uint8_t)(i | 1);
}

/* A write of which each sector is there, or not, or is torn. */
static void
apply_sectors(struct disk *d, const struct fault_record *r,
    unsigned (*choose)(unsigned n))
{
	size_t at, next, f = file_of(d, r->ino);
	unsigned c;

	for (at = 0; at < r->len; at = next) {
		next = at + DISK_SECTOR - (r->offset + at) % DISK_SECTOR;
		if (next > r->len)
			next = r->len;
		if ((c = choose(r->ino == top->trusted &&
		    r->offset + at < trusted.to ? 2 : 3)) == 0)
			continue;
		write_at(d, r, at, next);
		if (c == 2)
			tear(d, f, r->offset + at);
	}
}

void
disk_crash(size_t n, unsigned (*choose)(unsigned n))
{
	static struct disk d;

	d = top->before;
	for (size_t i = 0; i < n; i++) {
		const struct fault_record *r = &top->changes[i];

		if (lasts(i, n))
			apply(&d, r, SIZE_MAX);
		else if (r->change == FAULT_WRITTEN)
			apply_sectors(&d, r, choose);
		else if (choose(2) != 0)
			apply(&d, r, SIZE_MAX);
	}
	lay_out(&d);
}

const struct fault_record *
disk_change(size_t i)
{
	return &top->changes[i];
}

void
disk_move(size_t i, size_t to)
{
	struct fault_record r = top->changes[i];
	const size_t least = i < to ? i : to, most = i < to ? to : i;

	memmove(&top->changes[least + (i > to)], &top->changes[least +
	    (i < to)], (most - least) * sizeof(r));
	top->changes[to] = r;
}

void
disk_drop(size_t i)
{
	disk_move(i, top->n - 1);
	free(top->changes[--top->n].bytes);
}
