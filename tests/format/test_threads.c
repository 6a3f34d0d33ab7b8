/* SPDX-License-Identifier: ISC */
/*
 * However many threads a job has, and whatever ends they work between: the same
 * bytes, the same damage, the same error; and an end when one is asked for.
 */
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "lab.h"
#include "tap.h"
#include "thread.h"

/* job.c is included, as it starts threads: some of them may be refused. */
static unsigned refused_from = UINT32_MAX, created;

static int
create(pthread_t *thread, int interrupt, void *(*run)(void *), void *arg)
{
	if (created >= refused_from)
		return EAGAIN;
	created++;
	return thread_start(thread, interrupt, run, arg);
}

#define thread_start create
#include "job.c"
#undef thread_start

#define SEG 4096
#define FULL (SEG + LAYOUT_RECORD)
#define THREADS_MOST 8
#define LENGTH_MAX (1100000 + 100)

static const struct layout layouts[] = {
	{ 1, 1, 512, SEG, 40 }, { 1, 1, 4096, 2 * SEG, 20 },
	{ 1, 0, 512, 0, 20 }, { 1, 0, 4096, 0, 40 }
};

static uint8_t plain[LENGTH_MAX], sealed[2 * LENGTH_MAX], work_on[LENGTH_MAX];

/* Nonces that do not depend on who takes them first. */
static const char *
no_name(void)
{
	return "none";
}

static uint32_t
no_word(void)
{
	return 0;
}

static void
no_bytes(void *buf, size_t len)
{
	memset(buf, 0, len);
}

static struct randombytes_implementation not_random = {
	.implementation_name = no_name, .random = no_word, .buf = no_bytes
};

/* One length and layout, each way there is, with up to this many threads. */
static unsigned
same_bytes(struct lab *lab, size_t length, size_t chunk)
{
	unsigned bad = 0, step = lab_quick() ? 3 : 1;
	size_t len;

	lab->threads = 1;
	lab->chunk = 0;
	lab_way(lab, 0, length);
	lab_run(lab, XTS_ENCRYPT, plain, length);
	lab_must(lab->err == XC_OK && lab->len <= sizeof(sealed), "no payload");
	len = lab->len;
	memcpy(sealed, lab->out, len);

	lab->chunk = chunk;
	for (int way = 0; way < LAB_WAYS; way++) {
		for (unsigned t = 1; t <= THREADS_MOST; t += step) {
			lab->threads = t;
			lab_way(lab, way, length);
			lab_run(lab, XTS_ENCRYPT, plain, length);
			bad += !lab_gave(lab, sealed, len);
			lab_run(lab, XTS_DECRYPT, sealed, len);
			bad += !lab_gave(lab, plain, length) ||
			    lab->result.length != length ||
			    lab->result.payload != len;
		}
	}
	return bad;
}

static void
test_bytes(void)
{
	static const size_t lengths[] = {
		16, SEG, 3 * SEG + 15, 29 * SEG, 29 * SEG + 16, 40 * SEG - 1,
		300000
	};
	struct lab lab = { 0 };

	for (size_t i = 0; i < LAB_COUNT(layouts); i++) {
		const struct layout *l = &layouts[i];
		unsigned bad = 0;

		lab_keys(&lab, l);
		for (size_t j = 0; j < LAB_COUNT(lengths); j++) {
			bad += same_bytes(&lab, lengths[j], 1);
			bad += same_bytes(&lab, lengths[j], 3 * SEG);
		}
		tap_ok(bad == 0, "integrity %u, sector %u, segment %u: "
		    "1 to %d threads give the same", l->integrity, l->sector,
		    l->segment, THREADS_MOST);
		bad = same_bytes(&lab, LENGTH_MAX, 0);
		tap_ok(bad == 0, "the same in chunks of the usual length");
	}
	lab_end(&lab);
}

/* How a job on len bytes of work_on ended, to be compared. */
struct outcome {
	int err;
	size_t len, nbad;
	uint64_t bad[LAB_RANGES][2];
	uint8_t hash[32];
};

static void
observe(struct outcome *o, struct lab *lab, int way, uint64_t length,
    size_t len)
{
	lab_way(lab, way, length);
	lab_run(lab, XTS_DECRYPT, work_on, len);
	memset(o, 0, sizeof(*o));
	o->err = lab->err;
	o->nbad = lab->nbad;
	memcpy(o->bad, lab->bad, lab->nbad * sizeof(lab->bad[0]));
	/* Into a file that is given up, a thread may have been ahead. */
	if (lab->err == XC_OK || lab->keep_going || lab->out_stream) {
		o->len = lab->len;
		crypto_generichash(o->hash, sizeof(o->hash), lab->out,
		    lab->len, NULL, 0);
	}
}

/* What is in work_on, every way: as with one thread, a segment at a time. */
static unsigned
same_outcomes(struct lab *lab, uint64_t length, size_t len)
{
	struct outcome one, many;
	unsigned bad = 0;

	for (int way = 0; way < 3 * LAB_WAYS; way++) {
		lab->keep_going = way / LAB_WAYS == 1;
		lab->verify = way / LAB_WAYS == 2;
		lab->threads = 1;
		lab->chunk = 1;
		observe(&one, lab, way % LAB_WAYS, length, len);
		for (unsigned t = 2; t <= THREADS_MOST; t += 3) {
			lab->threads = t;
			lab->chunk = t % 2 == 0 ? 1 : 3 * SEG;
			observe(&many, lab, way % LAB_WAYS, length, len);
			bad += memcmp(&one, &many, sizeof(one)) != 0;
		}
	}
	return bad;
}

static void
test_damage(void)
{
	const size_t segments = 24, length = segments * SEG;
	struct lab lab = { 0 };
	unsigned bad = 0, cut = 0;
	size_t len;

	lab_keys(&lab, &layouts[0]);
	lab_way(&lab, 0, length);
	lab_run(&lab, XTS_ENCRYPT, plain, length);
	lab_must(lab.err == XC_OK, "no payload");
	len = lab.len;
	memcpy(sealed, lab.out, len);

	for (uint32_t set = 1; set < 1U << segments; set = 5 * set + 3) {
		memcpy(work_on, sealed, len);
		for (size_t i = 0; i < segments; i++)
			if ((set >> i & 1) != 0)
				work_on[i * FULL + 7 * i] ^= 1;
		bad += same_outcomes(&lab, length, len);
		cut += same_outcomes(&lab, length, len - 3 * FULL - set % FULL);
		cut += same_outcomes(&lab, length, len + 1);
	}
	tap_ok(bad == 0, "damage is reported alike");
	tap_ok(cut == 0, "damage, and too few bytes or too many, too");
	lab_end(&lab);
}

/* A job to be stopped, between two descriptors. */
struct stopping {
	struct lab lab;
	struct io in, out;
	pthread_t caller;
	unsigned ticks, most;
	bool elsewhere;		/* tick was not called where job_run was */
};

static bool
tick_few(void *context, uint64_t done)
{
	struct stopping *s = context;

	(void)done;
	if (!pthread_equal(s->caller, pthread_self()))
		s->elsewhere = true;
	return ++s->ticks < s->most;
}

static int
run_stopping(struct stopping *s, int in, int out, unsigned threads,
    unsigned most)
{
	struct job_result result;
	struct job job = {
		.direction = XTS_ENCRYPT, .layout = s->lab.layout,
		.key = s->lab.key, .in = &s->in, .out = &s->out,
		.length = LAYOUT_UNKNOWN, .threads = threads, .chunk = 1,
		.interrupt = SIGALRM, .tick = tick_few, .context = s
	};

	lab_must(io_input(&s->in, in, NULL) == XC_OK &&
	    io_output(&s->out, out, NULL) == XC_OK, "no ends");
	job.length = s->in.size;
	s->caller = pthread_self();
	s->ticks = 0;
	s->most = most;
	s->elsewhere = false;
	return job_run(&job, &result).code;
}

static void
interrupted(int sig)
{
	(void)sig;
}

static void
test_stop(void)
{
	const struct sigaction action = { .sa_handler = interrupted };
	struct stopping s = { 0 };
	int fds[2], file = lab_file(plain, LENGTH_MAX), out = lab_file(NULL, 0);

	lab_must(sigaction(SIGALRM, &action, NULL) == 0 && pipe(fds) == 0,
	    "no pipe");
	lab_keys(&s.lab, &layouts[0]);
	for (unsigned t = 2; t <= THREADS_MOST; t *= 2) {
		tap_ok(run_stopping(&s, fds[0], out, t, 2) == XC_E_STOPPED &&
		    !s.elsewhere, "%u threads wait for a pipe, and stop", t);
		tap_ok(run_stopping(&s, file, fds[1], t, 2) == XC_E_STOPPED &&
		    !s.elsewhere, "%u threads wait for a full one, and stop",
		    t);
		while (fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0 &&
		    read(fds[0], work_on, sizeof(work_on)) > 0)
			;
		fcntl(fds[0], F_SETFL, 0);
		lab_must(lseek(file, 0, SEEK_SET) == 0, "cannot seek");
	}
	tap_ok(run_stopping(&s, file, out, 1, 3) == XC_E_STOPPED &&
	    s.ticks == 3 && !s.elsewhere, "the caller alone stops when asked");
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	for (unsigned t = 1; t <= THREADS_MOST; t *= 2)
		tap_ok(run_stopping(&s, file, fds[1], t, UINT32_MAX) == EPIPE,
		    "a pipe that nobody reads fails, with %u", t);
	close(fds[1]);
	close(file);
	close(out);
	lab_end(&s.lab);
}

static void
test_refused(void)
{
	struct lab lab = { 0 };

	lab_keys(&lab, &layouts[0]);
	for (unsigned n = 0; n < 4; n++) {
		created = 0;
		refused_from = n;
		lab.threads = 4;
		lab.chunk = 1;
		lab_way(&lab, 0, LENGTH_MAX);
		lab_run(&lab, XTS_ENCRYPT, plain, LENGTH_MAX);
		lab_must(lab.len <= sizeof(sealed), "too long");
		memcpy(sealed, lab.out, lab.len);
		created = 0;
		lab_run(&lab, XTS_DECRYPT, sealed, lab.len);
		tap_ok(lab_gave(&lab, plain, LENGTH_MAX) && created == n,
		    "%u of 4 threads can be had", n);
	}
	refused_from = UINT32_MAX;
	created = 0;
	lab.threads = 0;
	lab_run(&lab, XTS_ENCRYPT, plain, LENGTH_MAX);
	tap_ok(lab.err == XC_OK && created <= THREADS_MOST,
	    "as many as there are CPUs, if no one says");
	lab_end(&lab);
}

int
main(void)
{
	lab_start();
	randombytes_set_implementation(&not_random);
	lab_pattern(plain, LENGTH_MAX);
	test_bytes();
	test_damage();
	test_stop();
	test_refused();
	return tap_done();
}
