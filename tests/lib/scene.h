/* SPDX-License-Identifier: ISC */
/*
 * Conversions in place that tests play: what is converted, under known keys, in
 * the working directory; and what has become of it.
 */
#ifndef SCENE_H
#define SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "header.h"
#include "resume.h"
#include "xts.h"

#define SCENE_DATA "data"
#define SCENE_HEADER "header"
#define SCENE_LENGTH_MAX 32768
#define SCENE_FILE_MAX 98304

struct scene {
	const char *what;
	enum xts_direction direction;
	bool detached;
	const char *layout;	/* as lab_layout takes it */
	size_t length;		/* of the plaintext */
	bool trust_sectors;
};

#define SCENES 13
extern const struct scene scene_list[SCENES];

/* The scene that is played: its plaintext, keys, header, and its files. */
struct scene_now {
	const struct scene *s;
	struct layout layout;
	struct key *key;
	struct header header;
	uint8_t header_bytes[HEADER_BYTES];
	uint8_t plain[SCENE_LENGTH_MAX], data[SCENE_FILE_MAX];
	size_t len;		/* of data, before */
	ino_t ino;		/* of its file */
	size_t trusted;		/* bytes of it whose sectors must not tear */
	uint64_t torn;		/* XC_E_TORN: where */
};
extern struct scene_now scene_now;

/* Choose the scene; then, as often as wanted, put its files there. */
void scene_choose(const struct scene *s);
void scene_set_up(void);

/* Convert, or resume a conversion.  Returns an error of the library's. */
int scene_convert(void);
int scene_resume(void);

/* Undo a conversion that has done no step; resume any other. */
int scene_undo(void);

/* Is it encrypted, or plain, or either, and nothing left of a conversion? */
bool scene_is_encrypted(void);
bool scene_is_plain(void);
bool scene_is_whole(void);

/* Does a reader refuse a file that is half converted? */
bool scene_is_honest(void);

/* After a call failed with this error: is it honest, and whole if resumed? */
bool scene_mends(int err);

/* The journal's name. */
const char *scene_journal(void);

/* Read a file of the working directory; 0: it is not there, or empty. */
size_t scene_load(const char *name, uint8_t buf[SCENE_FILE_MAX]);

#endif
