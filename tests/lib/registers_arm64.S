/* SPDX-License-Identifier: ISC */
// registers_call -- call a function, and see what it does to the registers
//
//	void registers_call(const struct registers *before,
//	    struct registers *after);
//
//	every register = before;
//	x17();
//	after = every register;
//
// registers_spoil -- an xts_run that spoils register n: loads the tweak into it
//
// Of sp, after has how far it is from where it has to be.  That is remembered
// in memory, the only place that a callee does not know.  x18 is the system's,
// and x30 is not looked at: it has the address that the callee returned to.

#include "asm/target.h"

#ifdef ASM_ARM64

#include "asm/asm_arm64.h"
#include "registers.h"

	.data
	.p2align 3
LOCAL(stack):
	.quad	0

#define VECTORS_0_TO_7 0, 1, 2, 3, 4, 5, 6, 7
#define VECTORS_8_TO_15 8, 9, 10, 11, 12, 13, 14, 15
#define VECTORS_16_TO_31 \
	16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
#define X_1_TO_17 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
#define X_19_TO_29 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29

#define STACK_AFTER 160			// after, and FPCR as it was before
#define STACK_SIZE 176

.macro	address reg, name
#if defined(__APPLE__)
	adrp	\reg, \name@PAGE
	add	\reg, \reg, \name@PAGEOFF
#else
	adrp	\reg, \name
	add	\reg, \reg, :lo12:\name
#endif
.endm

// One kind of register, to or from the image at x0 or x30.
.macro	vectors do, image
	.irp	i, VECTORS_0_TO_7, VECTORS_8_TO_15, VECTORS_16_TO_31
	\do	q\i, [\image, #REGISTERS_VECTORS+16*\i]
	.endr
.endm

.macro	generals do, image
	.irp	i, X_1_TO_17, X_19_TO_29
	\do	x\i, [\image, #REGISTERS_GENERAL+8*\i]
	.endr
	\do	x0, [\image, #REGISTERS_GENERAL]
.endm

// What this function itself has to keep.
.macro	own do
	\do	x19, x20, [sp, #0]
	\do	x21, x22, [sp, #16]
	\do	x23, x24, [sp, #32]
	\do	x25, x26, [sp, #48]
	\do	x27, x28, [sp, #64]
	\do	x29, x30, [sp, #80]
	\do	d8, d9, [sp, #96]
	\do	d10, d11, [sp, #112]
	\do	d12, d13, [sp, #128]
	\do	d14, d15, [sp, #144]
.endm

function SYMBOL(registers_call)
	sub	sp, sp, #STACK_SIZE
	own	stp
	mrs	x9, fpcr
	stp	x1, x9, [sp, #STACK_AFTER]
	address	x9, LOCAL(stack)
	mov	x10, sp
	str	x10, [x9]

	ldr	x9, [x0, #REGISTERS_FPCR]
	msr	fpcr, x9
	vectors	ldr, x0
	generals ldr, x0

	blr	x17

	address	x30, LOCAL(stack)
	ldr	x30, [x30]
	ldr	x30, [x30, #STACK_AFTER]
	generals str, x30
	vectors	str, x30
	mrs	x0, fpcr
	str	x0, [x30, #REGISTERS_FPCR]
	address	x9, LOCAL(stack)
	ldr	x9, [x9]
	mov	x0, sp
	sub	x0, x0, x9
	str	x0, [x30, #REGISTERS_SP]

	mov	sp, x9
	ldr	x9, [sp, #STACK_AFTER+8]
	msr	fpcr, x9
	own	ldp
	add	sp, sp, #STACK_SIZE
end_function SYMBOL(registers_call)

// 16 bytes for each register, in the order of registers.c.
.macro	spoiler
	.p2align 4
	hint	#36			// bti j
.endm

function SYMBOL(registers_spoil)
	AUTHENTICATE
	adr	x9, LOCAL(spoilers)
	add	x9, x9, x2, lsl #4
	br	x9

	.p2align 4
LOCAL(spoilers):
	.irp	i, 0, X_1_TO_17, X_19_TO_29
	spoiler
	ldr	x\i, [x4]
	ret
	.endr
	spoiler
	sub	sp, sp, #16
	ret
	spoiler
	msr	fpcr, xzr
	ret
	.irp	i, VECTORS_0_TO_7
	spoiler
	ldr	q\i, [x4]
	ret
	.endr
	.irp	i, VECTORS_8_TO_15
	spoiler
	ldr	d\i, [x4]
	ret
	.endr
	.irp	i, VECTORS_8_TO_15
	spoiler
	ld1	{v\i\().d}[1], [x4]
	ret
	.endr
	.irp	i, VECTORS_16_TO_31
	spoiler
	ldr	q\i, [x4]
	ret
	.endr
end_function SYMBOL(registers_spoil)

#endif

#include "asm/note.h"
