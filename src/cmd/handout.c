/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "handout.h"
#include "locked.h"
#include "msg.h"
#include "recovery_code.h"
#include "signals.h"
#include "target.h"
#include "terminal.h"
#include "utf8.h"

#define IN_LINE 5	/* groups */

static int
check_target(struct handout *h)
{
	if (h->path != NULL)
		return target_check_new(h->path);
	h->terminal = open(TERMINAL_PATH, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	if (h->terminal >= 0)
		return EXIT_DONE;
	msg_error("there is no terminal to show the recovery code on");
	msg_hint("write it to a file with --recovery-file FILE");
	return EXIT_USAGE;
}

int
handout_begin(struct handout *h, const struct options *o)
{
	int code;

	*h = (struct handout){ .path = o->recovery_file, .terminal = -1 };
	h->wanted = o->recovery || h->path != NULL;
	if (!h->wanted)
		return EXIT_DONE;
	if ((code = check_target(h)) != EXIT_DONE)
		return code;
	h->code.passphrase = locked_malloc(sizeof(*h->code.passphrase));
	if (h->code.passphrase == NULL)
		return msg_fail(NULL, ENOMEM);
	recovery_code_draw(h->code.passphrase->bytes);
	h->code.passphrase->len = RECOVERY_CODE_BYTES;
	h->code.random = true;
	return EXIT_DONE;
}

/* Write one line, as --passphrase-file reads it. */
int
handout_prepare(struct handout *h, struct job_report *report)
{
	static const uint8_t newline[] = "\n";
	int err;

	if (h->path == NULL)
		return EXIT_DONE;
	err = output_open(&h->out, h->path, OUTPUT_PRIVATE, &report->wait);
	if (err == XC_OK)
		err = io_write(&h->out.io, h->code.passphrase->bytes,
		    RECOVERY_CODE_BYTES, 0);
	if (err == XC_OK)
		err = io_write(&h->out.io, newline, 1, RECOVERY_CODE_BYTES);
	if (err == XC_OK)
		err = output_settle(&h->out, RECOVERY_CODE_BYTES + 1, NULL);
	return err == XC_OK ? EXIT_DONE : msg_fail_new(h->path, err);
}

/* Write without stdio, which would keep a copy. */
static bool
put(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && (errno != EINTR || signals_caught() != 0))
			return false;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return true;
}

static bool
show_groups(const struct handout *h, const char *file)
{
	const uint8_t *code = h->code.passphrase->bytes;
	char text[1024];
	size_t at, len;
	bool good;

	snprintf(text, sizeof(text), "Recovery code for %.900s", file);
	utf8_clean(text);
	strcat(text, ": write it down, it is shown only now.\n\n");
	good = put(h->terminal, text, strlen(text));
	for (unsigned g = 0; g < RECOVERY_CODE_GROUPS && good; g += IN_LINE) {
		at = g * (RECOVERY_CODE_GROUP + 1);
		len = IN_LINE * (RECOVERY_CODE_GROUP + 1) - 1;
		if (len > RECOVERY_CODE_BYTES - at)
			len = RECOVERY_CODE_BYTES - at;
		snprintf(text, sizeof(text), "    %2u  ", g + 1);
		good = put(h->terminal, text, strlen(text)) &&
		    put(h->terminal, code + at, len) &&
		    put(h->terminal, "\n", 1);
	}
	return good && put(h->terminal, "\n", 1);
}

int
handout_give(struct handout *h, const char *file)
{
	int err = XC_OK;

	if (!h->wanted)
		return EXIT_DONE;
	if (h->path != NULL)
		err = output_place(&h->out);
	else if (!show_groups(h, file))
		err = errno;
	if (err == XC_OK)
		return EXIT_DONE;
	(void)msg_fail(h->path == NULL ? TERMINAL_PATH : h->path, err);
	msg_hint("%s: nobody has its recovery code: use \"xtscrypt key remove "
	    "--name " HANDOUT_SLOT "\"", file);
	return EXIT_SYSTEM;
}

void
handout_end(struct handout *h)
{
	secret_free(&h->code);
	output_abort(&h->out);
	target_tell_left(&h->out, h->path);
	if (h->wanted && h->terminal >= 0)
		close(h->terminal);
	*h = (struct handout){ .terminal = -1 };
}
