/* SPDX-License-Identifier: ISC */
/*
 * A conversion in place that was interrupted is found, and gone on with.
 * An error's file is as in convert.h.
 */
#ifndef RESUME_H
#define RESUME_H

#include "convert.h"

/*
 * Find the journal of a conversion whose path, detached, fd and rule.device are
 * set, and the header to open with a secret, which has the file's layout.
 * XC_OK: it was begun; XC_E_JOURNAL_LEFT: and finished; XC_E_FINISHED: there is
 * none; XC_E_JOURNAL; and as convert_judge.
 */
struct err resume_find(struct conversion *c, struct headerfile *hf);

/*
 * With rule.key and what resume_find found, go to the newest step that was
 * begun: *k is its number, 0 where none was.  Nothing is written yet.
 * XC_E_JOURNAL; XC_E_MOMENT; ENOMEM.
 */
struct err resume_load(struct conversion *c, uint64_t *k);

/* Then do that step again; next comes convert_run.  As step_write. */
struct err resume_redo(struct conversion *c, uint64_t k);

/* Or leave the data as it is, where *k was 0. */
struct err resume_undo(struct conversion *c);

#endif
