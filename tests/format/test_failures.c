/* SPDX-License-Identifier: ISC */
/*
 * A job that fails while other threads are at work, or wait: what the
 * failure ends, what it does not, and what is reported of it.
 */
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "lab.h"
#include "tap.h"

#define SEG 4096
#define FULL (SEG + LAYOUT_RECORD)
#define LENGTH (257 * SEG)

static const struct layout layout = { 1, 1, 512, SEG, 40 };

/* A pipe may hold 1 MiB. */
static uint8_t plain[LENGTH], sealed[3 * FULL], got[(1 << 20) + LENGTH];

/* A job whose output is a pipe that is not read before tick reads it. */
struct slow {
	struct lab lab;
	struct io in, out;
	int fds[2];		/* the pipe */
	size_t filled;		/* bytes in it from the start */
	size_t len;		/* bytes read, into got */
	unsigned ticks;
};

static void
slow_start(struct slow *s, int in)
{
	ssize_t n;

	lab_must(pipe(s->fds) == 0 && io_input(&s->in, in, NULL) == XC_OK &&
	    io_output(&s->out, s->fds[1], NULL) == XC_OK, "no ends");
	fcntl(s->fds[0], F_SETFL, O_NONBLOCK);
	fcntl(s->fds[1], F_SETFL, O_NONBLOCK);
	while ((n = write(s->fds[1], plain, SEG)) > 0)
		s->filled += (size_t)n;
	fcntl(s->fds[1], F_SETFL, 0);
}

static void
slow_read(struct slow *s)
{
	ssize_t n;

	while ((n = read(s->fds[0], got + s->len, sizeof(got) - s->len)) > 0)
		s->len += (size_t)n;
}

static void
slow_end(struct slow *s)
{
	close(s->fds[0]);
	close(s->fds[1]);
	lab_end(&s->lab);
}

/* When the job waits for input, let the output continue. */
static bool
tick_drained(void *context, uint64_t done)
{
	struct slow *s = context;
	int left;

	(void)done;
	if (ioctl(s->in.fd, FIONREAD, &left) == 0 && left == 0)
		slow_read(s);
	return true;
}

/*
 * A payload that fails while one thread waits for more of it: the failure ends
 * that too.  It cannot fail before, as what is good of it has to be written.
 */
static void
test_failure_stops(void)
{
	struct slow s = { 0 };
	struct job_result result;
	struct job job = {
		.direction = XTS_DECRYPT, .layout = layout,
		.in = &s.in, .length = 20 * SEG, .threads = 3,
		.chunk = 2 * SEG, .interrupt = SIGALRM, .out = &s.out,
		.tick = tick_drained, .context = &s
	};
	int in[2];

	lab_keys(&s.lab, &layout);
	lab_way(&s.lab, 0, 20 * SEG);
	lab_run(&s.lab, XTS_ENCRYPT, plain, 20 * SEG);
	memcpy(sealed, s.lab.out, 3 * FULL);
	sealed[FULL] ^= 1;
	job.key = s.lab.key;
	lab_must(pipe(in) == 0 && write(in[1], sealed, 3 * FULL) == 3 * FULL,
	    "no pipe");
	slow_start(&s, in[0]);
	tap_ok(job_run(&job, &result).code == XC_E_DAMAGED,
	    "damage ends the waiting for what follows it");
	close(in[0]);
	close(in[1]);
	slow_end(&s);
}

/* By then the threads have been interrupted, had they to be. */
static bool
tick_late(void *context, uint64_t done)
{
	struct slow *s = context;

	(void)done;
	if (++s->ticks > 4)
		slow_read(s);
	return true;
}

/*
 * An input that ends too soon, which is seen while what comes before waits for
 * a pipe: that is written all the same.
 */
static void
test_failure_waits(void)
{
	struct slow s = { 0 };
	struct job_result result;
	struct job job = {
		.direction = XTS_ENCRYPT, .layout = layout,
		.in = &s.in, .length = 20 * SEG, .threads = 3, .chunk = SEG,
		.interrupt = SIGALRM, .out = &s.out, .tick = tick_late,
		.context = &s
	};
	int in = lab_file(plain, 2 * SEG);
	int err;

	lab_keys(&s.lab, &layout);
	job.key = s.lab.key;
	slow_start(&s, in);
	err = job_run(&job, &result).code;
	slow_read(&s);
	lab_must(s.len >= s.filled, "a pipe lost something");
	lab_way(&s.lab, LAB_IN_STREAM | LAB_OUT_STREAM, 20 * SEG);
	lab_run(&s.lab, XTS_DECRYPT, got + s.filled, s.len - s.filled);
	tap_ok(err == XC_E_SHRANK && s.len == s.filled + 2 * FULL &&
	    s.lab.err == XC_E_CUT && s.lab.len == 2 * SEG &&
	    memcmp(s.lab.out, plain, 2 * SEG) == 0,
	    "what comes before a failure is written, however slowly");
	close(in);
	slow_end(&s);
}

/* The error that counts is that of the first chunk, and so is its file. */
static void
test_side(void)
{
	struct lab lab = { 0 };
	struct io in, out;
	struct job_result result;
	struct job job = {
		.direction = XTS_DECRYPT, .layout = layout, .in = &in,
		.length = LENGTH, .threads = 2, .chunk = 256 * SEG,
		.out = &out
	};
	struct rlimit before, limit;
	int fd, to = lab_file(NULL, 0);
	unsigned bad = 0;
	struct err err;

	lab_keys(&lab, &layout);
	lab_way(&lab, 0, LENGTH);
	lab_run(&lab, XTS_ENCRYPT, plain, LENGTH);
	lab.out[255 * FULL] ^= 1;
	fd = lab_file(lab.out, lab.len);
	job.key = lab.key;
	signal(SIGXFSZ, SIG_IGN);
	lab_must(getrlimit(RLIMIT_FSIZE, &before) == 0, "no limit");
	limit = before;
	limit.rlim_cur = 256 * SEG;
	lab_must(setrlimit(RLIMIT_FSIZE, &limit) == 0, "no limit");
	for (int i = 0; i < 50; i++) {
		lab_must(io_input(&in, fd, NULL) == XC_OK &&
		    io_output(&out, to, NULL) == XC_OK, "no ends");
		out.ours = true;
		err = job_run(&job, &result);
		bad += err.code != XC_E_DAMAGED || err.file != ERR_INPUT;
	}
	lab_must(setrlimit(RLIMIT_FSIZE, &before) == 0, "no limit");
	tap_ok(bad == 0,
	    "damage is the input's, though the disk is full behind it");
	close(fd);
	close(to);
	lab_end(&lab);
}

static void
interrupted(int sig)
{
	(void)sig;
}

int
main(void)
{
	const struct sigaction action = { .sa_handler = interrupted };

	lab_start();
	/* That of the lab is for one thread. */
	randombytes_set_implementation(&randombytes_sysrandom_implementation);
	lab_must(sigaction(SIGALRM, &action, NULL) == 0, "no handler");
	lab_pattern(plain, LENGTH);
	test_failure_stops();
	test_failure_waits();
	test_side();
	return tap_done();
}
