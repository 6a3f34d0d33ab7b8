/* SPDX-License-Identifier: ISC */
/*
 * The Arm64 backend: assembly for CPUs with the AES instructions of Armv8.
 */
#include "cpu.h"
#include "xts_backend.h"

#if defined(__aarch64__) && !defined(NO_ASM)

void xts_expand_arm64(struct xts_keys *keys, const uint8_t key[64]);
xts_run xts_encrypt_arm64, xts_decrypt_arm64;

/* Offsets that the assembly relies on. */
_Static_assert(offsetof(struct xts_keys, encrypt) == 0 &&
    offsetof(struct xts_keys, decrypt) == 240 &&
    offsetof(struct xts_keys, tweak) == 480, "struct xts_keys");

const struct xts_backend xts_arm64 = {
	"arm64", cpu_has_arm64_aes, xts_expand_arm64, xts_encrypt_arm64,
	xts_decrypt_arm64
};

#endif
