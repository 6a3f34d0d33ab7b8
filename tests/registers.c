/* SPDX-License-Identifier: ISC */
/*
 * In assembly, since no C can say which registers hold what.
 */
#include "registers.h"

#if defined(__APPLE__)
#define SYMBOL(name) "_" name
#else
#define SYMBOL(name) name
#endif

#if defined(__aarch64__)

/* Two registers each: how they are saved, painted and looked at. */
#define SAVE(a, b, at) "	stp	" a ", " b ", [sp, #" at "]\n"
#define LOAD(a, b, at) "	ldp	" a ", " b ", [sp, #" at "]\n"
#define PAINT_V(a, b) \
	"	movi	v" a ".16b, #0x55\n" \
	"	movi	v" b ".16b, #0x55\n"
#define PAINT_X(a, b) \
	"	mov	x" a ", #0x5555555555555555\n" \
	"	mov	x" b ", #0x5555555555555555\n"
#define LOOK(a, b, at) "	stp	" a ", " b ", [x19, #" at "]\n"

__asm__(
"	.text\n"
"	.globl	" SYMBOL("registers_run") "\n"
"	.p2align 2\n"
SYMBOL("registers_run") ":\n"
"	sub	sp, sp, #96\n"
SAVE("x19", "x20", "0") SAVE("x29", "x30", "16")
SAVE("d8", "d9", "32") SAVE("d10", "d11", "48")
SAVE("d12", "d13", "64") SAVE("d14", "d15", "80")
"	mov	x19, x7\n"
"	mov	x20, x6\n"
PAINT_X("6", "7") PAINT_X("8", "9") PAINT_X("10", "11") PAINT_X("12", "13")
PAINT_X("14", "15") PAINT_X("16", "17")
PAINT_V("0", "1") PAINT_V("2", "3") PAINT_V("4", "5") PAINT_V("6", "7")
PAINT_V("8", "9") PAINT_V("10", "11") PAINT_V("12", "13") PAINT_V("14", "15")
PAINT_V("16", "17") PAINT_V("18", "19") PAINT_V("20", "21") PAINT_V("22", "23")
PAINT_V("24", "25") PAINT_V("26", "27") PAINT_V("28", "29") PAINT_V("30", "31")
"	blr	x20\n"
LOOK("x0", "x1", "0") LOOK("x2", "x3", "16") LOOK("x4", "x5", "32")
LOOK("x6", "x7", "48") LOOK("x8", "x9", "64") LOOK("x10", "x11", "80")
LOOK("x12", "x13", "96") LOOK("x14", "x15", "112") LOOK("x16", "x17", "128")
LOOK("q0", "q1", "144") LOOK("q2", "q3", "176") LOOK("q4", "q5", "208")
LOOK("q6", "q7", "240") LOOK("q8", "q9", "272") LOOK("q10", "q11", "304")
LOOK("q12", "q13", "336") LOOK("q14", "q15", "368") LOOK("q16", "q17", "400")
LOOK("q18", "q19", "432") LOOK("q20", "q21", "464") LOOK("q22", "q23", "496")
LOOK("q24", "q25", "528") LOOK("q26", "q27", "560") LOOK("q28", "q29", "592")
LOOK("q30", "q31", "624")
LOAD("x19", "x20", "0") LOAD("x29", "x30", "16")
LOAD("d8", "d9", "32") LOAD("d10", "d11", "48")
LOAD("d12", "d13", "64") LOAD("d14", "d15", "80")
"	add	sp, sp, #96\n"
"	ret\n"
);

#else

/* ISO C wants something in every file. */
typedef int registers_none;

#endif
