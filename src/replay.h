/* SPDX-License-Identifier: ISC */
/*
 * Replays the journal of a payload that is written at random places: writes to
 * the file again what a crash may have kept from it.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include "pagelog.h"

/*
 * Write to the file the commits in the journal that resume_find found, and do
 * pagelog_end.  log was opened.  An error's file is as in convert.h.
 * Errors: XC_E_JOURNAL: no head is authentic; XC_E_MOMENT: the file or its
 * header was replaced; an errno; pagelog_end's.
 */
struct err replay_log(struct pagelog *log);

#endif
