/* SPDX-License-Identifier: ISC */
/*
 * xts_encrypt_arm64, made with the cipher: its rounds are AESE and AESMC.  All
 * else is in xts_run_arm64.h.
 */
#include "target.h"

#ifdef ASM_ARM64

#define NAME xts_encrypt_arm64
#define SUB aese
#define MIX aesmc
#define SCHEDULE KEYS_ENCRYPT

/* The slots, from the first that is left, of the block that lends its end, and
   of the one made with that. */
#define STEAL_FROM 0
#define STEAL_TO 32

#include "xts_run_arm64.h"

#endif

#include "note.h"
