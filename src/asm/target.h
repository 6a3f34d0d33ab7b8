/* SPDX-License-Identifier: ISC */
/*
 * Which assembly there is for what is being built: ASM_X86_64, ASM_ARM64, or
 * neither.  It takes pointers and lengths of 64 bits from whole registers, and
 * so is not for the ABIs that have the instructions and pointers of 32 bits:
 * x32, and ILP32 on Arm64.
 */
#ifndef ASM_TARGET_H
#define ASM_TARGET_H

#if !defined(NO_ASM) && !defined(__ILP32__)
#if defined(__x86_64__)
#define ASM_X86_64
#elif defined(__aarch64__)
#define ASM_ARM64
#endif
#endif

#endif
