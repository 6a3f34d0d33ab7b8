/* SPDX-License-Identifier: ISC */
/*
 * The assembly for this target: ASM_X86_64, ASM_ARM64, or neither.  It takes
 * 64-bit pointers and lengths from whole registers, so it does not support the
 * ABIs with 32-bit pointers, x32 and ILP32 on Arm64; nor big-endian Arm64.
 */
#ifndef ASM_TARGET_H
#define ASM_TARGET_H

#if !defined(NO_ASM) && !defined(__ILP32__)
#if defined(__x86_64__)
#define ASM_X86_64
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
#define ASM_ARM64
#endif
#endif

#endif
