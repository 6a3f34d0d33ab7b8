/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "disk.h"
#include "fault.h"
#include "lab.h"
#include "moment.h"
#include "tap.h"

void
moment_take(struct moment *m)
{
	m->ndata = scene_load(SCENE_DATA, m->data);
	m->nheader = scene_load(SCENE_HEADER, m->header);
	m->njournal = scene_load(scene_journal(), m->journal);
}

void
moment_put(const struct moment *data, const struct moment *journal)
{
	disk_clear();
	disk_put(SCENE_DATA, data->data, data->ndata);
	if (data->nheader > 0)
		disk_put(SCENE_HEADER, data->header, data->nheader);
	disk_put(scene_journal(), journal->journal, journal->njournal);
}

bool
moment_same(const struct moment *a, const struct moment *b)
{
	return a->ndata == b->ndata && a->nheader == b->nheader &&
	    a->njournal == b->njournal &&
	    memcmp(a->data, b->data, a->ndata) == 0 &&
	    memcmp(a->header, b->header, a->nheader) == 0 &&
	    memcmp(a->journal, b->journal, a->njournal) == 0;
}

bool
moment_refused(const struct moment *m, int expected)
{
	static struct moment after;
	int err;

	moment_put(m, m);
	err = scene_resume();
	moment_take(&after);
	if (err == expected && moment_same(m, &after))
		return true;
	tap_note("error %d", err);
	return false;
}

size_t
moment_record(void)
{
	scene_set_up();
	disk_begin();
	lab_must(scene_convert() == XC_OK, "cannot convert");
	return disk_end();
}

static unsigned
all_there(unsigned n)
{
	(void)n;
	return 1;
}

void
moment_after(struct moment *m, size_t n)
{
	disk_crash(n, all_there);
	moment_take(m);
}

void
moment_half_way(struct moment *m)
{
	size_t n = moment_record(), at = 0;

	for (size_t i = 0; i < n; i++)
		if (disk_change(i)->change == FAULT_WRITTEN &&
		    disk_change(i)->ino == scene_now.ino)
			at = i;
	moment_after(m, at - 2);
}
