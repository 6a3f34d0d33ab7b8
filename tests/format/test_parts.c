/* SPDX-License-Identifier: ISC */
/*
 * Files that are written in parts, with the power gone at every moment: of what
 * was not synced, each sector may be there, or not, or torn.  From each state
 * that a disk may be left in, the parts that had not ended well by then are
 * written again, and no others; the file is whole then, and not before that.
 * With an fsync left out, some state shows it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chance.h"
#include "disk.h"
#include "fault.h"
#include "lab.h"
#include "partfile.h"
#include "parts.h"
#include "tap.h"

#define DATA "data"
#define HEADER "header"
#define OUT "out"
#define LENGTH_MAX 32768
#define PARTS 2U

/* What is done, in this order. */
enum action { CREATE, PART_2, PART_1, AGAIN, FINISH, ACTIONS };

static const struct scene {
	const char *what;
	enum xts_direction direction;
	bool detached;
	const char *layout;	/* as lab_layout takes it */
	size_t length;		/* of the plaintext */
} scenes[] = {
	{ "encrypt", XTS_ENCRYPT, false, "1 512 4096 40", 2 * 8192 + 9 },
	{ "encrypt -H", XTS_ENCRYPT, true, "1 4096 4096 40", 3 * 8192 },
	{ "encrypt, no tags", XTS_ENCRYPT, false, "0 512 0 40", 20000 },
	{ "encrypt -H, no tags", XTS_ENCRYPT, true, "0 4096 0 40", 16391 },
	{ "encrypt a single part", XTS_ENCRYPT, false, "1 512 8192 40", 5 },
	{ "decrypt", XTS_DECRYPT, false, "1 512 4096 40", 2 * 8192 + 9 },
	{ "decrypt, no tags", XTS_DECRYPT, true, "0 512 0 40", 20000 }
};

static const struct scene *now;
static struct header header;
static struct key *key;
static uint8_t plain[LENGTH_MAX];
static int source;			/* a file with it */
static size_t ends[ACTIONS];		/* changes when each has ended well */
static unsigned states, most;
static void (*meanwhile)(void);		/* done while the end is verified */

static const char *
detached(void)
{
	return now->detached ? HEADER : NULL;
}

static struct io
input_at(int fd)
{
	struct io io = { 0 };

	lab_must(lseek(fd, 0, SEEK_SET) == 0 &&
	    io_input(&io, fd, NULL) == XC_OK, "cannot read");
	return io;
}

/* Make the header, or all of the file, in place of what a crash has left. */
static int
create(uint16_t parts)
{
	struct io in = input_at(source);
	struct creation n;
	struct key *own;
	struct err err;

	lab_must(container_begin(&n, &header.layout, &in).code == XC_OK,
	    "no key");
	own = n.key;
	n.header = header;
	n.key = key;
	err = container_create(&n, DATA, detached(), OUTPUT_REPLACE, NULL);
	if (err.code == XC_OK)
		err = parts > 0 ? parts_create(&n, parts) :
		    container_encrypt(&n, NULL);
	if (err.code == XC_OK)
		err = container_commit(&n, NULL);
	n.key = own;
	container_abort(&n);
	return err.code;
}

/* Write a part, or with 0 finish. */
static int
encrypt_part(uint32_t part)
{
	struct io in = input_at(source);
	const struct job how = { .in = &in, .threads = 1 };
	struct parts p;
	struct err err = parts_open(&p, DATA, detached(), part == 0);

	p.file.key = key;
	if (err.code == XC_OK && part > 0)
		err = parts_encrypt(&p, &how, part, PARTS);
	else if (err.code == XC_OK)
		err = parts_verify(&p, &how, &in);
	if (part == 0 && meanwhile != NULL)
		meanwhile();
	if (err.code == XC_OK && part == 0)
		err = parts_finish(&p);
	p.file.key = NULL;
	parts_close(&p);
	return err.code;
}

/* Open the encrypted file to read it. */
static int
open_data(struct container *c, struct io *io, int *fd)
{
	*fd = open(DATA, O_RDONLY);
	if (*fd < 0 || io_input(io, *fd, NULL) != XC_OK)
		return XC_E_MAGIC;
	return container_open(c, io, DATA, detached()).code;
}

static int
decrypt_part(uint32_t part)
{
	const struct job how = { .threads = 1 };
	struct container c = { 0 };
	struct partfile f;
	struct io io, wrote;
	int fd, err = open_data(&c, &io, &fd);

	lab_must(err == XC_OK, "it was there before");
	c.key = key;
	err = partfile_open(&f, OUT, now->length, part == 0);
	if (err == XC_OK && part > 0) {
		err = partfile_decrypt(&f, &c, &how, part, PARTS).code;
	} else if (err == XC_OK) {
		wrote = io_at(f.fd);
		err = parts_compare(&c, &how, &wrote, NULL).code;
		if (meanwhile != NULL)
			meanwhile();
		if (err == XC_OK)
			err = partfile_place(&f, OUT, now->length, 0, NULL,
			    NULL);
	}
	partfile_close(&f);
	close(fd);
	return err;
}

static int
act(enum action a)
{
	static const uint32_t part[] = {
		[PART_2] = 2, [PART_1] = 1, [AGAIN] = 2, [FINISH] = 0
	};

	if (a == CREATE)
		return now->direction == XTS_ENCRYPT ? create(PARTS) : XC_OK;
	return now->direction == XTS_ENCRYPT ? encrypt_part(part[a]) :
	    decrypt_part(part[a]);
}

/* Does a reader of the encrypted file get the plaintext? */
static int
read_data(void)
{
	static uint8_t got[LENGTH_MAX];
	struct container c = { 0 };
	struct io io, out;
	const struct job how = { .out = &out, .threads = 1 };
	int to = lab_file(NULL, 0), fd, err = open_data(&c, &io, &fd);

	lab_must(io_output(&out, to, NULL) == XC_OK, "cannot write");
	c.key = key;
	if (err == XC_OK)
		err = container_decrypt(&c, &how).code;
	if (err == XC_OK && (pread(to, got, sizeof(got), 0) !=
	    (ssize_t)now->length || memcmp(got, plain, now->length) != 0))
		err = XC_E_DAMAGED;
	if (fd >= 0)
		close(fd);
	close(to);
	return err;
}

/* Has the output its name and its bytes? */
static int
read_out(void)
{
	static uint8_t got[LENGTH_MAX];
	int fd = open(OUT, O_RDONLY), err = XC_E_DAMAGED;

	if (fd < 0)
		return XC_E_PARTS;
	if (read(fd, got, sizeof(got)) == (ssize_t)now->length &&
	    memcmp(got, plain, now->length) == 0)
		err = XC_OK;
	close(fd);
	return err;
}

static int
look(void)
{
	return now->direction == XTS_ENCRYPT ? read_data() : read_out();
}

/*
 * A side file of which the first sector is torn is not known for one: it is
 * refused, and moved away by hand.
 */
static int
finish(void)
{
	int err = act(FINISH);

	if (err != XC_E_SIDE)
		return err;
	lab_must(unlink(DATA SIDE_SUFFIX) == 0, "no side file");
	return act(FINISH);
}

/*
 * Do "header restore": of a header of which the first sector is torn, nothing
 * shows that the one in the side file is its own.
 */
static void
restore(void)
{
	uint8_t bytes[HEADER_BYTES];
	struct header h;
	int fd = open(DATA SIDE_SUFFIX, O_RDONLY);

	if (fd < 0)
		return;
	if (read(fd, bytes, sizeof(bytes)) == sizeof(bytes) &&
	    header_decode(&h, bytes) == XC_OK) {
		close(fd);
		fd = open(DATA, O_WRONLY);
		lab_must(pwrite(fd, bytes, sizeof(bytes), 0) == sizeof(bytes),
		    "cannot write");
	}
	close(fd);
}

/* The parts that had not ended well after n changes, and then the end. */
static bool
recovers(size_t n)
{
	const bool lost = ends[CREATE] > n;
	int err = look();

	states++;
	if (err == XC_E_MAGIC) {
		restore();
		err = look();
	}
	if (err == XC_OK)
		return true;
	/* Nothing passes for whole before it is. */
	if (n >= ends[FINISH] || (err != XC_E_PARTS && !lost))
		return false;
	if (lost && act(CREATE) != XC_OK)
		return false;
	if ((lost || ends[PART_1] > n) && act(PART_1) != XC_OK)
		return false;
	/* What is written again may be damaged until that has ended. */
	if ((lost || ends[PART_2] > n || (n > ends[PART_1] &&
	    ends[AGAIN] > n)) && act(PART_2) != XC_OK)
		return false;
	return finish() == XC_OK && look() == XC_OK;
}

static bool
play(size_t n, bool tell)
{
	for (size_t at = 0; at <= n; at++)
		for (unsigned i = 0; chance_crash(at, i, most); i++) {
			if (recovers(at))
				continue;
			if (tell)
				tap_note("after %zu of %zu changes, state %u: "
				    "%d", at, n, i, look());
			return false;
		}
	return true;
}

static void
choose_scene(const struct scene *s)
{
	const struct layout layout = lab_layout(s->layout);

	now = s;
	key_free(key);
	lab_header(&header, &key, &layout, s->length);
	lab_pattern(plain, s->length);
	lab_fill(source, plain, s->length);
}

/* Record the changes of all that is done; how many there are. */
static size_t
record(void)
{
	disk_clear();
	if (now->direction == XTS_DECRYPT)
		lab_must(create(0) == XC_OK, "cannot encrypt");
	disk_begin();
	for (int a = 0; a < ACTIONS; a++) {
		lab_must(act((enum action)a) == XC_OK, "cannot be done");
		ends[a] = fault_nrecords;
	}
	return disk_end();
}

static void
drop(size_t i)
{
	disk_drop(i);
	for (int a = 0; a < ACTIONS; a++)
		ends[a] -= i < ends[a];
}

/* Find the first fsync after one action, until the end of another. */
static size_t
find_sync(enum action from, enum action to)
{
	for (size_t i = ends[from]; i < ends[to]; i++)
		if (disk_change(i)->change == FAULT_SYNCED)
			return i;
	lab_must(false, "no such fsync");
	return 0;
}

/* A part without its fsync: that it has ended well is then not true. */
static void
test_part_sync(void)
{
	size_t n = record();

	drop(find_sync(PART_2, PART_1));
	/* Those that come later would make up for it. */
	for (size_t i = n - 2; i >= ends[PART_1]; i--)
		if (disk_change(i)->change == FAULT_SYNCED && i < ends[AGAIN])
			drop(i);
	tap_ok(!play(ends[AGAIN], false), "%s: a part that is not synced is "
	    "seen", now->what);
}

/*
 * Parts that were killed after their last write, before their fsync, are there:
 * whoever finishes the file syncs what they wrote.
 */
static void
test_last_sync(void)
{
	size_t n, last;

	for (int without = 0; without < 2; without++) {
		n = record();
		for (size_t i = ends[AGAIN]; i > ends[CREATE]; i--)
			if (disk_change(i - 1)->change == FAULT_SYNCED) {
				drop(i - 1);
				n--;
			}
		last = find_sync(AGAIN, FINISH);
		if (without) {
			drop(last);
			n--;
		}
		ends[PART_2] = ends[PART_1] = ends[AGAIN] = n + 1;
		tap_ok(play(n, !without) == !without, without ?
		    "%s: a finish that does not sync is seen" :
		    "%s: parts that were killed at their end are made durable",
		    now->what);
	}
}

static void
test_power(void)
{
	size_t n = record();
	bool good;

	tap_ok(look() == XC_OK, "%s: it is done", now->what);
	states = 0;
	good = play(n, true);
	tap_ok(good && states > n, "%s: power gone, %u states of the disk",
	    now->what, states);
}

/* Put another file's header there, or begin the plaintext again. */
static void
put_another(void)
{
	const char *name = now->direction == XTS_ENCRYPT ? HEADER :
	    OUT PARTFILE_SUFFIX;
	uint8_t bytes[HEADER_BYTES] = { 1 };
	int fd;

	lab_must(unlink(name) == 0, "it was there");
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	lab_must(write(fd, bytes, sizeof(bytes)) == sizeof(bytes) &&
	    ftruncate(fd, now->direction == XTS_ENCRYPT ? HEADER_BYTES :
	    (off_t)now->length) == 0, "cannot write");
	close(fd);
}

/* What was not verified is neither replaced nor given the name. */
static void
test_another(void)
{
	uint8_t bytes[2] = { 0, 0 };
	int fd, err;

	disk_clear();
	if (now->direction == XTS_DECRYPT)
		lab_must(create(0) == XC_OK, "cannot encrypt");
	for (int a = 0; a < FINISH; a++)
		lab_must(act((enum action)a) == XC_OK, "cannot be done");
	meanwhile = put_another;
	err = act(FINISH);
	meanwhile = NULL;
	fd = open(now->direction == XTS_ENCRYPT ? HEADER :
	    OUT PARTFILE_SUFFIX, O_RDONLY);
	tap_ok(err == XC_E_REPLACED && access(OUT, F_OK) != 0 &&
	    read(fd, bytes, 2) == 2 && bytes[0] == 1 && bytes[1] == 0,
	    "%s: another file appears in place of what is verified",
	    now->what);
	close(fd);
}

int
main(void)
{
	char shm[] = "/dev/shm/test_parts-XXXXXX";
	char tmp[] = "/tmp/test_parts-XXXXXX", *dir = shm;
	const char *wanted = getenv("XTSCRYPT_TEST_ALL");
	bool all = wanted != NULL && strcmp(wanted, "1") == 0;

	lab_start();
	most = all ? 200 : lab_quick() ? 6 : 24;
	if (mkdtemp(dir) == NULL)
		dir = mkdtemp(tmp);
	lab_must(dir != NULL && chdir(dir) == 0, "no directory");
	source = lab_file(NULL, 0);
	for (size_t i = 0; i < LAB_COUNT(scenes); i++) {
		choose_scene(&scenes[i]);
		test_power();
		if (now->detached || now->direction == XTS_DECRYPT)
			test_another();
		if (now->length < 8192)
			continue;
		test_part_sync();
		test_last_sync();
	}
	key_free(key);
	disk_clear();
	lab_must(chdir("/") == 0 && rmdir(dir) == 0, "cannot clean up");
	return tap_done();
}
