/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "show.h"
#include "signals.h"
#include "utf8.h"

void
show_name(const char *name)
{
	char copy[4352];	/* longer names cannot be opened */

	snprintf(copy, sizeof(copy), "%s", name);
	utf8_clean(copy);
	fputs(copy, stdout);
}

void
show_slots(const struct header *h)
{
	static const char *const factors[] = {
		[HEADER_PASSPHRASE] = "passphrase",
		[HEADER_KEY_FILE] = "key file",
		[HEADER_BOTH] = "passphrase and key file"
	};

	for (unsigned i = 0; i < HEADER_SLOTS; i++) {
		const struct header_slot *s = &h->slots[i];

		if (s->kind == HEADER_EMPTY)
			continue;
		if (s->kind != HEADER_ARGON2ID) {
			printf("slot %u      of a kind unknown to this version "
			    "(%u)\n", i, s->kind);
			continue;
		}
		printf("slot %u      %s; Argon2id, %u %s over %u MiB", i,
		    factors[s->factors], s->passes,
		    s->passes == 1 ? "pass" : "passes", s->memory / 1024);
		if (s->name[0] != '\0')
			printf("; \"%s\"", s->name);
		printf("\n");
	}
}

int
show_end(void)
{
	int err = fflush(stdout) != 0 || ferror(stdout) != 0 ? errno : XC_OK;

	/* Some file systems report only here that the disk was full. */
	if (close(STDOUT_FILENO) != 0 && errno != EINTR && err == XC_OK)
		err = errno;
	if (err == EPIPE)
		signals_die_of_pipe();
	return msg_fail("standard output", err);
}
