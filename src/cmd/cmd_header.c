/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "conversion.h"
#include "distinct.h"
#include "target.h"
#include "headerfile.h"
#include "msg.h"
#include "secret.h"
#include "side.h"
#include "signals.h"
#include "source.h"

/* Copy the header to the file called name, or if NULL to standard output. */
static int
save_bytes(const struct options *o, const char *name, const struct source *s)
{
	struct output out;
	int err;
	int code = EXIT_DONE;

	signals_hold();
	err = output_open(&out, name, target_flags(o) | OUTPUT_PRIVATE,
	    &s->report.wait);
	if (err == XC_OK && target_guards_terminal(o, out.io.fd))
		err = XC_E_BINARY;
	if (err == XC_OK)
		code = target_room(o, &out, name, HEADER_BYTES);
	if (err == XC_OK && code == EXIT_DONE)
		err = io_write(&out.io, s->file.hf.bytes, HEADER_BYTES, 0);
	if (err == XC_OK && code == EXIT_DONE)
		err = output_commit(&out, HEADER_BYTES, NULL);
	output_abort(&out);
	target_tell_left(&out, name);
	job_report_release(err);
	return err == XC_OK ? code : msg_fail(target_called(name), err);
}

int
cmd_header_save(const struct options *o)
{
	struct source s;
	const char *name;
	int code;

	name = options_is_stdio(o->operand[1]) ? NULL : o->operand[1];
	if ((code = source_open(&s, o)) != EXIT_DONE)
		return code;
	if ((code = source_whole(&s, o)) == EXIT_DONE)
		code = source_distinct(&s, o, name, STDOUT_FILENO);
	if (code == EXIT_DONE)
		code = save_bytes(o, name, &s);
	source_close(&s);
	return code;
}

/* A backup to restore into a file. */
struct restoration {
	const struct options *o;
	struct headerfile backup;
	int fd;			/* of the file, locked */
	struct headerfile hf;	/* what it has now, if that can be read */
};

/* Stop the job after the first segment: that is enough. */
static bool
tick_once(void *damaged, uint64_t done)
{
	(void)damaged;
	return done == 0;
}

static void
note_damage(void *damaged, uint64_t from, uint64_t to)
{
	(void)from;
	(void)to;
	*(bool *)damaged = true;
}

/* Was the file's first segment encrypted under the backup's keys? */
static int
check_first(const struct restoration *r, struct io *in, struct key *key)
{
	bool damaged = false;
	struct container c = { .in = in, .hf = r->backup, .key = key };
	const struct job how = {
		.threads = 1,
		.chunk = 1,
		.tick = tick_once,
		.damaged = note_damage,
		.context = &damaged
	};
	int err;

	io_skip(in, HEADER_BYTES);
	err = container_decrypt(&c, &how).code;
	if (err == XC_E_STOPPED || err == XC_E_TRAILING)
		err = damaged ? XC_E_DAMAGED : XC_OK;
	return err;
}

/* Continue only with -f: nothing shows that the backup is the file's own. */
static int
go_on_unproven(const struct restoration *r, const char *why, int code)
{
	const char *file = r->o->operand[0];

	if (r->o->force) {
		msg_note("%s: restoring it unchecked: %s", file, why);
		return EXIT_DONE;
	}
	msg_error("%s: %s", file, why);
	msg_hint("-f restores it unchecked, over the start of %s", file);
	return code;
}

/* Open the backup with a secret.  This checks its MAC, too. */
static int
open_backup(struct key **key, const struct restoration *r)
{
	const struct options *o = r->o;

	return secret_open(key, NULL, &(const struct opening){
		.file = o->operand[1],
		.hf = &r->backup,
		.source = &o->secret,
		.slots = KEY_ALL_SLOTS,
		.limit = o->limit
	});
}

/* Check that the backup belongs to this payload: its own header is lost. */
static int
prove_payload(const struct restoration *r)
{
	const struct options *o = r->o;
	struct key *key = NULL;
	struct io in;
	int err, code;

	/* The failed search for a header may have moved the offset. */
	err = lseek(r->fd, 0, SEEK_SET) < 0 ? errno : XC_OK;
	if (err == XC_OK)
		err = io_input(&in, r->fd, NULL);
	if (err != XC_OK)
		return msg_fail(o->operand[0], err);
	if (r->backup.header.layout.integrity == LAYOUT_NO_TAGS ||
	    !in.seekable || in.size <= HEADER_BYTES)
		return go_on_unproven(r, "its header is lost, and nothing can "
		    "check whether the backup is its own", EXIT_SYSTEM);
	if ((code = open_backup(&key, r)) != EXIT_DONE)
		return code;
	err = check_first(r, &in, key);
	key_free(key);
	if (err == XC_OK)
		return EXIT_DONE;
	if (err != XC_E_DAMAGED && err != XC_E_CUT)
		return msg_fail(o->operand[0], err);
	return go_on_unproven(r, "the backup belongs to another file, or the "
	    "first segment is damaged too", EXIT_DATA);
}

/* Refuse to overwrite a side file: its header may be the right one. */
static int
refuse_foreign(const struct restoration *r)
{
	const char *file = r->o->operand[0];
	char *side;

	msg_error("%s: is the header of another file than %s", r->o->operand[1],
	    file);
	if (r->hf.rescued && side_path(&side, file) == XC_OK) {
		msg_hint("if it is the right one, move %s away first", side);
		free(side);
	}
	return EXIT_SYSTEM;
}

/*
 * Check that the backup is an earlier header of this file, which has a header
 * or its side file.
 */
static int
compare_ids(const struct restoration *r)
{
	const struct header *now = &r->hf.header, *then = &r->backup.header;
	int err = header_whole(now);

	if (err != XC_OK)
		return msg_fail(r->o->operand[0], err);
	if (memcmp(now->id, then->id, sizeof(now->id)) != 0)
		return refuse_foreign(r);
	if (then->generation >= now->generation || r->o->force)
		return EXIT_DONE;
	msg_refuse("%s: is older than the header of %s: secrets that were "
	    "removed or changed since would open it again", r->o->operand[1],
	    r->o->operand[0]);
	msg_hint("-f restores it anyway");
	return EXIT_SYSTEM;
}

/*
 * Read the backup: a header and nothing else.  Anything longer is usually the
 * encrypted file, with the two names exchanged.
 */
static int
read_backup(struct restoration *r)
{
	const char *name = r->o->operand[1];
	uint8_t bytes[HEADER_BYTES + 1];
	struct io io;
	size_t got = 0;
	int fd;
	int err = io_open(&fd, name,
	    O_RDONLY | O_NOCTTY | O_CLOEXEC, NULL);

	if (err == XC_OK)
		err = io_input(&io, fd, NULL);
	if (err == XC_OK)
		err = io_read(&io, bytes, sizeof(bytes), 0, &got);
	if (err == XC_OK && got < HEADER_BYTES)
		err = XC_E_MAGIC;
	if (err == XC_OK)
		err = headerfile_decode(&r->backup, bytes, fd, NULL).code;
	if (fd >= 0)
		close(fd);
	if (err == XC_OK)
		err = header_whole(&r->backup.header);
	if (err != XC_OK)
		return msg_fail(name, err);
	if (got == HEADER_BYTES)
		return EXIT_DONE;
	msg_error("%s: is not only a header; the order is FILE BACKUP", name);
	msg_hint("\"xtscrypt header save\" copies the header of a file");
	return EXIT_USAGE;
}

/* Check a backup for a file whose own header is valid: require a secret. */
static int
compare_whole(const struct restoration *r)
{
	struct key *key = NULL;
	int code = compare_ids(r);

	if (code != EXIT_DONE || r->o->force)
		return code;
	code = open_backup(&key, r);
	key_free(key);
	return code;
}

/* Handle an intact header that this version cannot use. */
static int
replace_unknown(const struct restoration *r, int err)
{
	const char *file = r->o->operand[0];

	if (!r->o->force) {
		msg_error("%s: %s", file, err_text(err));
		msg_hint("-f replaces the header anyway");
		return EXIT_HEADER;
	}
	return prove_payload(r);
}

/* Handle a missing header: the side file may have one. */
static int
replace_lost(struct restoration *r)
{
	const char *file = r->o->operand[0];
	struct err err = headerfile_rescue(&r->hf, r->fd, file);
	int code = EXIT_DONE;

	if (err.code > 0 || err.code == XC_E_REPLACED)
		return source_fail(file, err);
	if (err.code == XC_OK)
		code = compare_ids(r);
	return code == EXIT_DONE ? prove_payload(r) : code;
}

/* Check that the backup may replace what the file has. */
static int
check_backup(struct restoration *r)
{
	struct err err = headerfile_read(&r->hf, r->fd, r->o->operand[0]);

	switch (err.code) {
	case XC_OK:
		return r->hf.rescued ? replace_lost(r) : compare_whole(r);
	case XC_E_VERSION:
	case XC_E_CIPHER:
	case XC_E_FIELD:
		return replace_unknown(r, err.code);
	case XC_E_MAGIC:
	case XC_E_CHECKSUM:
	case EIO:
		return replace_lost(r);
	default:
		return source_fail(r->o->operand[0], err);
	}
}

static int
restore_locked(struct restoration *r)
{
	const char *file = r->o->operand[0];
	struct err err;
	int code = conversion_check(file, NULL, NULL);

	if (code != EXIT_DONE || (code = check_backup(r)) != EXIT_DONE)
		return code;

	signals_hold();
	err = headerfile_replace(r->fd, file, r->backup.bytes);
	if (err.code != XC_OK)
		code = source_fail(file, err);
	signals_release();
	if (code == EXIT_DONE)
		msg_note("%s: restored the header from %s", file,
		    r->o->operand[1]);
	return code;
}

int
cmd_header_restore(const struct options *o)
{
	struct restoration r = { .o = o, .fd = -1 };
	int err;
	int code;

	if ((code = read_backup(&r)) != EXIT_DONE)
		return code;
	err = headerfile_lock(&r.fd, o->operand[0], o->no_lock);
	if (err != XC_OK)
		return msg_fail(o->operand[0], err);
	code = distinct_files(o, r.fd, o->operand[1], -1, o->operand[0]);
	if (code == EXIT_DONE)
		code = restore_locked(&r);
	close(r.fd);
	return code;
}
