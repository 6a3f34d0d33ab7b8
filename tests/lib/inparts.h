/* SPDX-License-Identifier: ISC */
/*
 * Files that tests write in parts, under known keys, in the working directory:
 * one action at a time.
 */
#ifndef INPARTS_H
#define INPARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xts.h"

#define INPARTS_DATA "data"
#define INPARTS_HEADER "header"
#define INPARTS_OUT "out"

struct inparts {
	const char *what;
	enum xts_direction direction;
	bool detached;
	const char *layout;	/* as lab_layout takes it */
	size_t length;		/* of the plaintext */
};

#define INPARTS 7
extern const struct inparts inparts_list[INPARTS];

/* What is done, in this order. */
enum inparts_action { INPARTS_CREATE, INPARTS_PART_2, INPARTS_PART_1,
	INPARTS_AGAIN, INPARTS_FINISH, INPARTS_ACTIONS };

extern const struct inparts *inparts_now;
extern void (*inparts_meanwhile)(void);	/* while the end is verified */

void inparts_choose(const struct inparts *scene);
void inparts_end(void);

/*
 * Make the header, or with 0 parts all of the file, in place of what a crash
 * has left.  This and the others return an error of the library's.
 */
int inparts_create(uint16_t parts);

int inparts_act(enum inparts_action action);

/* Have the next actions find a source of this length; XTS_ENCRYPT. */
void inparts_source(size_t length);

/* Put another state and generation into the header; XTS_ENCRYPT. */
void inparts_forge(uint8_t state, uint64_t generation);

/* Begin in an empty folder, and do all that comes before an action. */
void inparts_until(enum inparts_action action);

/* Read what is there.  XC_OK: it is whole, and has the right bytes. */
int inparts_look(void);

#endif
