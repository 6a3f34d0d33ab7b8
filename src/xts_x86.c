/* SPDX-License-Identifier: ISC */
/*
 * The backends for x86-64, in assembly: src/asm/xts_*.S.
 */
#include "cpu.h"
#include "poly1305_backend.h"
#include "xts_backend.h"

#ifdef ASM_X86_64

void xts_expand_aesni(struct xts_keys *keys, const uint8_t key[64]);

xts_run xts_encrypt_aesni, xts_decrypt_aesni;
xts_run xts_encrypt_vaes256, xts_decrypt_vaes256;
xts_run xts_encrypt_vaes512, xts_decrypt_vaes512;

extern const uint8_t xts_expand_aesni_end[];
extern const uint8_t xts_encrypt_aesni_end[], xts_decrypt_aesni_end[];
extern const uint8_t xts_encrypt_vaes256_end[], xts_decrypt_vaes256_end[];
extern const uint8_t xts_encrypt_vaes512_end[], xts_decrypt_vaes512_end[];
extern const uint8_t poly1305_tag_avx2_end[], poly1305_tag_ifma_end[];

const struct xts_code xts_code[] = {
	XTS_CODE(xts_expand_aesni),
	XTS_CODE(xts_encrypt_aesni), XTS_CODE(xts_decrypt_aesni),
	XTS_CODE(xts_encrypt_vaes256), XTS_CODE(xts_decrypt_vaes256),
	XTS_CODE(xts_encrypt_vaes512), XTS_CODE(xts_decrypt_vaes512),
	XTS_CODE(poly1305_tag_avx2), XTS_CODE(poly1305_tag_ifma),
	{ NULL, NULL, NULL }
};

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
