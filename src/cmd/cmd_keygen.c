/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <string.h>

#include <sodium.h>

#include "command.h"
#include "keyfile.h"
#include "msg.h"
#include "options.h"
#include "output.h"
#include "job_report.h"
#include "signals.h"
#include "locked.h"
#include "target.h"

static int
write_random(struct output *out)
{
	uint8_t *bytes = locked_malloc(KEYFILE_RANDOM_BYTES);
	int err;

	if (bytes == NULL)
		return ENOMEM;
	/* Once, except one time in 2^27: then every key file looks random. */
	do {
		randombytes_buf(bytes, KEYFILE_RANDOM_BYTES);
	} while (!keyfile_looks_random(bytes));
	err = io_write(&out->io, bytes, KEYFILE_RANDOM_BYTES, 0);
	sodium_free(bytes);
	return err;
}

/* Create it whole or not at all: half a key file would be a key file too. */
static int
make_key_file(const char *path)
{
	struct job_report report;
	struct output out;
	struct stat st;
	int err;

	/* output_open would write to a device or a FIFO; this is a new file. */
	if (lstat(path, &st) == 0)
		return XC_E_EXISTS;
	job_report_init(&report);
	signals_hold();
	err = output_open(&out, path, OUTPUT_PRIVATE, &report.wait);
	if (err == XC_OK)
		err = write_random(&out);
	if (err == XC_OK)
		err = output_commit(&out, KEYFILE_RANDOM_BYTES, NULL);
	output_abort(&out);
	target_tell_left(&out, path);
	job_report_release(err);
	return err;
}

int
cmd_keygen(const struct options *o)
{
	int err;

	/* There it could be read by others, and overwrite anything. */
	if (strcmp(o->operand[0], "-") == 0)
		return msg_usage("a key file is not written to standard "
		    "output; \"./-\" is a file of that name");
	err = make_key_file(o->operand[0]);
	return msg_fail_new(o->operand[0], err);
}
