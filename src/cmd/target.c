/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conversion.h"
#include "msg.h"
#include "path.h"
#include "progress.h"
#include "room.h"
#include "target.h"

static bool
has_suffix(const char *path)
{
	const char *base = strrchr(path, '/');
	size_t len;

	base = base == NULL ? path : base + 1;
	len = strlen(base);
	return len > strlen(TARGET_SUFFIX) &&
	    strcmp(base + len - strlen(TARGET_SUFFIX), TARGET_SUFFIX) == 0;
}

/*
 * Can the output be created beside path?  Not for a pipe, nor for a device,
 * whose folder is in memory.
 */
static bool
lends_name(const char *path)
{
	struct stat st;

	return path_descriptor(path) < 0 && (stat(path, &st) != 0 ||
	    S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* Derive the output's name: the input's with the suffix added or removed. */
static int
derive_name(char **name, const struct options *o, bool encrypt)
{
	size_t len = strlen(o->operand[0]);

	if (!lends_name(o->operand[0])) {
		msg_error("%s: is not a regular file, so the output has no "
		    "name", o->operand[0]);
		msg_hint("name the output with -o FILE, or write to standard "
		    "output with -c");
		return EXIT_USAGE;
	}
	if (encrypt && has_suffix(o->operand[0]) && !o->force) {
		msg_error("%s: has a name that already ends in %s",
		    o->operand[0], TARGET_SUFFIX);
		msg_hint(o->part != 0 || o->parts_done ?
		    "name the file that is encrypted, as for --parts" :
		    "encrypt it once more with -f, or name the output with -o");
		return EXIT_USAGE;
	}
	if (!encrypt && !has_suffix(o->operand[0])) {
		msg_error("%s: has a name that does not end in %s",
		    o->operand[0], TARGET_SUFFIX);
		msg_hint("name the output with -o FILE");
		return EXIT_USAGE;
	}
	*name = malloc(len + sizeof(TARGET_SUFFIX));
	if (*name == NULL)
		return msg_fail(o->operand[0], ENOMEM);
	memcpy(*name, o->operand[0], len + 1);
	if (encrypt)
		memcpy(*name + len, TARGET_SUFFIX, sizeof(TARGET_SUFFIX));
	else
		(*name)[len - strlen(TARGET_SUFFIX)] = '\0';
	return EXIT_DONE;
}

int
target_name(char **name, const struct options *o, bool encrypt)
{
	int code = EXIT_DONE;

	*name = NULL;
	if (o->to_stdout && o->output != NULL)
		return msg_usage("-c and -o contradict each other");
	if (o->output != NULL && *o->output == '\0')
		return msg_usage("the name of the output is empty");
	if (o->output != NULL && !options_is_stdio(o->output)) {
		if ((*name = strdup(o->output)) == NULL)
			return msg_fail(o->output, ENOMEM);
	} else if (o->output == NULL && !o->to_stdout &&
	    !options_is_stdio(o->operand[0])) {
		code = derive_name(name, o, encrypt);
	}
	return code;
}

int
target_check(const struct options *o, const char *name)
{
	int err, code;

	if (name == NULL)
		return EXIT_DONE;
	if ((code = conversion_check(name, NULL, NULL)) != EXIT_DONE)
		return code;
	if ((err = output_check(name, target_flags(o))) != XC_OK)
		return msg_fail(name, err);
	if ((err = output_check_folder(name)) == XC_OK)
		return EXIT_DONE;
	/* These are errors of the folder, and would be read as the input's. */
	if (err == ENOENT || err == EACCES || err == EROFS ||
	    err == EPERM)
		return msg_refuse("%s: cannot be created in its folder: %s",
		    name, err_text(err));
	return msg_fail(name, err);
}

int
target_check_new(const char *name)
{
	int err = output_check(name, 0);

	if (err == XC_OK)
		err = output_check_folder(name);
	return msg_fail_new(name, err);
}

unsigned
target_flags(const struct options *o)
{
	return o->force ? OUTPUT_REPLACE : 0;
}

bool
target_guards_terminal(const struct options *o, int out)
{
	return !o->force && isatty(out) == 1 &&
	    (o->output == NULL || strcmp(o->output, "-") != 0);
}

/* Refuse now, rather than after hours, what the disk has no room for. */
static int
check_disk(const struct output *out, const char *name, uint64_t need)
{
	unsigned long long room = room_for(out->io.fd);

	if (need <= room)
		return EXIT_DONE;
	if (out->io.sparse) {
		msg_note("%s: its disk has room for %llu bytes, and %llu are "
		    "needed unless many are zeros", target_called(name), room,
		    (unsigned long long)need);
		return EXIT_DONE;
	}
	msg_error("%s: its disk has room for %llu bytes, but %llu are needed",
	    target_called(name), room, (unsigned long long)need);
	msg_hint("-f tries anyway");
	return EXIT_SYSTEM;
}

int
target_room(const struct options *o, const struct output *out, const char *name,
    uint64_t need)
{
	/* output_check checks the path of a device, but no descriptor. */
	if (out->io.device && !o->force) {
		msg_error("%s: is a block device", target_called(name));
		msg_hint("-f overwrites it");
		return EXIT_SYSTEM;
	}
	if (out->io.size == IO_UNKNOWN)
		return o->force ? EXIT_DONE : check_disk(out, name, need);
	if (need <= out->io.size)
		return EXIT_DONE;
	return msg_refuse("%s: has room for %llu bytes, but %llu are needed",
	    target_called(name), (unsigned long long)out->io.size,
	    (unsigned long long)need);
}

void
target_tell_left(const struct output *out, const char *name)
{
	if (out->left)
		msg_error("%s: %s, which was created beside it, could not be "
		    "removed", name, out->temporary);
}

void
target_made(const struct job_report *report, const char *output, uint64_t size)
{
	char text[PROGRESS_SIZE];

	/* A script knows the names. */
	if (output == NULL || report->terminal || isatty(STDERR_FILENO) != 1)
		return;
	progress_size(text, (double)size, "");
	msg_note("%s -> %s (%s)", report->name, output, text);
}

const char *
target_called(const char *output)
{
	return output == NULL ? "standard output" : output;
}
