/* SPDX-License-Identifier: ISC */
/*
 * The Arm64 backend: assembly for CPUs with the AES instructions of Armv8.
 */
#include "cpu.h"
#include "xts_backend.h"

#ifdef ASM_ARM64

void xts_expand_arm64(struct xts_keys *keys, const uint8_t key[64]);
xts_run xts_encrypt_arm64, xts_decrypt_arm64;

const struct xts_backend xts_arm64 = {
	"arm64", cpu_has_arm64_aes, xts_expand_arm64, xts_encrypt_arm64,
	xts_decrypt_arm64
};

#endif
