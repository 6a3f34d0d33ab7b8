/* SPDX-License-Identifier: ISC */
/*
 * A conversion in place, as encrypt, decrypt and resume run it.
 * Results other than 0 are exit codes, and were reported.
 */
#ifndef IN_PLACE_H
#define IN_PLACE_H

#include "job_report.h"
#include "options.h"
#include "resume.h"

struct in_place {
	const struct options *o;
	struct job_report report;
	struct conversion c;
	struct key *key;
};

/* Open FILE for exclusive use.  Call in_place_close in any case. */
int in_place_open(struct in_place *p, const struct options *o);
void in_place_close(struct in_place *p);

/* Report an error of the data, of the header's file, or of the journal. */
int in_place_fail(const struct in_place *p, struct err err);

/*
 * Convert what is left after step k, while signals are held; err is that of
 * what came before.
 */
int in_place_run(struct in_place *p, uint64_t k, struct err err);

/* encrypt --in-place and decrypt --in-place. */
int in_place_encrypt(const struct options *o);
int in_place_decrypt(const struct options *o);

#endif
