/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "conversion.h"
#include "distinct.h"
#include "handout.h"
#include "hold.h"
#include "in_place.h"
#include "msg.h"
#include "path.h"
#include "signals.h"
#include "slots.h"
#include "source.h"
#include "witness.h"

/* Refuse options that make another file than FILE. */
static int
check_options(const struct options *o)
{
	if (o->output != NULL || o->to_stdout)
		return msg_usage("--in-place makes no other file: leave out -o "
		    "and -c");
	if (o->rm)
		return msg_usage("--in-place and --rm contradict each other");
	if (o->keep_going)
		return msg_usage("--keep-going is for \"xtscrypt resume\", "
		    "once --in-place has met damage");
	if (options_in_part(o))
		return msg_usage("--in-place converts all of a file: leave out "
		    "--offset and --length");
	if (o->no_holes)
		return msg_usage("--in-place and --sparse contradict each "
		    "other");
	if (o->trust_sectors && o->header == NULL)
		return msg_usage("--trust-sectors needs -H HEADER: a header in "
		    "front of the data moves it");
	if (options_is_stdio(o->operand[0]) ||
	    path_descriptor(o->operand[0]) >= 0)
		return msg_usage("--in-place needs the name of a file");
	return EXIT_DONE;
}

int
in_place_open(struct in_place *p, const struct options *o)
{
	struct conversion *c = &p->c;
	int err;

	*p = (struct in_place){ .o = o };
	job_report_init(&p->report);
	p->report.name = o->operand[0];
	c->path = o->operand[0];
	c->detached = o->header;
	c->journal.beside.folder = c->journal.fd = c->held = -1;
	c->rule.keep_going = o->keep_going;
	c->rule.trust_sectors = o->trust_sectors;
	c->rule.damaged = job_report_damaged;
	c->rule.context = &p->report;
	c->tick = job_report_tick;
	err = hold_open(&c->fd, &c->rule.device, c->path);
	/* msg_fail would name an option that encrypt does not have. */
	if (err == XC_E_NO_LOCKS)
		return msg_refuse("%s: %s", c->path, err_text(err));
	return err == XC_OK ? EXIT_DONE : msg_fail(c->path, err);
}

void
in_place_close(struct in_place *p)
{
	convert_end(&p->c);
	if (p->c.fd >= 0)
		close(p->c.fd);
	key_free(p->key);
}

/* Report that another program made the file longer or shorter. */
static int
fail_size(const struct in_place *p, int err)
{
	const struct conversion *c = &p->c;
	struct stat st;

	if (fstat(c->fd, &st) != 0)
		return msg_fail(c->path, err);
	msg_error("%s: %s: it has %" PRIu64 " bytes in place of %" PRIu64,
	    c->path, err_text(err), (uint64_t)st.st_size, c->rule.due);
	if (c->journal.fd >= 0)
		conversion_hint((uint64_t)st.st_size < c->rule.due ?
		    "when its end is put back from a copy, " :
		    "when what was added is cut off, ", c->path, c->detached);
	return exit_code(err);
}

int
in_place_fail(const struct in_place *p, struct err err)
{
	const struct conversion *c = &p->c;
	const char *headed = convert_headed(c);
	char *journal;
	int code;

	if (err.file == ERR_JOURNAL &&
	    journalfile_path(&journal, headed) == XC_OK) {
		code = msg_fail_new(journal, err.code);
		free(journal);
		return code;
	}
	if (err.file == ERR_HEADER || err.file == ERR_SIDE)
		return err.code == XC_E_EXISTS ?
		    msg_fail_new(headed, err.code) : source_fail(headed, err);
	if (c->rule.due != 0)
		return fail_size(p, err.code);
	if (err.code == XC_E_TORN) {
		msg_error("%s: torn sector at %" PRIu64 ": its %d bytes are "
		    "neither the old nor the new ones", c->path,
		    c->pipeline.steps[0].torn, WITNESS_SECTOR);
		msg_hint("put these bytes there from a copy of the file, as it "
		    "was or as it is to be, and resume");
		return exit_code(err.code);
	}
	return job_report_fail(&p->report, err.code);
}

/* Report how much room it needs: nothing was changed. */
static void
tell_room(const struct conversion *c)
{
	const struct journal_head *j = &c->head;
	char journal[PROGRESS_SIZE], growth[PROGRESS_SIZE] = "nothing";
	struct stat st;
	const uint64_t holes = !c->rule.device && fstat(c->fd, &st) == 0 ?
	    io_holes(&st) : 0;
	const uint64_t more = holes +
	    (j->after > j->before ? j->after - j->before : 0);

	progress_size(journal, (double)(JOURNAL_RECORDS_AT + j->area), "");
	if (more > 0)
		progress_size(growth, (double)more, "");
	msg_hint("nothing was changed; room is needed: %s beside the header "
	    "for the journal (-H says where), and %s behind the data%s",
	    journal, growth, holes > 0 ? " and in its holes" : "");
}

/* Report what a stop or a failure leaves, and what to do. */
static void
tell_unfinished(const struct in_place *p, struct err err)
{
	const struct conversion *c = &p->c;

	if (c->journal.fd < 0 && (err.code == ENOSPC || err.code == EDQUOT ||
	    err.code == EFBIG))
		tell_room(c);
	if (c->journal.fd < 0 || c->rule.due != 0)
		return;
	if (err.code == XC_E_STOPPED)
		msg_error("%s: stopped; nothing is lost", c->path);
	conversion_hint("", c->path, c->detached);
	if (err.code == XC_E_DAMAGED && err.file == ERR_INPUT)
		msg_hint("with --keep-going it writes zeros for what is "
		    "damaged");
}

/* Is it the file of that name which was converted? */
static int
tell_done(const struct in_place *p)
{
	const struct conversion *c = &p->c;
	const char *done = c->rule.chunks.direction == XTS_ENCRYPT ?
	    "encrypted" : "decrypted";
	int err = path_holds(c->path, c->fd), code;

	if (err != XC_OK) {
		code = msg_fail(c->path, err);
		msg_hint("the file that had this name is %s, where it is now",
		    done);
		return code;
	}
	if (isatty(STDERR_FILENO) == 1)
		msg_note("%s: %s in place", c->path, done);
	return EXIT_DONE;
}

int
in_place_run(struct in_place *p, uint64_t k, struct err err)
{
	int code = EXIT_DONE;

	if (err.code == XC_OK) {
		/* The journal is there by now. */
		job_report_end_at_second(&p->report);
		job_report_start(&p->report, p->c.rule.chunks.direction ==
		    XTS_ENCRYPT ? "encrypting" : "decrypting",
		    p->c.rule.chunks.length, p->o->progress);
		progress_continue(convert_done(&p->c.rule.chunks, k));
		err = convert_run(&p->c, k);
		job_report_end();
	}
	if (err.code != XC_OK) {
		code = in_place_fail(p, err);
		tell_unfinished(p, err);
	} else {
		code = tell_done(p);
	}
	job_report_release(err.code);
	return code == EXIT_DONE && p->report.damaged ? EXIT_DATA : code;
}

/*
 * Refuse to encrypt a file again without a detached header: the inner header
 * would be taken for that of the conversion.
 */
static int
check_plain(const struct in_place *p)
{
	const struct conversion *c = &p->c;
	uint8_t bytes[HEADER_BYTES] = { 0 };
	int err = convert_read_header(bytes, c->fd);
	bool plain = memcmp(bytes, HEADER_MAGIC, HEADER_MAGIC_BYTES) != 0;

	sodium_memzero(bytes, sizeof(bytes));
	if (err != XC_OK)
		return msg_fail(c->path, err);
	if (plain || (p->o->force && c->detached != NULL))
		return EXIT_DONE;
	msg_error("%s: is encrypted already", c->path);
	msg_hint("to encrypt it once more, use -f and -H");
	return EXIT_SYSTEM;
}

/* Can the journal be made? */
static int
check_journal(const struct in_place *p)
{
	const struct conversion *c = &p->c;
	const char *headed = convert_headed(c);
	char *journal;
	int err = journalfile_path(&journal, headed);
	int code = EXIT_DONE;

	if (err != XC_OK)
		return msg_fail(headed, err);
	if ((err = output_check(journal, 0)) == XC_OK)
		err = output_check_folder(journal);
	if (err != XC_OK)
		code = msg_fail_new(journal, err);
	free(journal);
	return code;
}

/* Does no byte change its place?  A device cannot become longer or shorter. */
static bool
stays_in_place(const struct in_place *p, const struct layout *layout)
{
	return !p->c.rule.device || (p->c.detached != NULL &&
	    layout->integrity == LAYOUT_NO_TAGS);
}

static int
check_device(const struct in_place *p)
{
	if (stays_in_place(p, &p->o->layout))
		return EXIT_DONE;
	msg_error("%s: is a device: it has no room for a header or for tags",
	    p->c.path);
	msg_hint("use -H HEADER and --no-integrity");
	return EXIT_SYSTEM;
}

/* The journal of a device without a header would lie in /dev, in memory. */
static int
check_device_back(const struct in_place *p, const struct source *s)
{
	if (stays_in_place(p, &s->file.hf.header.layout))
		return EXIT_DONE;
	msg_error("%s: is a device: what has tags, or a header in front, is "
	    "not decrypted where it lies", p->c.path);
	msg_hint("decrypt it to another file or device with -o");
	return EXIT_SYSTEM;
}

/* Find the size from the start of the file or device. */
static int
find_size(struct in_place *p)
{
	struct io io;
	int err = io_input(&io, p->c.fd, NULL);

	if (err != XC_OK)
		return msg_fail(p->c.path, err);
	p->c.rule.chunks.length = io.seekable ? io.size : 0;
	if (io.sparse)
		msg_note("%s: has holes, which become data", p->c.path);
	return EXIT_DONE;
}

/* Make keys and slots for a new header. */
static int
make_header(struct in_place *p, const struct handout *hand)
{
	struct conversion *c = &p->c;
	int err;

	c->header = (struct header){
		.layout = p->o->layout,
		.length = c->rule.chunks.length,
		.generation = 1
	};
	err = key_new(&p->key, &c->header);
	if (err != XC_OK)
		return msg_fail(c->path, err);
	return slots_make(&c->header, p->key, p->o, hand, c->path);
}

static void
set_rule(struct in_place *p, enum xts_direction direction)
{
	struct conversion *c = &p->c;

	c->rule.key = p->key;
	c->rule.chunks.direction = direction;
	c->rule.chunks.layout = c->header.layout;
	c->rule.chunks.length = c->header.length;
	c->rule.chunks.attached = c->detached == NULL;
}

static int
start_encryption(struct in_place *p, struct handout *hand)
{
	struct err err = { XC_OK, ERR_INPUT };
	int code;

	set_rule(p, XTS_ENCRYPT);
	signals_hold();
	code = handout_prepare(hand, &p->report);
	if (code == EXIT_DONE) {
		err = convert_start(&p->c);
		if (err.code == XC_OK)
			code = handout_give(hand, p->c.path);
	}
	handout_end(hand);
	if (code != EXIT_DONE) {
		tell_unfinished(p, err);
		job_report_release(XC_OK);
		return code;
	}
	return in_place_run(p, 0, err);
}

/* Check all that can be checked before a secret is asked for. */
static int
check_all_of(struct in_place *p, struct handout *hand)
{
	const struct conversion *c = &p->c;
	int err, code;

	if ((code = conversion_check(c->path, c->detached,
	    NULL)) != EXIT_DONE ||
	    (code = check_journal(p)) != EXIT_DONE ||
	    (code = check_device(p)) != EXIT_DONE ||
	    (code = check_plain(p)) != EXIT_DONE ||
	    (code = distinct_files(p->o, c->fd, NULL, -1,
	    c->path)) != EXIT_DONE ||
	    (code = find_size(p)) != EXIT_DONE)
		return code;
	if (c->detached != NULL &&
	    (err = output_check(c->detached, 0)) != XC_OK)
		return msg_fail_new(c->detached, err);
	if (c->rule.chunks.length < CHUNK_LENGTH_MIN ||
	    p->o->layout.segment > CHUNK_SEGMENT_MAX)
		return msg_fail(c->path, XC_E_UNFIT);
	if (c->detached == NULL)
		msg_note("%s: until it is done, its only header is in the "
		    "journal beside it; -H makes one of its own", c->path);
	return handout_begin(hand, p->o);
}

int
in_place_encrypt(const struct options *o)
{
	struct handout hand = { 0 };
	struct in_place p = { .c.fd = -1 };
	int code = check_options(o);

	if (code == EXIT_DONE && o->trust_sectors && !o->no_integrity)
		code = msg_usage("--trust-sectors needs --no-integrity: tags "
		    "move the data");
	if (code != EXIT_DONE)
		return code;
	if ((code = in_place_open(&p, o)) == EXIT_DONE &&
	    (code = check_all_of(&p, &hand)) == EXIT_DONE &&
	    (code = make_header(&p, &hand)) == EXIT_DONE)
		code = start_encryption(&p, &hand);
	handout_end(&hand);
	in_place_close(&p);
	return code;
}

/* Verify all of it: data that was changed is not decrypted. */
static int
verify_first(struct in_place *p, struct source *s)
{
	int err, code;

	if (s->file.hf.header.layout.integrity == LAYOUT_NO_TAGS)
		return EXIT_DONE;
	err = source_verify(s, p->o);
	if (err == XC_OK)
		return EXIT_DONE;
	code = job_report_fail(&s->report, err);
	msg_hint("nothing was changed; decrypt it to another file with "
	    "--keep-going -o FILE");
	return code;
}

/* Check that the header is good at its place: it will be replaced. */
static int
take_header(struct in_place *p, struct source *s)
{
	struct conversion *c = &p->c;
	int err = path_holds(c->path, s->in.fd);

	if (err == XC_OK)
		err = path_holds(c->path, c->fd);
	if (err != XC_OK)
		return msg_fail(c->path, err);
	if (s->file.hf.rescued || s->file.waiting[0] != '\0')
		return msg_fail(s->header, XC_E_UNREPAIRED);
	err = convert_hold_header(c, s->file.hf.bytes);
	if (err != XC_OK)
		return msg_fail(s->header, err);
	c->header = s->file.hf.header;
	c->header.length = container_length(&s->file);
	p->key = s->file.key;
	s->file.key = NULL;
	set_rule(p, XTS_DECRYPT);
	return c->header.length >= CHUNK_LENGTH_MIN &&
	    c->header.length <= LAYOUT_LENGTH_MAX &&
	    c->header.layout.segment <= CHUNK_SEGMENT_MAX ? EXIT_DONE :
	    msg_fail(c->path, XC_E_UNFIT);
}

/* Are there no tags, where sectors are trusted? */
static int
check_trust(const struct in_place *p, const struct source *s)
{
	if (!p->o->trust_sectors ||
	    s->file.hf.header.layout.integrity == LAYOUT_NO_TAGS)
		return EXIT_DONE;
	msg_fail(p->c.path, XC_E_MOVES);
	msg_hint("leave out --trust-sectors");
	return exit_code(XC_E_MOVES);
}

static int
decrypt_source(struct in_place *p, struct source *s)
{
	int code;

	if ((code = source_distinct(s, p->o, NULL, -1)) != EXIT_DONE ||
	    (code = source_check(s, p->o)) != EXIT_DONE ||
	    (code = check_device_back(p, s)) != EXIT_DONE ||
	    (code = check_trust(p, s)) != EXIT_DONE ||
	    (code = conversion_check(p->c.path, p->c.detached,
	    NULL)) != EXIT_DONE ||
	    (code = check_journal(p)) != EXIT_DONE ||
	    (code = source_unlock(s, p->o)) != EXIT_DONE ||
	    (code = verify_first(p, s)) != EXIT_DONE ||
	    (code = take_header(p, s)) != EXIT_DONE)
		return code;
	signals_hold();
	return in_place_run(p, 0, convert_start(&p->c));
}

int
in_place_decrypt(const struct options *o)
{
	struct in_place p = { .c.fd = -1 };
	struct source s;
	int code = check_options(o);

	if (code != EXIT_DONE)
		return code;
	if ((code = in_place_open(&p, o)) == EXIT_DONE &&
	    (code = source_open(&s, o)) == EXIT_DONE) {
		code = decrypt_source(&p, &s);
		source_close(&s);
	}
	in_place_close(&p);
	return code;
}
