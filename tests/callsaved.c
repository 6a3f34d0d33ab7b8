/* SPDX-License-Identifier: ISC */
/*
 * In assembly, since no C can say which registers hold what.
 */
#include "callsaved.h"

#if defined(__APPLE__)
#define SYMBOL(name) "_" name
#else
#define SYMBOL(name) name
#endif

#if CALLSAVED_BREAKERS > 0
/* A function in assembly, that is one line. */
#define BREAKER(name, code) \
	void name(uint8_t *, const uint8_t *, size_t, size_t, const uint8_t *, \
	    const struct xts_keys *); \
	__asm__(".text\n.globl " SYMBOL(#name) "\n" SYMBOL(#name) ":\n" code)
#endif

#if defined(__x86_64__) && !defined(_WIN32)

/*
 * System V ABI: rbx, rbp, r12 to r15 and rsp.  The seventh argument lies on the
 * stack, 8 bytes above where rsp points on entry.  The stack pointer is
 * remembered in memory, the only place that a callee does not know.
 */
#define SET(reg, bit) "	mov	$0x5a5a000" bit ", %" reg "\n"
#define TEST(reg, with, bit) \
	"	xor	%ecx, %ecx\n" \
	"	cmp	" with ", %" reg "\n" \
	"	setne	%cl\n" \
	"	shl	$" bit ", %ecx\n" \
	"	or	%ecx, %eax\n"
#define TEST_SET(reg, bit) TEST(reg, "$0x5a5a000" bit, bit)

__asm__(
"	.text\n"
"	.globl	" SYMBOL("callsaved_run") "\n"
SYMBOL("callsaved_run") ":\n"
"	mov	8(%rsp), %rax\n"
"	push	%rbx\n"
"	push	%rbp\n"
"	push	%r12\n"
"	push	%r13\n"
"	push	%r14\n"
"	push	%r15\n"
"	sub	$8, %rsp\n"
"	mov	%rsp, callsaved_sp(%rip)\n"
SET("rbx", "0") SET("rbp", "1") SET("r12", "2") SET("r13", "3") SET("r14", "4")
SET("r15", "5")
"	call	*%rax\n"
"	mov	%rsp, %rdx\n"
"	mov	callsaved_sp(%rip), %rsp\n"
"	xor	%eax, %eax\n"
TEST_SET("rbx", "0") TEST_SET("rbp", "1") TEST_SET("r12", "2")
TEST_SET("r13", "3") TEST_SET("r14", "4") TEST_SET("r15", "5")
TEST("rdx", "%rsp", "6")
"	add	$8, %rsp\n"
"	pop	%r15\n"
"	pop	%r14\n"
"	pop	%r13\n"
"	pop	%r12\n"
"	pop	%rbp\n"
"	pop	%rbx\n"
"	ret\n"
"	.local	callsaved_sp\n"
"	.comm	callsaved_sp, 8, 8\n"
);

BREAKER(break_rbx, "xor %ebx, %ebx\nret");
BREAKER(break_rbp, "xor %ebp, %ebp\nret");
BREAKER(break_r12, "xor %r12d, %r12d\nret");
BREAKER(break_r13, "xor %r13d, %r13d\nret");
BREAKER(break_r14, "xor %r14d, %r14d\nret");
BREAKER(break_r15, "xor %r15d, %r15d\nret");
BREAKER(break_rsp, "pop %rax\nsub $16, %rsp\njmp *%rax");

xts_run *const callsaved_breakers[CALLSAVED_BREAKERS] = {
	break_rbx, break_rbp, break_r12, break_r13, break_r14, break_r15,
	break_rsp
};

#if !defined(NO_ASM)

/* The registers of a kind, with a macro for each: its number and its place. */
#define LOW_VECTORS(v) v("0") v("1") v("2") v("3") v("4") v("5") v("6") v("7") \
	v("8") v("9") v("10") v("11") v("12") v("13") v("14") v("15")
#define HIGH_VECTORS(v) v("16") v("17") v("18") v("19") v("20") v("21") \
	v("22") v("23") v("24") v("25") v("26") v("27") v("28") v("29") \
	v("30") v("31")
#define MASKS(v) v("0") v("1") v("2") v("3") v("4") v("5") v("6") v("7")
#define CLEAR_Z(n) "	vpxord	%xmm" n ", %xmm" n ", %xmm" n "\n"
#define CLEAR_K(n) "	kxorq	%k" n ", %k" n ", %k" n "\n"
#define DUMP(reg, at) "	mov	%" reg ", " at "*8(%rbx)\n"
#define DUMP_Y(n) "	vmovdqu	%ymm" n ", 72+64*" n "(%rbx)\n"
#define DUMP_Z(n) "	vmovdqu64 %zmm" n ", 72+64*" n "(%rbx)\n"
#define DUMP_K(n) "	kmovq	%k" n ", 2120+8*" n "(%rbx)\n"

__asm__(
"	.text\n"
"	.globl	" SYMBOL("callsaved_dump") "\n"
SYMBOL("callsaved_dump") ":\n"
"	push	%rbx\n"
"	vzeroall\n"
"	cmpl	$0, 32(%rsp)\n"
"	je	1f\n"
HIGH_VECTORS(CLEAR_Z) MASKS(CLEAR_K)
"1:\n"
"	xor	%eax, %eax\n"
"	xor	%r10d, %r10d\n"
"	xor	%r11d, %r11d\n"
"	mov	24(%rsp), %rbx\n"
"	call	*16(%rsp)\n"
DUMP("rax", "0") DUMP("rcx", "1") DUMP("rdx", "2") DUMP("rsi", "3")
DUMP("rdi", "4") DUMP("r8", "5") DUMP("r9", "6") DUMP("r10", "7")
DUMP("r11", "8")
LOW_VECTORS(DUMP_Y)
"	cmpl	$0, 32(%rsp)\n"
"	je	2f\n"
LOW_VECTORS(DUMP_Z) HIGH_VECTORS(DUMP_Z) MASKS(DUMP_K)
"2:\n"
"	vzeroall\n"
"	pop	%rbx\n"
"	ret\n"
);

BREAKER(leave_r11, "mov (%r8), %r11\nret");
BREAKER(leave_xmm0, "vmovdqu (%r8), %xmm0\nret");
BREAKER(leave_ymm15, "vinsertf128 $1, (%r8), %ymm15, %ymm15\nret");
BREAKER(leave_zmm31, "vinserti32x4 $3, (%r8), %zmm31, %zmm31\nret");
BREAKER(leave_k7, "kmovq (%r8), %k7\nret");

xts_run *const callsaved_careless[CALLSAVED_CARELESS] = {
	leave_r11, leave_xmm0, leave_ymm15, leave_zmm31, leave_k7
};

#endif

#elif defined(__aarch64__)

/*
 * AAPCS64: x19 to x29, the low halves of v8 to v15, and sp.  Each register gets
 * its own number, and a bit of w0 says that it came back as another one.
 */
#define SAVE(a, b, at) "	stp	" a ", " b ", [sp, #" at "]\n"
#define LOAD(a, b, at) "	ldp	" a ", " b ", [sp, #" at "]\n"
#define SET_X(n) "	mov	x" n ", #" n "\n"
#define SET_D(n) "	fmov	d" n ", #" n ".0\n"
#define TEST_X(n, bit) \
	"	cmp	x" n ", #" n "\n" \
	"	cset	w1, ne\n" \
	"	orr	w0, w0, w1, lsl #" bit "\n"
#define TEST_D(n, bit) \
	"	fmov	d0, #" n ".0\n" \
	"	fmov	x1, d0\n" \
	"	fmov	x2, d" n "\n" \
	"	cmp	x1, x2\n" \
	"	cset	w1, ne\n" \
	"	orr	w0, w0, w1, lsl #" bit "\n"

__asm__(
"	.text\n"
"	.globl	" SYMBOL("callsaved_run") "\n"
"	.p2align 2\n"
SYMBOL("callsaved_run") ":\n"
"	sub	sp, sp, #160\n"
SAVE("x19", "x20", "0") SAVE("x21", "x22", "16") SAVE("x23", "x24", "32")
SAVE("x25", "x26", "48") SAVE("x27", "x28", "64") SAVE("x29", "x30", "80")
SAVE("d8", "d9", "96") SAVE("d10", "d11", "112") SAVE("d12", "d13", "128")
SAVE("d14", "d15", "144")
"	adrp	x9, callsaved_sp\n"
"	add	x9, x9, :lo12:callsaved_sp\n"
"	mov	x10, sp\n"
"	str	x10, [x9]\n"
SET_X("19") SET_X("20") SET_X("21") SET_X("22") SET_X("23") SET_X("24")
SET_X("25") SET_X("26") SET_X("27") SET_X("28") SET_X("29")
SET_D("8") SET_D("9") SET_D("10") SET_D("11") SET_D("12") SET_D("13")
SET_D("14") SET_D("15")
"	blr	x6\n"
"	mov	w0, #0\n"
TEST_X("19", "0") TEST_X("20", "1") TEST_X("21", "2") TEST_X("22", "3")
TEST_X("23", "4") TEST_X("24", "5") TEST_X("25", "6") TEST_X("26", "7")
TEST_X("27", "8") TEST_X("28", "9") TEST_X("29", "10")
TEST_D("8", "11") TEST_D("9", "12") TEST_D("10", "13") TEST_D("11", "14")
TEST_D("12", "15") TEST_D("13", "16") TEST_D("14", "17") TEST_D("15", "18")
"	adrp	x9, callsaved_sp\n"
"	add	x9, x9, :lo12:callsaved_sp\n"
"	ldr	x10, [x9]\n"
"	mov	x11, sp\n"
"	cmp	x10, x11\n"
"	cset	w1, ne\n"
"	orr	w0, w0, w1, lsl #19\n"
"	mov	sp, x10\n"
LOAD("x19", "x20", "0") LOAD("x21", "x22", "16") LOAD("x23", "x24", "32")
LOAD("x25", "x26", "48") LOAD("x27", "x28", "64") LOAD("x29", "x30", "80")
LOAD("d8", "d9", "96") LOAD("d10", "d11", "112") LOAD("d12", "d13", "128")
LOAD("d14", "d15", "144")
"	add	sp, sp, #160\n"
"	ret\n"
"	.local	callsaved_sp\n"
"	.comm	callsaved_sp, 8, 8\n"
);

BREAKER(break_x19, "mov x19, #0\nret");
BREAKER(break_x20, "mov x20, #0\nret");
BREAKER(break_x21, "mov x21, #0\nret");
BREAKER(break_x22, "mov x22, #0\nret");
BREAKER(break_x23, "mov x23, #0\nret");
BREAKER(break_x24, "mov x24, #0\nret");
BREAKER(break_x25, "mov x25, #0\nret");
BREAKER(break_x26, "mov x26, #0\nret");
BREAKER(break_x27, "mov x27, #0\nret");
BREAKER(break_x28, "mov x28, #0\nret");
BREAKER(break_x29, "mov x29, #0\nret");
BREAKER(break_d8, "fmov d8, xzr\nret");
BREAKER(break_d9, "fmov d9, xzr\nret");
BREAKER(break_d10, "fmov d10, xzr\nret");
BREAKER(break_d11, "fmov d11, xzr\nret");
BREAKER(break_d12, "fmov d12, xzr\nret");
BREAKER(break_d13, "fmov d13, xzr\nret");
BREAKER(break_d14, "fmov d14, xzr\nret");
BREAKER(break_d15, "fmov d15, xzr\nret");
BREAKER(break_sp, "sub sp, sp, #16\nret");

xts_run *const callsaved_breakers[CALLSAVED_BREAKERS] = {
	break_x19, break_x20, break_x21, break_x22, break_x23, break_x24,
	break_x25, break_x26, break_x27, break_x28, break_x29, break_d8,
	break_d9, break_d10, break_d11, break_d12, break_d13, break_d14,
	break_d15, break_sp
};

#else

/* ISO C wants something in every file. */
typedef int callsaved_none;

#endif
