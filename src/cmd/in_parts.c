/* SPDX-License-Identifier: ISC */
#include <unistd.h>

#include "in_parts.h"
#include "msg.h"

/* Are there options that only --parts takes, for the header? */
static bool
chooses(const struct options *o)
{
	const struct layout usual = LAYOUT_DEFAULT;

	return o->no_integrity || o->segment_given || o->name != NULL ||
	    o->recovery || o->recovery_file != NULL || o->cost.passes != 0 ||
	    o->cost.memory != 0 || o->layout.sector != usual.sector ||
	    o->layout.span_shift != usual.span_shift;
}

int
in_parts_check(const struct options *o, const struct command *command)
{
	if (!options_in_parts(o))
		return EXIT_DONE;
	if ((o->parts != 0) + (o->part != 0) + o->parts_done > 1)
		return msg_usage("--parts, --part and --parts-done contradict "
		    "each other");
	if (o->operands > 1)
		return msg_usage("--parts, --part and --parts-done are for one "
		    "FILE");
	if (o->in_place || o->to_stdout || o->rm || o->keep_going ||
	    options_in_part(o) || options_is_stdio(o->operand[0]) ||
	    (o->output != NULL && options_is_stdio(o->output)))
		return msg_usage("--parts, --part and --parts-done need the "
		    "name of a file, and neither -c, --in-place, --rm, "
		    "--keep-going, --offset nor --length");
	if (command->bit == CMD_ENCRYPT && o->parts == 0 && chooses(o))
		return msg_usage("the slots and the layout are chosen with "
		    "--parts: leave them out");
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
in_parts_tell_done(const struct options *o, const char *name)
{
	/* A script knows it by the exit status. */
	if (isatty(STDERR_FILENO) != 1)
		return;
	if (o->parts_done)
		msg_note("%s: all parts are there", name);
	else
		msg_note("%s: wrote part %u of %u", name, o->part, o->of);
}
