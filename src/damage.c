/* SPDX-License-Identifier: ISC */
#include "damage.h"

void
damage_report(struct job_state *s)
{
	if (s->bad_to > s->bad_from && s->job->damaged != NULL)
		s->job->damaged(s->job->context, s->bad_from, s->bad_to);
	s->bad_from = s->bad_to = 0;
}

void
damage_record(struct job_state *s, int wrong, uint64_t from, uint64_t to)
{
	if (s->wrong == XC_OK || wrong != XC_E_DAMAGED)
		s->wrong = wrong;
	if ((!s->rule.tolerant && wrong != XC_E_DAMAGED) ||
	    !layout_range_clip(&s->range, &from, &to))
		return;
	if (s->bad_to != from)
		damage_report(s);
	if (s->bad_to == 0)
		s->bad_from = from;
	s->bad_to = to;
}
