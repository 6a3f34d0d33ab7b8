/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lock.h"
#include "msg.h"
#include "removal.h"
#include "room.h"

/* Later writes would go to a file that has no name any more. */
static int
refuse_written(const struct input *in)
{
	return lock_written(in->fd) ? msg_refuse("%s: is not removed: another "
	    "program has it open for writing", in->path) : EXIT_DONE;
}

int
removal_begin(struct removal *r, const struct options *o,
    const struct input *in, const char *output)
{
	struct stat st;
	int err;

	*r = (struct removal){ .wanted = o->rm, .at.folder = -1 };
	if (!r->wanted)
		return EXIT_DONE;
	if (in->path == NULL || output == NULL)
		return msg_usage("--rm needs a FILE to remove, and another to "
		    "write");
	if (lstat(in->path, &st) != 0)
		return msg_fail(in->path, errno);
	if (!S_ISREG(st.st_mode))
		return msg_refuse("%s: --rm removes only regular files",
		    in->path);
	/* The data would remain under its other name, unknown to the user. */
	if (st.st_nlink != 1)
		return msg_refuse("%s: has another name, too: --rm would not "
		    "remove the data", in->path);
	err = place_find(&r->at, in->path);
	return err == XC_OK ? refuse_written(in) : msg_fail(in->path, err);
}

bool
removal_safe(const struct input *in, const struct output *out)
{
	return out->unnamed && out->at.lasts &&
	    (room_lasts(out->io.fd) || !room_lasts(in->fd));
}

int
removal_finish(struct removal *r, const struct input *in)
{
	int err, code;

	if (!r->wanted)
		return EXIT_DONE;
	if (!r->made)
		return msg_refuse("%s: was not removed, since the output "
		    "or its header is no regular file, or a power cut would "
		    "lose it", in->path);
	if ((code = refuse_written(in)) != EXIT_DONE)
		return code;
	err = input_untouched(in);
	if (err == XC_E_CHANGED)
		return msg_refuse("%s: has changed meanwhile, and was not "
		    "removed", in->path);
	if (err == XC_OK)
		err = place_holds(&r->at, in->fd);
	if (err == XC_OK && unlinkat(r->at.folder, r->at.name, 0) != 0)
		err = errno;
	if (err == XC_OK)
		err = place_sync(&r->at);
	return err == XC_OK ? EXIT_DONE : msg_fail(in->path, err);
}

void
removal_end(struct removal *r)
{
	place_leave(&r->at);
}
