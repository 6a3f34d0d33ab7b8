/* SPDX-License-Identifier: ISC */
/*
 * Offsets of the three schedules of 15 round keys in struct xts_keys
 * (xts_backend.h), as numbers that assembly can read.
 */
#ifndef ASM_KEYS_H
#define ASM_KEYS_H

#define KEYS_ENCRYPT 0
#define KEYS_DECRYPT 240
#define KEYS_TWEAK 480

#endif
