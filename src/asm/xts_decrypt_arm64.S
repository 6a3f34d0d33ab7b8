/* SPDX-License-Identifier: ISC */
/*
 * xts_decrypt_arm64, made with the equivalent inverse cipher: its rounds are
 * AESD and AESIMC.  All else is in xts_run_arm64.h.
 */
#include "target.h"

#ifdef ASM_ARM64

#define NAME xts_decrypt_arm64
#define SUB aesd
#define MIX aesimc
#define SCHEDULE KEYS_DECRYPT

/* The slots, from the first that is left, of the block that lends its end, and
   of the one made with that. */
#define STEAL_FROM 32
#define STEAL_TO 0

#include "xts_run_arm64.h"

#endif

#include "note.h"
