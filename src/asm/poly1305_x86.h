/* SPDX-License-Identifier: ISC */
/*
 * Shared by the Poly1305 of x86-64: h = (h + block) * r in general registers,
 * the powers of r, and what is done at the call and before the return.  Numbers
 * are modulo p = 2^130 - 5; h is H0 + 2^64 H1 + 2^128 H2, with H2 at most 4
 * between any two of these macros.
 */
#ifndef POLY1305_X86_H
#define POLY1305_X86_H

#include "asm_x86.h"

#define TAG	%rdi		// then on the stack
#define IN	%rsi
#define BLOCKS	%rdx		// then N
#define END	%rcx		// then on the stack
#define LAST	%r8		// blocks at END; then on the stack
#define KEY	%r9		// then on the stack

#define N	%rdi		// blocks left at IN
#define COUNT	%rcx		// powers left; groups left
#define AT	%r8		// where the next power goes
#define H0	%r9
#define H1	%r10
#define H2	%r11
#define R0	%r12		// r = R0 + 2^64 R1, clamped
#define R1	%r13
#define S1	%r14		// 5 R1 / 4: 2^128 R1 = 2^130 R1 / 4
#define D0	%r15
#define D1	%rbx

/* Pushed by enter: places by rbp. */
#define KEPT_TAG -48(%rbp)
#define KEPT_END -56(%rbp)
#define KEPT_LAST -64(%rbp)
#define KEPT_KEY -72(%rbp)

/* Take a frame with this alignment; r = clamp(key[0..15]). */
.macro	enter bytes, alignment
	push	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset %rbp, -16
	mov	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	push	%rbx
	.cfi_offset %rbx, -24
	push	%r12
	.cfi_offset %r12, -32
	push	%r13
	.cfi_offset %r13, -40
	push	%r14
	.cfi_offset %r14, -48
	push	%r15
	.cfi_offset %r15, -56
	push	TAG
	push	END
	push	LAST
	push	KEY
	sub	$\bytes, %rsp
	and	$-\alignment, %rsp
	mov	(KEY), R0
	mov	8(KEY), R1
	mov	BLOCKS, N
	and	LOCAL(clamp)(%rip), R0
	and	LOCAL(clamp)+8(%rip), R1
	mov	R1, S1
	shr	$(2), S1
	add	R1, S1
.endm

/* Give up the frame, of which nothing is secret any more. */
.macro	leave_and_return
	xor	%eax, %eax
	xor	%edx, %edx
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	mov	-8(%rbp), %rbx
	mov	-16(%rbp), %r12
	mov	-24(%rbp), %r13
	mov	-32(%rbp), %r14
	mov	-40(%rbp), %r15
	leave
	.cfi_restore %rbx
	.cfi_restore %r12
	.cfi_restore %r13
	.cfi_restore %r14
	.cfi_restore %r15
	.cfi_restore %rbp
	.cfi_def_cfa %rsp, 8
	ret
.endm

/* H = H mod 2^130 + 5 floor(H / 2^130), for any H2 up to 2^63.6. */
.macro	fold_top
	mov	H2, %rax
	mov	H2, %rdx
	and	$(-4), %rax
	shr	$(2), %rdx
	and	$(3), H2
	add	%rdx, %rax
	add	%rax, H0
	adc	$(0), H1
	adc	$(0), H2
.endm

/* H = H * r, for H2 at most 6. */
.macro	times_r
	mov	R0, %rax		// D = H0 R0 + H1 S1
	mul	H0
	mov	%rax, D0
	mov	%rdx, D1
	mov	S1, %rax
	mul	H1
	add	%rax, D0
	adc	%rdx, D1
	mov	R1, %rax		// H1:H0 = H0 R1 + H1 R0 + H2 S1
	mul	H0
	mov	%rax, H0
	mov	H1, %rax
	mov	%rdx, H1
	mul	R0
	add	%rax, H0
	adc	%rdx, H1
	mov	H2, %rax
	imul	S1, %rax
	add	%rax, H0
	adc	$(0), H1
	imul	R0, H2
	add	D1, H0			// all three, each at its place
	adc	H1, H2
	mov	H0, H1
	mov	D0, H0
	fold_top
.endm

/* H = 1. */
.macro	one
	xor	H1, H1
	xor	H2, H2
	mov	$(1), %r9d
.endm

/* H = (H + the block at IN + 2^128) * r, and so on for N blocks, not 0. */
.macro	single_blocks
8:
	add	(IN), H0
	adc	8(IN), H1
	adc	$(1), H2
	add	$(16), IN
	times_r
	dec	N
	jnz	8b
.endm

/* The N blocks that are left, then those at END; the tag from H. */
.macro	finish
	test	N, N
	jz	6f
	single_blocks
6:
	mov	KEPT_LAST, N
	mov	KEPT_END, IN
	test	N, N
	jz	7f
	single_blocks
7:
	// tag = (h mod p + s) mod 2^128: h + 5 has bit 130 if h is p or more
	mov	H0, %rax
	mov	H1, D0
	add	$(5), %rax
	adc	$(0), D0
	adc	$(0), H2
	shr	$(2), H2
	mov	H2, %rax
	shl	$(2), %rax
	add	%rax, H2
	mov	KEPT_KEY, %rax
	add	H2, H0
	adc	$(0), H1
	add	16(%rax), H0
	adc	24(%rax), H1
	mov	KEPT_TAG, %rax
	mov	H0, (%rax)
	mov	H1, 8(%rax)
.endm

/* The bits that RFC 8439 lets r have. */
.macro	clamp_constant
LOCAL(clamp):
	.quad	0x0ffffffc0fffffff, 0x0ffffffc0ffffffc
.endm

#endif
