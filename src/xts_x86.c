/* SPDX-License-Identifier: ISC */
/*
 * The backends in assembly for x86-64: src/asm/xts_*.S.
 */
#include "cpu.h"
#include "xts_backend.h"

#ifdef ASM_X86_64

void xts_expand_aesni(struct xts_keys *keys, const uint8_t key[64]);

xts_run xts_encrypt_aesni, xts_decrypt_aesni;
xts_run xts_encrypt_vaes256, xts_decrypt_vaes256;
xts_run xts_encrypt_vaes512, xts_decrypt_vaes512;

const struct xts_backend xts_aesni = {
	"aesni", cpu_has_aesni, xts_expand_aesni,
	xts_encrypt_aesni, xts_decrypt_aesni
};

const struct xts_backend xts_vaes256 = {
	"vaes256", cpu_has_vaes256, xts_expand_aesni,
	xts_encrypt_vaes256, xts_decrypt_vaes256
};

const struct xts_backend xts_vaes512 = {
	"vaes512", cpu_has_vaes512, xts_expand_aesni,
	xts_encrypt_vaes512, xts_decrypt_vaes512
};

#endif
