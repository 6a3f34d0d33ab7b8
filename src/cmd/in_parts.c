/* SPDX-License-Identifier: ISC */
#include <unistd.h>

#include "in_parts.h"
#include "msg.h"

static const char *const ways[] = { "parts", "part", "parts-done" };

/* Options for which there are no parts. */
static const char *const others[] = {
	"stdout", "in-place", "rm", "keep-going", "offset", "length"
};

/* Options for the header, which --parts writes. */
static const char *const choices[] = {
	"name", "recovery", "recovery-file", "kdf", "kdf-passes", "kdf-memory",
	"sector-size", "segment-size", "span-shift", "no-integrity"
};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

/* Return the first of n options that was given, or NULL. */
static const char *
first_given(const struct options *o, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (options_given(o, names[i]))
			return names[i];
	return NULL;
}

int
in_parts_check(const struct options *o, const struct command *command)
{
	const char *way = first_given(o, ways, COUNT(ways)), *other;

	if (way == NULL)
		return EXIT_DONE;
	if ((o->parts != 0) + (o->part != 0) + o->parts_done > 1)
		return msg_usage("--parts, --part and --parts-done contradict "
		    "each other");
	if ((other = first_given(o, others, COUNT(others))) != NULL)
		return msg_usage("--%s and --%s contradict each other", way,
		    other);
	if (o->operands > 1)
		return msg_usage("--%s is for one FILE", way);
	if (options_is_stdio(o->operand[0]) ||
	    (o->output != NULL && options_is_stdio(o->output)))
		return msg_usage("--%s needs the names of the input and the "
		    "output", way);
	if (command->bit == CMD_ENCRYPT && o->parts == 0 &&
	    (other = first_given(o, choices, COUNT(choices))) != NULL)
		return msg_usage("--%s is chosen with --parts: leave it out",
		    other);
	return EXIT_DONE;
}

int
in_parts_check_input(const struct input *in)
{
	return in->io.seekable ? EXIT_DONE :
	    msg_refuse("%s: is empty, or no file or device: it has no parts",
	    in->name);
}

void
in_parts_tell_no_locks(const struct options *o, const char *name)
{
	if (o->parts_done)
		msg_note("%s: its file system has no locks: a part that is "
		    "still being written is not detected", name);
}

void
in_parts_tell_done(const struct options *o, const char *name,
    const char *suffix)
{
	/* A script knows it by the exit status. */
	if (isatty(STDERR_FILENO) != 1)
		return;
	if (o->parts_done)
		msg_note("%s: all parts are there", name);
	else if (o->parts != 0)
		msg_note("%s: no part is written yet: \"xtscrypt encrypt "
		    "--part I/%u\" writes one", name, o->parts);
	else
		msg_note("%s%s: wrote part %u of %u", name, suffix, o->part,
		    o->of);
}
