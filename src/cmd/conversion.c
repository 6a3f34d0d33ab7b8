/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <sodium.h>

#include "conversion.h"
#include "convert.h"
#include "msg.h"
#include "word.h"

/* Name the command that finishes it, in a sentence. */
static void
hint_resume(const char *before, const char *path, const char *detached,
    const char *after)
{
	msg_hint("%s\"xtscrypt resume%s%s %s\" %s", before,
	    detached != NULL ? " -H " : "",
	    detached != NULL ? word_of(detached, "HEADER") : "",
	    word_of(path, "FILE"), after);
}

void
conversion_hint(const char *before, const char *path, const char *detached)
{
	hint_resume(before, path, detached, "continues");
}

static const char *
way_of(const struct journal_head *j)
{
	return j->purpose == JOURNAL_DECRYPTING ? "decrypted" : "encrypted";
}

/* Refuse: the journal is missing, another file's, or cannot be read. */
static int
fail_journal(const char *path, const char *headed,
    const struct header *header, int err)
{
	const char *state = header != NULL && header->state == HEADER_WRITING ?
	    "open for writing" : "being converted";
	char *journal;

	if (journalfile_path(&journal, headed) != XC_OK)
		return msg_fail(headed, err);
	if (err > 0) {
		msg_fail(journal, err);
	} else if (err == XC_E_JOURNAL_LOST) {
		msg_error("%s: is %s in place, but its journal is missing",
		    headed, state);
		msg_hint("put it back as %s; without it the data is lost",
		    journal);
	} else if (err == XC_E_JOURNAL_OTHER) {
		msg_error("%s: is the journal of another file than %s", journal,
		    path);
		msg_hint("move it away, to the file that it belongs to");
	} else if (err == XC_E_JOURNAL || err == XC_E_JOURNAL_FILE) {
		msg_error("%s: has the name of the journal of %s, but is "
		    "damaged or another file", journal, headed);
		msg_hint("put the journal back; if no conversion of %s was "
		    "interrupted, move this file away", path);
	} else {
		msg_error("%s: is the journal of another moment than the "
		    "header of %s", journal, path);
		msg_hint("put back the data, the header and the journal of one "
		    "moment");
	}
	free(journal);
	return exit_code(err);
}

int
conversion_check(const char *path, const char *detached,
    const struct header *header)
{
	const char *headed = detached != NULL ? detached : path, *file = path;
	struct journal_seen seen;
	const struct err look = convert_look(&seen, headed, header);
	const int err = look.code;

	if (err == XC_E_CONVERTING || err == XC_E_WRITING) {
		/* path may be a header, whose data only the user knows. */
		if (!seen.head.attached && detached == NULL)
			file = "FILE";
		detached = seen.head.attached ? NULL : headed;
	}
	switch (err) {
	case XC_OK:
	case XC_E_JOURNAL_LEFT:
		return EXIT_DONE;
	case XC_E_CONVERTING:
		msg_error("%s: is being %s in place", path,
		    way_of(&seen.head));
		conversion_hint("", file, detached);
		return EXIT_HEADER;
	case XC_E_WRITING:
		msg_error("%s: %s", path, err_text(err));
		hint_resume("if no program has it open, ", file, detached,
		    "closes it");
		return EXIT_HEADER;
	case XC_E_PARTS:
		return msg_fail(headed, err);
	default:
		return look.file == ERR_HEADER ? msg_fail(headed, err) :
		    fail_journal(path, headed, header, err);
	}
}

/* Read the header at the start of the file called path, if that is possible. */
static bool
read_own_header(struct header *header, const char *path)
{
	uint8_t bytes[HEADER_BYTES];
	int fd, err = io_open(&fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC, NULL);

	if (err != XC_OK)
		return false;
	err = convert_read_header(bytes, fd);
	close(fd);
	if (err == XC_OK)
		err = header_decode(header, bytes);
	/* If there is no header, it is plaintext. */
	sodium_memzero(bytes, sizeof(bytes));
	return err == XC_OK;
}

bool
conversion_seen(struct conversion_shown *shown, const char *path,
    const char *detached)
{
	const char *headed = detached != NULL ? detached : path;
	struct journal_seen seen;
	const struct journal_head *j = &seen.head;
	struct header h;
	uint64_t steps;
	int state;

	*shown = (struct conversion_shown){ .way = NULL };
	if (journalfile_look(&seen, headed).code != XC_OK || !seen.has_header)
		return false;
	state = convert_judge(read_own_header(&h, headed) ? &h : NULL, j);
	shown->header = seen.header;
	shown->writing = state == XC_E_WRITING;
	if (state != XC_E_CONVERTING || j->purpose == JOURNAL_WRITING ||
	    j->chunk == 0 || j->length < CHUNK_LENGTH_MIN)
		return shown->writing;
	steps = 1 + (j->length - LAYOUT_BLOCK) / j->chunk;
	shown->way = way_of(j);
	/* The last step is not done while there is a journal. */
	shown->percent = seen.sequence >= steps ? 99 :
	    (unsigned)((double)seen.sequence * 100 / (double)steps);
	return true;
}
