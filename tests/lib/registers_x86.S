/* SPDX-License-Identifier: ISC */
// registers_call -- call a function, and see what it does to the registers
//
//	void registers_call(const struct registers *before,
//	    struct registers *after);
//
//	every register = before;
//	rax();
//	after = every register;
//
// registers_spoil -- an xts_run that spoils register n: loads the tweak into it
//
// Of rsp, after has how far it is from where it has to be.  That is remembered
// in memory, the only place that a callee does not know.

#include "asm/target.h"

#ifdef ASM_X86_64

#include "asm/asm_x86.h"
#include "registers.h"

	.data
	.p2align 3
LOCAL(stack):
	.quad	0
LOCAL(returned):
	.quad	0

#define LOWS	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define HIGHS	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
#define EIGHT	0, 1, 2, 3, 4, 5, 6, 7

// On the stack: what rdi and the flags were after the call; MXCSR and the x87's
// control word as they were before it; the arguments.
#define STACK_RDI 0
#define STACK_FLAGS 8
#define STACK_MXCSR 16
#define STACK_X87 20
#define STACK_AFTER 24
#define STACK_BEFORE 32

// All that can be moved without rsp or rdi, which has their image's address.
.macro	load i, reg
	mov	REGISTERS_GENERAL+8*\i(%rdi), \reg
.endm

.macro	save i, reg
	mov	\reg, REGISTERS_GENERAL+8*\i(%rdi)
.endm

.macro	each_general do
	\do	0, %rax
	\do	1, %rcx
	\do	2, %rdx
	\do	3, %rbx
	\do	5, %rbp
	\do	6, %rsi
	.irp	i, 8, 9, 10, 11, 12, 13, 14, 15
	\do	\i, %r\i
	.endr
.endm

function SYMBOL(registers_call)
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rdi
	push	%rsi
	sub	$8, %rsp
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	mov	%rsp, LOCAL(stack)(%rip)

	fxrstor64 REGISTERS_FX(%rdi)
	cmpl	$0, REGISTERS_WIDE(%rdi)
	jne	1f
	.irp	i, LOWS
	vmovdqu	REGISTERS_VECTORS+64*\i(%rdi), %ymm\i
	.endr
	jmp	2f
1:
	.irp	i, LOWS
	vmovdqu64 REGISTERS_VECTORS+64*\i(%rdi), %zmm\i
	.endr
	.irp	i, HIGHS
	vmovdqu64 REGISTERS_VECTORS+64*\i(%rdi), %zmm\i
	.endr
	.irp	i, EIGHT
	kmovq	REGISTERS_MASKS+8*\i(%rdi), %k\i
	.endr
2:
	each_general load
	load	7, %rdi

	call	*%rax

	mov	%rsp, LOCAL(returned)(%rip)
	mov	LOCAL(stack)(%rip), %rsp
	pushfq
	push	%rdi
	mov	STACK_AFTER(%rsp), %rdi
	each_general save
	mov	STACK_RDI(%rsp), %rax
	save	7, %rax
	mov	LOCAL(returned)(%rip), %rax
	sub	LOCAL(stack)(%rip), %rax
	save	4, %rax
	mov	STACK_FLAGS(%rsp), %rax
	and	$0x400, %eax		// DF
	mov	%rax, REGISTERS_FLAGS(%rdi)

	fxsave64 REGISTERS_FX(%rdi)
	mov	STACK_BEFORE(%rsp), %rcx
	cmpl	$0, REGISTERS_WIDE(%rcx)
	jne	1f
	.irp	i, LOWS
	vmovdqu	%ymm\i, REGISTERS_VECTORS+64*\i(%rdi)
	.endr
	jmp	2f
1:
	.irp	i, LOWS
	vmovdqu64 %zmm\i, REGISTERS_VECTORS+64*\i(%rdi)
	.endr
	.irp	i, HIGHS
	vmovdqu64 %zmm\i, REGISTERS_VECTORS+64*\i(%rdi)
	.endr
	.irp	i, EIGHT
	kmovq	%k\i, REGISTERS_MASKS+8*\i(%rdi)
	.endr
2:
	vzeroupper
	cld
	fninit
	fldcw	STACK_X87(%rsp)
	ldmxcsr	STACK_MXCSR(%rsp)
	add	$40, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
end_function SYMBOL(registers_call)

// 32 bytes for each register, in the order of registers.c.
.macro	spoiler
	.p2align 5
	endbr64
.endm

.macro	spoil_general reg
	spoiler
	mov	(%r8), \reg
	ret
.endm

function SYMBOL(registers_spoil)
	lea	LOCAL(spoilers)(%rip), %rax
	shl	$5, %rdx
	add	%rdx, %rax
	jmp	*%rax

	.p2align 5
LOCAL(spoilers):
	spoil_general %rax
	spoil_general %rcx
	spoil_general %rdx
	spoil_general %rbx
	spoiler
	ret	$8			// rsp
	spoil_general %rbp
	spoil_general %rsi
	spoil_general %rdi
	.irp	i, 8, 9, 10, 11, 12, 13, 14, 15
	spoil_general %r\i
	.endr
	spoiler
	std
	ret
	spoiler
	fninit
	ret
	spoiler
	movl	$0x1f80, -8(%rsp)
	ldmxcsr	-8(%rsp)
	ret
	.irp	i, EIGHT
	spoiler
	movq	(%r8), %mm\i
	emms
	ret
	.endr
	.irp	i, LOWS
	spoiler
	vinsertf128 $1, (%r8), %ymm\i, %ymm\i
	ret
	.endr
	.irp	i, LOWS
	spoiler
	vinserti32x4 $3, (%r8), %zmm\i, %zmm\i
	ret
	.endr
	.irp	i, HIGHS
	spoiler
	vinserti32x4 $3, (%r8), %zmm\i, %zmm\i
	ret
	.endr
	.irp	i, EIGHT
	spoiler
	kmovq	(%r8), %k\i
	ret
	.endr
end_function SYMBOL(registers_spoil)

#endif

#include "asm/note.h"
