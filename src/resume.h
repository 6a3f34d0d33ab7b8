/* SPDX-License-Identifier: ISC */
/*
 * Finds a conversion in place that was interrupted, and continues it.
 * An error's file is as in convert.h.
 */
#ifndef RESUME_H
#define RESUME_H

#include "convert.h"

/*
 * Find the journal of a conversion, or of a volume (head.purpose), whose path,
 * detached, fd and rule.device are set, and the header to open with a secret.
 * Errors: XC_E_JOURNAL_LEFT: it was finished, and the journal can be removed;
 * XC_E_FINISHED: there is none; XC_E_JOURNAL; convert_judge's; and
 * journalfile_open's.
 */
struct err resume_find(struct conversion *c, struct headerfile *hf);

/*
 * With rule.key and what resume_find found, go to the newest step that was
 * begun: *k is its number, 0 if there was none.  Nothing is written yet.
 * Errors: XC_E_JOURNAL; XC_E_MOMENT; XC_E_TORN; ENOMEM; an errno.
 */
struct err resume_load(struct conversion *c, uint64_t *k);

/* Do that step again; convert_run is next.  Errors: step_redo's. */
struct err resume_redo(struct conversion *c, uint64_t k);

/* Leave the data as it is, if *k was 0. */
struct err resume_undo(struct conversion *c);

#endif
