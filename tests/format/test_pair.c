/* SPDX-License-Identifier: ISC */
/*
 * A payload and its detached header are replaced, interrupted at every step: by
 * a program that dies, by a call that fails, by power that goes.  Always the
 * payload that is there has its header.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "fault.h"
#include "lab.h"
#include "lock.h"
#include "pair.h"
#include "tap.h"

#define DATA "data"
#define HEADER "header"
#define BYTES 5000	/* more than names are made from */
#define STEPS_MAX 96

struct pair {
	uint8_t header[HEADER_BYTES];
	uint8_t data[BYTES];
};

static struct pair old, new;

/* What there is before: of the old pair both, or the header alone. */
static const struct scene {
	const char *what;
	bool data;
	int no_renameat2;	/* as in struct fault */
	int no_link;
} scenes[] = {
	{ "both replaced", true, 0, 0 },
	{ "only the header replaced", false, 0, 0 },
	{ "both replaced by means of a link", true, ENOSYS, 0 },
	{ "both replaced without any of them", true, EINVAL, EPERM }
};

static void
make_pair(struct pair *p, uint8_t first)
{
	struct layout l = LAYOUT_DEFAULT;
	struct header h;
	struct key *key;

	lab_header(&h, &key, &l, BYTES - LAYOUT_RECORD);
	key_mac_header(p->header, &h, key);
	key_free(key);
	lab_pattern(p->data, sizeof(p->data));
	p->data[0] = first;
}

static bool
holds(const char *name, const uint8_t *bytes, size_t len)
{
	uint8_t got[BYTES + 1];
	int fd = open(name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, got, sizeof(got));
	close(fd);
	return n == (ssize_t)len && memcmp(got, bytes, len) == 0;
}

/* The header that a reader of this data takes. */
static bool
reads(const struct pair *p)
{
	char name[sizeof(PAIR_WAITING)];
	struct headerfile hf;

	if (!holds(DATA, p->data, BYTES))
		return false;
	if (pair_find(&hf, name, HEADER, p->data, PAIR_FRONT) == XC_OK)
		return memcmp(hf.bytes, p->header, HEADER_BYTES) == 0;
	return holds(HEADER, p->header, HEADER_BYTES);
}

/* That it is right by itself. */
static bool
stands(const struct scene *s, const struct pair *p)
{
	return holds(HEADER, p->header, HEADER_BYTES) && (p == &new || s->data ?
	    holds(DATA, p->data, BYTES) : access(DATA, F_OK) != 0);
}

static void
set_up(const struct scene *s)
{
	disk_clear();
	disk_put(HEADER, old.header, HEADER_BYTES);
	if (s->data)
		disk_put(DATA, old.data, BYTES);
}

static int
write_both(struct output *data, struct output *header)
{
	int err = output_open(data, DATA, OUTPUT_REPLACE, NULL);

	if (err == XC_OK)
		err = output_open(header, HEADER, OUTPUT_REPLACE, NULL);
	/* No more at once than the record of a change holds. */
	if (err == XC_OK)
		err = io_write(&data->io, new.data, PAIR_FRONT, 0);
	if (err == XC_OK)
		err = io_write(&data->io, new.data + PAIR_FRONT,
		    BYTES - PAIR_FRONT, PAIR_FRONT);
	if (err == XC_OK)
		err = io_write(&header->io, new.header, HEADER_BYTES, 0);
	if (err == XC_OK)
		err = output_settle(data, BYTES, NULL);
	return err == XC_OK ? output_settle(header, HEADER_BYTES, NULL) : err;
}

/* What encrypt -f -H does. */
static int
replace_both(void)
{
	struct output data = { 0 }, header = { 0 };
	int err = write_both(&data, &header);

	if (err == XC_OK)
		err = pair_place(&data, &header).code;
	output_abort(&data);
	output_abort(&header);
	return err;
}

/* The next command finds the right header, and can do it again. */
static bool
recovers(const struct scene *s)
{
	bool good = reads(&new) || reads(&old) || stands(s, &old);

	if (!good)
		tap_note("the data has no header");
	fault_set((struct fault){ 0 });
	if (replace_both() == XC_OK && stands(s, &new) && reads(&new))
		return good;
	tap_note("it cannot be done again");
	return false;
}

static void
test_deaths(const struct scene *s)
{
	unsigned step = 0, bad = 0, split = 0;
	bool done = false;

	while (!done && step < STEPS_MAX) {
		step++;
		set_up(s);
		done = fault_survives((struct fault){ .at = step,
		    .no_renameat2 = s->no_renameat2, .no_link = s->no_link },
		    replace_both);
		split += reads(&new) && !stands(s, &new);
		if (done)
			bad += !stands(s, &new) || disk_count() != 2;
		if (recovers(s))
			continue;
		tap_note("dead at step %u", step);
		bad++;
	}
	tap_ok(bad == 0 && done && step > 10, "%s: dead at each of %u steps",
	    s->what, step - 1);
	tap_ok(split > 0, "between the two names, too");
}

/*
 * After a failure both are the old ones, and nothing else is left; or both the
 * new ones, where the folder alone could not be synced.  What cannot be put
 * back has its header all the same.
 */
static bool
is_whole(const struct scene *s, const struct fault *did, int err)
{
	if (err == XC_OK)
		return stands(s, &new);
	if (stands(s, &old))
		return disk_count() == 1U + s->data ||
		    did->hit == FAULT_UNLINK;
	if (did->hit == FAULT_FSYNC && stands(s, &new))
		return true;
	return s->no_link != 0 && reads(&new);
}

static void
test_failures(const struct scene *s)
{
	static const int errors[] = { EIO, EPERM, EBUSY };
	unsigned step = 0, bad = 0;
	bool done = false;

	while (!done && step < STEPS_MAX) {
		step++;
		for (size_t i = 0; i < LAB_COUNT(errors); i++) {
			struct fault did;
			int err;

			set_up(s);
			fault_set((struct fault){ .at = step,
			    .error = errors[i], .no_link = s->no_link,
			    .no_renameat2 = s->no_renameat2 });
			err = replace_both();
			did = fault;
			done = did.calls < step;
			if (is_whole(s, &did, err) && recovers(s))
				continue;
			tap_note("call %u (kind %d) fails: error %d", step,
			    (int)did.hit, (int)err);
			bad++;
		}
	}
	tap_ok(bad == 0 && done && step > 10, "%s: each of %u calls fails",
	    s->what, step - 1);
}

static const uint8_t third[] = "third";
static bool came;

/* Another program replaces the new data as soon as that has its name. */
static void
replace_data(void)
{
	if (came || !holds(DATA, new.data, BYTES))
		return;
	came = true;
	lab_must(unlink(DATA) == 0, "no data");
	disk_put(DATA, third, sizeof(third));
}

/* The header cannot get its name then. */
static void
test_replaced_data(const struct scene *s)
{
	unsigned step = 0, bad = 0, tried = 0;
	struct fault did;
	int err;

	do {
		came = false;
		set_up(s);
		fault_set((struct fault){ .at = ++step, .error = EIO,
		    .no_renameat2 = s->no_renameat2, .no_link = s->no_link,
		    .before_name = replace_data });
		err = replace_both();
		did = fault;
		if (!came || did.hit != FAULT_RENAME)
			continue;
		tried++;
		bad += err != EIO || !holds(DATA, third, sizeof(third)) ||
		    !holds(HEADER, old.header, HEADER_BYTES) ||
		    disk_count() != 2;
	} while (did.calls >= step);
	fault_set((struct fault){ 0 });
	tap_ok(bad == 0 && tried > 0, "%s: data that came meanwhile stays",
	    s->what);
}

static void
test_power(const struct scene *s)
{
	unsigned bad = 0, states = 0;
	size_t n;
	int err;

	set_up(s);
	disk_begin();
	err = replace_both();
	n = disk_end();
	for (size_t i = 0; i <= n; i++)
		for (unsigned set = 0; set < 1U << disk_loose(i); set++) {
			disk_restore(i, set, 512);
			states++;
			if (recovers(s))
				continue;
			tap_note("after %zu changes, loose ones %x", i, set);
			bad++;
		}
	tap_ok(err == XC_OK && bad == 0 && n > 6,
	    "%s: power gone, %u states of the disk", s->what, states);
}

static void
test_lock(void)
{
	struct output a, b;
	int first = -1, second = -1, none = -1;

	set_up(&scenes[0]);
	lab_must(output_open(&a, HEADER, OUTPUT_REPLACE, NULL) == XC_OK &&
	    output_open(&b, HEADER, OUTPUT_REPLACE, NULL) == XC_OK,
	    "no output");
	tap_ok(pair_lock(&first, &a) == XC_OK &&
	    pair_lock(&second, &b) == XC_E_BUSY, "one at a time");
	close(second);
	lab_must(output_commit(&a, 0, NULL) == XC_OK, "no commit");
	close(first);
	tap_ok(pair_lock(&second, &b) == XC_OK, "then the next");
	close(second);
	output_abort(&b);
	lab_must(output_open(&a, "another", OUTPUT_REPLACE, NULL) == XC_OK,
	    "no output");
	tap_ok(pair_lock(&none, &a) == XC_OK && none == -1,
	    "a new file needs none");
	output_abort(&a);
}

/* Another program, as it is when a header is about to get its name. */
static struct other {
	bool locks;
	int lock;
} other;

static void
interfere(void)
{
	fault.before_name = NULL;
	disk_put(HEADER, old.header, HEADER_BYTES);
	if (other.locks) {
		other.lock = open(HEADER, O_RDWR);
		lab_must(other.lock >= 0 && lock_file(other.lock) == XC_OK,
		    "no lock");
	} else {
		disk_put(DATA, old.data, BYTES);
	}
}

static struct err
place_amid(struct other o, unsigned flags)
{
	struct output data = { 0 }, header = { 0 };
	struct err err;

	disk_clear();
	other = o;
	fault_set((struct fault){ .before_name = interfere });
	lab_must(write_both(&data, &header) == XC_OK, "no outputs");
	header.flags = data.flags = flags;
	err = pair_place(&data, &header);
	output_abort(&header);
	output_abort(&data);
	fault_set((struct fault){ .at = 0 });
	return err;
}

/* A new pair, of names that another program gives to its own meanwhile. */
static void
test_appeared(void)
{
	struct err err = place_amid((struct other){ 0 }, OUTPUT_REPLACE);

	tap_ok(err.code == XC_OK && stands(&scenes[0], &new),
	    "a pair that appears is replaced");
	err = place_amid((struct other){ 0 }, 0);
	tap_ok(err.code == XC_E_EXISTS && err.file == ERR_HEADER &&
	    stands(&scenes[0], &old), "or kept");
	err = place_amid((struct other){ .locks = true }, OUTPUT_REPLACE);
	tap_ok(err.code == XC_E_BUSY && err.file == ERR_HEADER &&
	    stands(&scenes[1], &old),
	    "a header whose payload is yet to come is not replaced");
	close(other.lock);
}

/* Is a header found that waits here for another payload than the old one? */
static int
find_waiting(char name[sizeof(PAIR_WAITING)])
{
	struct header h;

	lab_must(header_decode(&h, old.header) == XC_OK, "no header");
	return pair_waits(name, HEADER, h.id);
}

/* What waits, under a name of that length; and what only looks so. */
static void
test_waiting(void)
{
	char name[sizeof(PAIR_WAITING)];
	unsigned bad = 0, look = 0;
	struct fault did;
	int err;

	set_up(&scenes[0]);
	disk_put(".xtshdr-AAAAAAAAA", new.header, HEADER_BYTES);
	disk_put(".xtshdr-BBBBBBBB", old.header, HEADER_BYTES);
	disk_put(".xtshdr-CCCCCCCC", new.header, HEADER_BYTES - 1);
	tap_ok(find_waiting(name) == XC_E_MAGIC, "a longer name, its own "
	    "header and a part of one do not wait");
	disk_put(".xtshdr-DDDDDDDD", new.header, HEADER_BYTES);
	tap_ok(find_waiting(name) == XC_OK &&
	    strcmp(name, ".xtshdr-DDDDDDDD") == 0, "another's header does");
	do {
		fault_set((struct fault){ .look = ++look, .error = EIO });
		err = find_waiting(name);
		did = fault;
		fault_set((struct fault){ 0 });
		if (err == XC_OK ? strcmp(name, ".xtshdr-DDDDDDDD") == 0 :
		    err == EIO && did.looks >= look)
			continue;
		tap_note("look %u: error %d", look, err);
		bad++;
	} while (did.looks >= look);
	tap_ok(bad == 0 && look > 4, "no look that fails hides it");
}

int
main(void)
{
	lab_start();
	lab_enter("/tmp");
	make_pair(&old, 1);
	make_pair(&new, 2);
	for (size_t i = 0; i < LAB_COUNT(scenes); i++) {
		test_deaths(&scenes[i]);
		test_failures(&scenes[i]);
		test_replaced_data(&scenes[i]);
	}
	test_power(&scenes[0]);
	test_power(&scenes[1]);
	test_lock();
	test_appeared();
	test_waiting();
	disk_clear();
	lab_leave();
	return tap_done();
}
