/* SPDX-License-Identifier: ISC */
/*
 * What a function in assembly does to the registers.  Those that a callee has
 * to keep must come back as they were; vectors must be as they were, or zero;
 * the others must not tell calls apart that differ in secrets alone.
 */
#ifndef REGISTERS_H
#define REGISTERS_H

#include "asm/target.h"

/* An image of all of them: where each kind is, for assembly as for C. */
#if defined(ASM_X86_64)
#define REGISTERS_GENERAL 0	/* rax, rcx, rdx, rbx, rsp, rbp, rsi, ... */
#define REGISTERS_FLAGS 128
#define REGISTERS_WIDE 136	/* whether there are those of AVX-512 */
#define REGISTERS_MASKS 144
#define REGISTERS_FX 256	/* as fxsave has it */
#define REGISTERS_VECTORS 768
#define REGISTERS_BYTES 2816
#elif defined(ASM_ARM64)
#define REGISTERS_GENERAL 0	/* x0 to x30; then sp */
#define REGISTERS_SP 248
#define REGISTERS_FPCR 256
#define REGISTERS_VECTORS 272
#define REGISTERS_BYTES 784
#endif

/* Without assembly there is nothing to look at: compilers know the rules. */
#if defined(REGISTERS_BYTES) && !defined(__ASSEMBLER__)

#include "xts_backend.h"

struct registers {
	alignas(64) uint8_t bytes[REGISTERS_BYTES];
};

/* Return how many registers, and halves of one, are looked at on this CPU. */
size_t registers_count(void);

/* Call run from registers that hold a pattern; what they hold afterwards. */
void registers_run(struct registers *after, xts_run *run, uint8_t *out,
    const uint8_t *in, size_t n, size_t unit, const uint8_t tweak[16],
    const struct xts_keys *keys);

/*
 * The first register, from a number on, that is not as it has to be; or
 * registers_count().  other is NULL, or of the same call with other secrets.
 */
size_t registers_bad(size_t from, const struct registers *after,
    const struct registers *other);

/* The name of a register, for the log. */
void registers_note(size_t i);

/* Does it wrong: keeps the tweak in the register whose number is n. */
xts_run registers_spoil;

#endif
#endif
