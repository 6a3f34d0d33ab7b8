/* SPDX-License-Identifier: ISC */
/*
 * The backend for Arm64, in assembly: src/asm/poly1305_mul64.S.
 */
#include "poly1305_backend.h"

#ifdef ASM_ARM64

/* It multiplies in general registers, as any Armv8 can. */
static bool
any_arm64(void)
{
	return true;
}

const struct poly1305_backend poly1305_mul64 = {
	"mul64", any_arm64, poly1305_tag_mul64
};

#endif
