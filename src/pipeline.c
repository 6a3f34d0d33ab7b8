/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "pipeline.h"
#include "thread.h"

int
pipeline_new(struct pipeline *p, struct step_rule *rule)
{
	int err = XC_OK;

	for (size_t i = 0; i < PIPELINE_STEPS && err == XC_OK; i++)
		err = step_new(&p->steps[i], rule);
	return err;
}

void
pipeline_free(struct pipeline *p)
{
	for (size_t i = 0; i < PIPELINE_STEPS; i++)
		step_free(&p->steps[i]);
}

static uint64_t
steps_in_all(const struct pipeline *p)
{
	return chunk_count(&p->steps[0].rule->chunks);
}

static void *
read_beside(void *step)
{
	struct step *s = step;

	step_read(s, s->k);
	return NULL;
}

static void *
crypt_beside(void *step)
{
	step_crypt(step);
	return NULL;
}

/* Start a thread; false: there is none, and the work was done here. */
static bool
begin_beside(pthread_t *thread, void *(*work)(void *), struct step *s)
{
	if (thread_start(thread, 0, work, s) == 0)
		return true;
	work(s);
	return false;
}

/* Return the buffers of step k: three steps are at work at a time. */
static struct step *
step_of(struct pipeline *p, uint64_t k)
{
	return &p->steps[k % PIPELINE_STEPS];
}

/* Write the chunk of step k, while the next is crypted and one more is read. */
static struct err
write_beside(struct pipeline *p, uint64_t k)
{
	const uint64_t n = steps_in_all(p);
	struct step *third = step_of(p, k + 2);
	bool crypts = false, reads = false;
	pthread_t crypting, reading;
	struct err err;

	third->k = k + 2;
	if (k < n)
		crypts = begin_beside(&crypting, crypt_beside,
		    step_of(p, k + 1));
	if (k + 1 < n)
		reads = begin_beside(&reading, read_beside, third);
	err = step_write(step_of(p, k));
	if (crypts)
		pthread_join(crypting, NULL);
	if (reads)
		pthread_join(reading, NULL);
	return err;
}

struct err
pipeline_step(struct pipeline *p, uint64_t k)
{
	struct step *s = step_of(p, k), *next = step_of(p, k + 1);
	bool more = k < steps_in_all(p);
	struct err err = step_log(s);

	if (err.code == XC_OK)
		err = write_beside(p, k);
	/* The disk begins with it before it is done with the chunk. */
	if (err.code == XC_OK && more && next->err.code == XC_OK)
		err = step_log_data(next);
	if (err.code == XC_OK)
		err = step_sync(s);
	return err.code == XC_OK && more ? next->err : err;
}

struct err
pipeline_fill(struct pipeline *p, uint64_t k)
{
	struct step *s = step_of(p, k + 1);
	struct err err;

	step_read(s, k + 1);
	err = step_crypt(s);
	if (err.code == XC_OK)
		err = step_log_data(s);
	if (err.code == XC_OK && k + 1 < steps_in_all(p))
		step_read(step_of(p, k + 2), k + 2);
	return err;
}
