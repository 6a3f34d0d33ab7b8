/* SPDX-License-Identifier: ISC */
/*
 * What a run leaves on the stack, and in registers.  The same work is done
 * twice on the same stack with other keys, tweaks and data; whatever differs
 * afterwards below the caller's frame, or in a register, came from them, in
 * whatever form.  What C leaves in registers is the compiler's business.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "callsaved.h"
#include "cpu.h"
#include "tap.h"
#include "usable.h"
#include "xts_backend.h"

#define STACK (512 * 1024)
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

/* What must be found: one round key, in a frame that nobody wipes. */
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

	if (len > STACK)
		len = 0;
	for (i = 0; i < len; i++)
		job->copy[i] = from[i];
	job->len = len;
}

/* What a thread left before its work is of no interest, nor always alike. */
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

	memset(job->stack, PAINT, STACK);
	if (pthread_attr_init(&attr) != 0 ||
	    pthread_attr_setstack(&attr, job->stack, STACK) != 0 ||
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
 * How many bytes tell secrets apart.  The first run is for what the dynamic
 * linker does once; two more pairs, since secrets may be equal in a byte.
 */
static size_t
leftovers(struct job *job, size_t *depth)
{
	static uint8_t first[STACK];
	size_t i, differ = 0, round;

	do_job(job);
	new_secrets(job);
	do_job(job);
	memcpy(first, job->copy, STACK);
	for (i = 0; i < job->len && first[i] == PAINT; i++)
		;
	*depth = job->len - i;
	for (round = 0; round < 2; round++) {
		new_secrets(job);
		do_job(job);
		for (i = 0; i < job->len; i++)
			differ += first[i] != job->copy[i];
	}
	return job->len > STACK / 2 ? differ : SIZE_MAX;
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

#ifdef CALLSAVED_DUMP

/* How many bytes of registers tell secrets apart. */
static size_t
register_leftovers(struct job *job, xts_run *run, size_t n, size_t unit)
{
	static uint8_t first[CALLSAVED_DUMP], dump[CALLSAVED_DUMP];
	int wide = cpu_has_vaes512();
	size_t i, differ = 0, round;

	for (round = 0; round < 4; round++) {
		new_secrets(job);
		callsaved_dump(buf, job->data, n, unit, job->tweak, &keys, run,
		    round == 0 ? first : dump, wide);
		for (i = 0; round > 0 && i < sizeof(dump); i++)
			differ += first[i] != dump[i];
	}
	return differ;
}

static void
test_registers(struct job *job)
{
	static const struct { size_t n, unit; } runs[] = {
		{ 0, 512 }, { 1, 16 }, { 1, 128 }, { 1, 240 }, { 1, 1111 },
		{ 1, 512 }, { 2, 512 }, { 3, 512 }, { 1, 1024 }, { 1, 1536 }
	};
	const struct xts_backend *b = job->backend;
	size_t i, left = 0;

	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		left += register_leftovers(job, b->encrypt, runs[i].n,
		    runs[i].unit);
		left += register_leftovers(job, b->decrypt, runs[i].n,
		    runs[i].unit);
	}
	if (!tap_ok(left == 0, "%s: nothing left of runs in registers",
	    b->name))
		tap_note("%zu bytes", left);

	/* Its second argument is the key: here, what is otherwise data. */
	left = register_leftovers(job, (xts_run *)(void (*)(void))b->expand,
	    0, 0);
	if (!tap_ok(left == 0, "%s: nothing left of an expansion in registers",
	    b->name))
		tap_note("%zu bytes", left);
}

static void
test_careless(struct job *job)
{
	size_t i, n = CALLSAVED_CARELESS;
	bool noticed = true;

	if (!cpu_has_aesni()) {
		tap_skip("CPU without AVX", "a tweak in a register is noticed");
		return;
	}
	if (!cpu_has_vaes512())
		n -= CALLSAVED_CARELESS_WIDE;
	for (i = 0; i < n; i++)
		noticed &= register_leftovers(job, callsaved_careless[i], 0,
		    0) != 0;
	tap_ok(noticed, "a tweak in a register is noticed");
}

#else

static void
test_registers(struct job *job)
{
	tap_skip("no look at this CPU's registers",
	    "%s: nothing left of runs in registers", job->backend->name);
	tap_skip("no look at this CPU's registers",
	    "%s: nothing left of an expansion in registers",
	    job->backend->name);
}

static void
test_careless(struct job *job)
{
	(void)job;
	tap_skip("CPU that no assembly is for",
	    "a tweak in a register is noticed");
}

#endif

/* Of a backend in assembly; the portable one has no promise for registers. */
#define N_TESTS 9
#define N_PORTABLE_TESTS 7

static void
test_backend(struct job *job)
{
	const char *why = usable_not(job->backend);
	int i;

	if (why != NULL) {
		for (i = 0; i < N_TESTS; i++)
			tap_skip(why, "%s", job->backend->name);
		return;
	}
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
	job.stack = aligned_alloc(65536, STACK);
	job.copy = calloc(1, STACK);
	if (job.stack == NULL || job.copy == NULL)
		tap_bail("no memory");

	for (b = xts_backends; *b != NULL; b++)
		n += *b == &xts_c ? N_PORTABLE_TESTS : N_TESTS;
	tap_plan(2 + n);
	job.backend = &xts_c;
	job.work = careless;
	tap_ok(leftovers(&job, &depth) != 0, "a key in a frame is noticed");
	test_careless(&job);
	for (b = xts_backends; *b != NULL; b++) {
		job.backend = *b;
		test_backend(&job);
	}
	free(job.stack);
	free(job.copy);
	return tap_done();
}
