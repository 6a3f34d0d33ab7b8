/* SPDX-License-Identifier: ISC */
/*
 * The files of one moment of the scene that is played.
 */
#ifndef MOMENT_H
#define MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scene.h"

struct moment {
	uint8_t data[SCENE_FILE_MAX], header[SCENE_FILE_MAX];
	uint8_t journal[SCENE_FILE_MAX];
	size_t ndata, nheader, njournal;
};

/* Take what is there. */
void moment_take(struct moment *moment);

/* Put there the data and header of one, and the journal of another. */
void moment_put(const struct moment *data, const struct moment *journal);

bool moment_same(const struct moment *a, const struct moment *b);

/* Is resuming it refused with this error, and nothing changed? */
bool moment_refused(const struct moment *moment, int expected);

/* Convert all of the scene; how many changes of the disk that is. */
size_t moment_record(void);

/* Take what is there after n of them, all of which lasted. */
void moment_after(struct moment *moment, size_t n);

/* Take what is there before the last data is written. */
void moment_half_way(struct moment *moment);

#endif
