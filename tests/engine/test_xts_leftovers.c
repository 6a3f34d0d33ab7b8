/* SPDX-License-Identifier: ISC */
/*
 * What a run leaves on the stack, and in registers.  The same work is done
 * twice on the same stack with other keys, tweaks and data; whatever differs
 * afterwards below the caller's frame, or in a register, came from them, in
 * whatever form.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "registers.h"
#include "tap.h"
#include "usable.h"
#include "bytes.h"
#include "payload.c"

#define STACK_BYTES (512 * 1024)
#define MAX_BYTES (3 * 512)
#define PAINT 0x3c

#if defined(__GNUC__)
#define NOINLINE __attribute__((noinline, no_sanitize("address")))
#else
#define NOINLINE
#endif

/* One piece of work, and the stack below its caller as it was afterwards. */
struct job {
	const struct xts_backend *backend;
	void (*work)(const struct job *job);
	size_t n, unit;
	uint8_t key[64], tweak[16], data[MAX_BYTES];
	uint8_t *stack, *copy;
	size_t len;			/* of the copy */
};

static struct xts_keys keys;
static uint8_t buf[MAX_BYTES];

static void
encrypt(const struct job *job)
{
	job->backend->encrypt(buf, job->data, job->n, job->unit, job->tweak,
	    &keys);
}

static void
decrypt(const struct job *job)
{
	job->backend->decrypt(buf, job->data, job->n, job->unit, job->tweak,
	    &keys);
}

static void
expand(const struct job *job)
{
	job->backend->expand(&keys, job->key);
}

/* The keys of a span, from the layout key. */
static void
derive(const struct job *job)
{
	static struct payload payload;

	payload.expanded = false;
	memcpy(payload.layout_key, job->key, sizeof(payload.layout_key));
	use_span(&payload, 0);
}

/* Leave one round key in a frame that is not wiped: it must be found. */
static void
careless(const struct job *job)
{
	volatile uint8_t frame[64];
	size_t i;

	for (i = 0; i < sizeof(frame); i++)
		frame[i] = job->key[i];
}

/* By hand: a call of memcpy would write on what it is to read. */
NOINLINE static void
copy_stack(struct job *job)
{
	volatile uint8_t mark = 0, *from = job->stack;
	size_t i, len = (size_t)((uintptr_t)&mark - (uintptr_t)job->stack);

	if (len > STACK_BYTES)
		len = 0;
	for (i = 0; i < len; i++)
		job->copy[i] = from[i];
	job->len = len;
}

/* Ignore what a thread left before its work: it may differ. */
NOINLINE static void
paint_frames(void)
{
	volatile uint8_t frames[4096];
	size_t i;

	for (i = 0; i < sizeof(frames); i++)
		frames[i] = PAINT;
}

NOINLINE static void
deeper(const struct job *job)
{
	volatile uint8_t room[512];

	room[0] = PAINT;
	job->work(job);
	room[511] = room[0];
}

static void *
work(void *arg)
{
	struct job *job = arg;

	paint_frames();
	deeper(job);
	copy_stack(job);
	return NULL;
}

/* Do it on a stack of one colour. */
static void
do_job(struct job *job)
{
	pthread_attr_t attr;
	pthread_t thread;

	memset(job->stack, PAINT, STACK_BYTES);
	if (pthread_attr_init(&attr) != 0 ||
	    pthread_attr_setstack(&attr, job->stack, STACK_BYTES) != 0 ||
	    pthread_create(&thread, &attr, work, job) != 0 ||
	    pthread_join(thread, NULL) != 0)
		tap_bail("no thread");
	pthread_attr_destroy(&attr);
}

static void
new_secrets(struct job *job)
{
	uint8_t key[64];

	randombytes_buf(job->key, sizeof(job->key));
	randombytes_buf(job->tweak, sizeof(job->tweak));
	randombytes_buf(job->data, sizeof(job->data));
	randombytes_buf(key, sizeof(key));
	job->backend->expand(&keys, key);
}

/*
 * Count the bytes that differ with the secrets.  The first run is for what the
 * dynamic linker does once; two more pairs, since secrets may be equal in a
 * byte.
 */
static size_t
leftovers(struct job *job, size_t *depth)
{
	static uint8_t first[STACK_BYTES];
	size_t i, differ = 0, round;

	do_job(job);
	new_secrets(job);
	do_job(job);
	memcpy(first, job->copy, STACK_BYTES);
	for (i = 0; i < job->len && first[i] == PAINT; i++)
		;
	*depth = job->len - i;
	for (round = 0; round < 2; round++) {
		new_secrets(job);
		do_job(job);
		for (i = 0; i < job->len; i++)
			differ += first[i] != job->copy[i];
	}
	return job->len > STACK_BYTES / 2 ? differ : SIZE_MAX;
}

static void
test_clean(struct job *job, void (*what)(const struct job *), size_t n,
    size_t unit, const char *text)
{
	size_t depth, left;

	job->work = what;
	job->n = n;
	job->unit = unit;
	left = leftovers(job, &depth);
	if (!tap_ok(left == 0, "%s: nothing left of %s", job->backend->name,
	    text))
		tap_note("%zu bytes", left);
	tap_note("%zu bytes of stack touched", depth);
}

#ifdef REGISTERS_BYTES

#define RANDOM_TWEAKS 4
#define CARRYING_TWEAKS 16

/* A carry out of a tweak's low half is a secret that no random one shows. */
static void
new_tweak(struct job *job, uint64_t i)
{
	new_secrets(job);
	if (i >= RANDOM_TWEAKS)
		bytes_store64(job->tweak, RANDOM_TWEAKS - 1 - i);
}

/* The same call again and again, and each time all that it is given is new. */
static bool
registers_clean(struct job *job, xts_run *run, size_t n, size_t unit)
{
	struct registers first, after;
	size_t bad;
	uint64_t i;

	for (i = 0; i < RANDOM_TWEAKS + CARRYING_TWEAKS; i++) {
		new_tweak(job, i);
		registers_run(&after, run, buf, job->data, n, unit, job->tweak,
		    &keys);
		if (i == 0)
			first = after;
		bad = registers_bad(0, &after, &first);
		if (bad < registers_count()) {
			registers_note(bad);
			return false;
		}
	}
	return true;
}

static void
test_registers(struct job *job)
{
	static const struct { size_t n, unit; } runs[] = {
		{ 0, 512 }, { 1, 16 }, { 1, 17 }, { 1, 100 }, { 1, 128 },
		{ 1, 240 }, { 1, 1111 }, { 1, 512 }, { 2, 512 }, { 3, 512 },
		{ 1, 1024 }, { 1, 1536 }
	};
	const struct xts_backend *b = job->backend;
	bool clean = true;
	size_t i, n, unit;

	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		n = runs[i].n;
		unit = runs[i].unit;
		if (!registers_clean(job, b->encrypt, n, unit) ||
		    !registers_clean(job, b->decrypt, n, unit)) {
			tap_note("%zu units of %zu bytes", n, unit);
			clean = false;
		}
	}
	tap_ok(clean, "%s: registers are clean after a run", b->name);

	/* Its two arguments are the first two of a run. */
	tap_ok(registers_clean(job, (xts_run *)(void (*)(void))b->expand, 0, 0),
	    "%s: registers are clean after an expansion", b->name);
}

/* The registers are those that some backend's CPU has: AVX, on x86-64. */
static bool
has_registers(void)
{
	const struct xts_backend *const *b = xts_backends;

	while (*b != &xts_c && !(*b)->usable())
		b++;
	return *b != &xts_c;
}

/* Each register is found out when it alone is spoilt. */
static void
test_spoilt(struct job *job)
{
	struct registers first, after;
	size_t i, count = registers_count();
	bool found = true;

	if (!has_registers()) {
		tap_skip("this CPU cannot run the assembly",
		    "each of %zu registers is detected when spoilt", count);
		return;
	}
	for (i = 0; i < count; i++) {
		new_secrets(job);
		registers_run(&first, registers_spoil, buf, job->data, i, 0,
		    job->tweak, &keys);
		new_secrets(job);
		registers_run(&after, registers_spoil, buf, job->data, i, 0,
		    job->tweak, &keys);
		if (registers_bad(0, &after, &first) != i ||
		    registers_bad(i + 1, &after, &first) != count) {
			registers_note(i);
			found = false;
		}
	}
	tap_ok(found, "each of %zu registers is detected when spoilt", count);
}

#define N_SPOILT 1
#define N_REGISTERS 2			/* of a backend in assembly */

#else

/* No assembly; and what C leaves in registers is the compiler's business. */
static void
test_registers(struct job *job)
{
	(void)job;
}

static void
test_spoilt(struct job *job)
{
	(void)job;
}

#define N_SPOILT 0
#define N_REGISTERS 0

#endif

#define N_STACK 8

/* Return how many tests there are of a backend. */
static int
count_tests(const struct xts_backend *backend)
{
	return N_STACK + (backend == &xts_c ? 0 : N_REGISTERS);
}

static void
test_backend(struct job *job)
{
	const char *why = usable_not(job->backend);
	int i;

	if (why != NULL) {
		for (i = 0; i < count_tests(job->backend); i++)
			tap_skip(why, "%s", job->backend->name);
		return;
	}
	if (xts_choose(job->backend->name) != XC_OK)
		abort();
	test_clean(job, derive, 0, 0, "the keys of a span");
	test_clean(job, expand, 0, 0, "an expansion");
	test_clean(job, encrypt, 3, 512, "encrypting 3 units");
	test_clean(job, decrypt, 3, 512, "decrypting 3 units");
	test_clean(job, encrypt, 1, 16, "encrypting a block");
	test_clean(job, decrypt, 1, 16, "decrypting a block");
	test_clean(job, encrypt, 1, 1111, "encrypting with stealing");
	test_clean(job, decrypt, 1, 1111, "decrypting with stealing");
	if (job->backend != &xts_c)
		test_registers(job);
}

int
main(void)
{
	static struct job job;
	const struct xts_backend *const *b;
	size_t depth;
	int n = 0;

	if (sodium_init() < 0)
		tap_bail("libsodium");
	job.stack = aligned_alloc(65536, STACK_BYTES);
	job.copy = calloc(1, STACK_BYTES);
	if (job.stack == NULL || job.copy == NULL)
		tap_bail("no memory");

	for (b = xts_backends; *b != NULL; b++)
		n += count_tests(*b);
	tap_plan(1 + N_SPOILT + n);
	job.backend = &xts_c;
	job.work = careless;
	tap_ok(leftovers(&job, &depth) != 0, "a key in a frame is detected");
	test_spoilt(&job);
	for (b = xts_backends; *b != NULL; b++) {
		job.backend = *b;
		test_backend(&job);
	}
	free(job.stack);
	free(job.copy);
	return tap_done();
}
