/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>

#include <sodium.h>

#include "factors.h"
#include "keyfile.h"
#include "locked.h"
#include "msg.h"
#include "path.h"
#include "recovery_code.h"
#include "secret.h"
#include "utf8.h"

#define OTHERWISE "give it with --passphrase-file FILE or in " \
    "XTSCRYPT_PASSPHRASE, or a key file with -k FILE"
#define OTHERWISE_NEW "give the new one with --new-passphrase-file FILE, or " \
    "a new key file with --new-key-file FILE"

static struct passphrase *from_environment;

/* The secret for several files; it has kept set once it was read. */
static struct {
	bool wanted, missing;
	struct secret secret;
} all;

int
secret_init(void)
{
	return passphrase_environment(&from_environment);
}

void
secret_forget(void)
{
	passphrase_free(from_environment);
	from_environment = NULL;
}

/* Make a question; file's name is cut off if the prompt has no room for it. */
static struct passphrase_question
make_question(const char *what, const char *file, const char *again,
    const char *otherwise)
{
	struct passphrase_question q = {
		.again = again, .otherwise = otherwise,
		.tries = PASSPHRASE_TRIES
	};

	snprintf(q.prompt, sizeof(q.prompt), "%s %.400s%s: ", what, file,
	    again != NULL && all.wanted ? " and the other files" : "");
	utf8_clean(q.prompt);
	return q;
}

/* Warn that others can read a file that holds a secret. */
static void
note_readable(const char *path)
{
	struct stat st;

	if (path_descriptor(path) < 0 && stat(path, &st) == 0 &&
	    S_ISREG(st.st_mode) && (st.st_mode & S_IROTH) != 0)
		msg_note("%s: every user can read it; \"chmod go=\" keeps "
		    "it from others", path);
}

/* Warn about an unusual key file: -k means keep in other programs. */
static void
note_unusual(const char *path, enum keyfile_look look)
{
	if (look == KEYFILE_CONTAINER || look == KEYFILE_OVERSIZED)
		msg_note("%s: is used as a key file, and %s; nothing can be "
		    "decrypted without the same bytes", path,
		    look == KEYFILE_CONTAINER ? "is an archive or disk image" :
		    "has more than 64 KiB");
}

static int
read_key_file(struct secret *s, const char *path)
{
	enum keyfile_look look;
	int err;

	if ((s->key_file = locked_malloc(KEYFILE_HASH_BYTES)) == NULL)
		return msg_fail(path, ENOMEM);
	note_readable(path);
	err = keyfile_read(s->key_file, &look, path);
	if (err != XC_OK)
		return msg_fail(path, err);
	s->random = look == KEYFILE_RANDOM;
	note_unusual(path, look);
	return EXIT_DONE;
}

/* Copy the passphrase from the environment; the caller frees it. */
static int
copy_environment(struct secret *s)
{
	s->passphrase = locked_malloc(sizeof(*s->passphrase));
	if (s->passphrase == NULL)
		return msg_fail("passphrase", ENOMEM);
	*s->passphrase = *from_environment;
	return EXIT_DONE;
}

/* Name the source of a passphrase that is not typed. */
static const char *
origin(const struct secret_source *source)
{
	if (source->file != NULL)
		return source->file;
	return source->fd >= 0 ? "the passphrase's descriptor" :
	    "XTSCRYPT_PASSPHRASE";
}

static int
get_passphrase(struct secret *s, const struct secret_source *source,
    struct passphrase_question *question, bool environment)
{
	if (source->file != NULL) {
		note_readable(source->file);
		return passphrase_file(&s->passphrase, source->file, question);
	}
	if (source->fd >= 0)
		return passphrase_fd(&s->passphrase, source->fd,
		    origin(source), question);
	if (source->key_file != NULL && !source->ask)
		return EXIT_DONE;
	if (environment && from_environment != NULL)
		return copy_environment(s);
	s->asked = true;
	return passphrase_ask(&s->passphrase, question);
}

/*
 * Add the passphrase, if one is requested: not empty, unless beside a key file.
 */
static int
add_passphrase(struct secret *s, const struct secret_source *source,
    struct passphrase_question *question, bool environment)
{
	int code = get_passphrase(s, source, question, environment);

	if (code == EXIT_DONE && s->passphrase != NULL &&
	    s->passphrase->len == 0 && s->key_file == NULL)
		code = msg_usage("%s: the passphrase must not be empty",
		    origin(source));
	/*
	 * A recovery code has one spelling to derive from, however it was
	 * typed.
	 */
	if (code == EXIT_DONE && s->passphrase != NULL)
		recovery_code_canonical(s->passphrase->bytes,
		    &s->passphrase->len);
	return code;
}

void
secret_keep(bool keep)
{
	all.secret.kept = false;
	secret_free(&all.secret);
	all.wanted = keep;
	all.missing = false;
}

bool
secret_missing(void)
{
	return all.missing;
}

/*
 * Keep the secret for the files that follow; it was typed for one of them.
 * Without memory for a key each file needs a derivation of its own.
 */
static void
keep_secret(struct secret *s)
{
	if (!all.wanted)
		return;
	sodium_free(s->key);
	s->key = locked_malloc(sizeof(*s->key));
	if (s->key != NULL)
		*s->key = (struct key_kept){ 0 };
	s->kept = true;
	all.secret = *s;
	all.secret.asked = false;
}

static int
gather(struct secret *s, const struct secret_source *source,
    struct passphrase_question *question, bool environment)
{
	int code = EXIT_DONE;

	*s = all.secret;
	if (s->kept)
		return EXIT_DONE;
	question->empty = source->key_file != NULL;
	if (source->key_file != NULL)
		code = read_key_file(s, source->key_file);
	if (code == EXIT_DONE)
		code = add_passphrase(s, source, question, environment);
	/* A passphrase could be guessed once the key file is known. */
	s->random = s->random && s->passphrase == NULL;
	if (code != EXIT_DONE) {
		secret_free(s);
		all.missing = true;
	} else {
		keep_secret(s);
	}
	return code;
}

int
secret_new(struct secret *s, const struct secret_source *source,
    bool environment, const char *file)
{
	struct passphrase_question q = make_question("New passphrase for", file,
	    "Again: ", environment ? OTHERWISE : OTHERWISE_NEW);
	int code = gather(s, source, &q, environment);

	secret_forget();
	return code;
}

struct kdf_cost
secret_cost(const struct secret *s, const struct kdf_cost *before)
{
	const struct kdf_cost least = KDF_MINIMAL;

	if (s->random)
		return least;
	if (before == NULL || (before->passes == least.passes &&
	    before->memory == least.memory))
		return KDF_MODERATE;
	return *before;
}

int
secret_slot_fail(const char *file, const struct kdf_cost *cost, int err)
{
	if (err != ENOMEM)
		return msg_fail(file, err);
	msg_error("%s: not enough memory for a key derivation with %u MiB",
	    file, cost->memory / 1024);
	if (cost->memory > HEADER_MEMORY_MIN)
		msg_hint("--kdf-memory SIZE sets less, at least 8M");
	return EXIT_SYSTEM;
}

struct key_secret
secret_view(const struct secret *s)
{
	struct key_secret view = { .key_file = s->key_file, .kept = s->key };

	if (s->passphrase != NULL) {
		view.passphrase = s->passphrase->bytes;
		view.len = s->passphrase->len;
	}
	return view;
}

void
secret_free(struct secret *s)
{
	if (!s->kept) {
		passphrase_free(s->passphrase);
		sodium_free(s->key_file);
		sodium_free(s->key);
	}
	*s = (struct secret){ 0 };
}

/* Was the secret tried at all, with a slot for it within the limit? */
static bool
tried(const struct opening *o, enum header_factors factors)
{
	for (unsigned i = 0; i < HEADER_SLOTS; i++) {
		const struct header_slot *s = &o->hf->header.slots[i];
		const struct kdf_cost cost = { s->passes, s->memory };

		if ((o->slots >> i & 1) != 0 && s->kind == HEADER_ARGON2ID &&
		    s->factors == factors && kdf_allowed(&cost, o->limit))
			return true;
	}
	return false;
}

/*
 * Open with s.  Ask again for a mistyped passphrase, but do not read the key
 * file again: it may be a pipe.
 */
static int
try_secret(struct key **key, unsigned *slot, struct secret *s,
    const struct opening *o, struct passphrase_question *question)
{
	int err;
	int code;

	for (;;) {
		struct key_secret view = secret_view(s);

		err = key_open(key, slot, o->hf->bytes, &o->hf->header, &view,
		    o->slots, o->limit);
		if (err == XC_OK)
			return EXIT_DONE;
		if ((err != XC_E_SECRET && err != XC_E_LIMIT) || !s->asked ||
		    question->tries == 0 || !tried(o, key_factors(&view)))
			return opening_fail(o, &view, err, *slot);

		msg_error("%s: %s; try again", o->file, opening_wrong(&view));
		opening_hint_mistake(&view);
		passphrase_free(s->passphrase);
		s->passphrase = NULL;
		code = add_passphrase(s, o->source, question, false);
		keep_secret(s);
		if (code != EXIT_DONE) {
			all.missing = true;
			return code;
		}
	}
}

int
secret_open(struct key **key, unsigned *slot, const struct opening *o)
{
	unsigned opened = 0;
	struct passphrase_question q = make_question(o->slots == KEY_ALL_SLOTS ?
	    "Passphrase for" : "Passphrase of another slot of", o->file, NULL,
	    OTHERWISE);
	struct secret s;
	int err = key_asked(&o->hf->header, o->slots,
	    factors_given(o->source));
	int code;

	/* No secret could open it: do not ask. */
	if (err == XC_E_KIND)
		return msg_fail(o->file, err);
	if (err != XC_OK)
		return factors_refuse(o);
	code = gather(&s, o->source, &q, true);
	secret_forget();
	if (code != EXIT_DONE)
		return code;
	code = try_secret(key, &opened, &s, o, &q);
	secret_free(&s);
	if (code == EXIT_DONE)
		msg_detail("%s: opened with slot %u", o->file, opened);
	if (slot != NULL)
		*slot = opened;
	return code;
}
