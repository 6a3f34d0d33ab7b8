/* SPDX-License-Identifier: ISC */
/*
 * Payloads and their detached headers that tests replace, in the working
 * directory.
 */
#ifndef PAIRS_H
#define PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "header.h"
#include "output.h"

#define PAIRS_DATA "data"
#define PAIRS_HEADER "header"
#define PAIRS_BYTES 5000	/* more than names are made from */

struct pair {
	uint8_t header[HEADER_BYTES];
	uint8_t changed[HEADER_BYTES];	/* with other keys */
	uint8_t data[PAIRS_BYTES];
};

extern struct pair pairs_old, pairs_new, pairs_newer;

/* What there is before, of the old pair. */
struct pairs_scene {
	const char *what;
	bool data, header;
	int no_renameat2;	/* as in struct fault */
	int no_link;
};

#define PAIRS_SCENES 7
extern const struct pairs_scene pairs_scenes[PAIRS_SCENES];

/* Make the pairs; then, as often as wanted, put there what a scene has. */
void pairs_make(void);
void pairs_put(const struct pairs_scene *scene);

/* Write a pair to two outputs, and settle them. */
int pairs_write(struct output *data, struct output *header,
    const struct pair *p);

/* Do what encrypt -f -H does.  Returns an error of the library's. */
int pairs_replace(const struct pair *p);

/* Has the file of this name just these bytes? */
bool pairs_hold(const char *name, const uint8_t *bytes, size_t len);

/* Is this the data, and does its reader take its header? */
bool pairs_read(const struct pair *p);

/* Are both there under their names, or of the old pair those of the scene? */
bool pairs_stand(const struct pairs_scene *scene, const struct pair *p);

/* Has the data that is there its header, unless it never had one? */
bool pairs_are_whole(const struct pairs_scene *scene);

#endif
