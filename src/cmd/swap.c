/* SPDX-License-Identifier: ISC */
#include "locked.h"
#include "msg.h"
#include "swap.h"

void
swap_tell(void)
{
	struct locked_missed missed = locked_missed();

	if (missed.derivation > 0)
		msg_detail("the memory of the key derivation (%llu KiB) could "
		    "not be locked, and could reach the swap space (see "
		    "ulimit -l)", (unsigned long long)missed.derivation / 1024);
	if (missed.secrets > 0)
		msg_detail("%llu bytes of keys and data could not be locked, "
		    "and could reach the swap space (see ulimit -l)",
		    (unsigned long long)missed.secrets);
}
