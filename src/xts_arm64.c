/* SPDX-License-Identifier: ISC */
/*
 * The Arm64 backend, in assembly, for CPUs with Armv8's AES instructions.
 */
#include "cpu.h"
#include "poly1305_backend.h"
#include "xts_backend.h"

#ifdef ASM_ARM64

void xts_expand_arm64(struct xts_keys *keys, const uint8_t key[64]);
xts_run xts_encrypt_arm64, xts_decrypt_arm64;

extern const uint8_t xts_expand_arm64_end[];
extern const uint8_t xts_encrypt_arm64_end[], xts_decrypt_arm64_end[];
extern const uint8_t poly1305_tag_mul64_end[];

const struct xts_code xts_code[] = {
	XTS_CODE(xts_expand_arm64),
	XTS_CODE(xts_encrypt_arm64), XTS_CODE(xts_decrypt_arm64),
	XTS_CODE(poly1305_tag_mul64),
	{ NULL, NULL, NULL }
};

const struct xts_backend xts_arm64 = {
	"arm64", cpu_has_arm64_aes, xts_expand_arm64, xts_encrypt_arm64,
	xts_decrypt_arm64
};

#endif
