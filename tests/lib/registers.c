/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "cpu.h"
#include "registers.h"
#include "tap.h"

#ifdef REGISTERS_BYTES

/* What each register has to be when a call returns. */
enum rule {
	KEPT,			/* as it was */
	CLEAN,			/* as it was, or zero */
	PUBLIC			/* the same, whatever the secrets */
};

/* Some registers that lie in the image one after the other. */
struct row {
	const char *name;
	unsigned int first, count;
	enum rule rule;
	size_t at, len, stride;
	bool wide;		/* of AVX-512: these come last */
};

#define NAMELESS 100		/* no number, that is */

#if defined(ASM_X86_64)

#define GENERAL(i) (REGISTERS_GENERAL + 8 * (i))
#define GENERAL_ROW(name, i, rule) \
	{ name, NAMELESS, 1, rule, GENERAL(i), 8, 0, false }

static const struct row rows[] = {
	GENERAL_ROW("rax", 0, PUBLIC),
	GENERAL_ROW("rcx", 1, PUBLIC),
	GENERAL_ROW("rdx", 2, PUBLIC),
	GENERAL_ROW("rbx", 3, KEPT),
	GENERAL_ROW("rsp", 4, KEPT),
	GENERAL_ROW("rbp", 5, KEPT),
	GENERAL_ROW("rsi", 6, PUBLIC),
	GENERAL_ROW("rdi", 7, PUBLIC),
	{ "r", 8, 4, PUBLIC, GENERAL(8), 8, 8, false },
	{ "r", 12, 4, KEPT, GENERAL(12), 8, 8, false },
	{ "DF", NAMELESS, 1, KEPT, REGISTERS_FLAGS, 8, 0, false },
	{ "x87", NAMELESS, 1, KEPT, REGISTERS_FX, 5, 0, false },
	{ "MXCSR", NAMELESS, 1, KEPT, REGISTERS_FX + 24, 4, 0, false },
	{ "mm", 0, 8, KEPT, REGISTERS_FX + 32, 10, 16, false },
	{ "ymm", 0, 16, CLEAN, REGISTERS_VECTORS, 32, 64, false },
	{ "upper zmm", 0, 16, CLEAN, REGISTERS_VECTORS + 32, 32, 64, true },
	{ "zmm", 16, 16, CLEAN, REGISTERS_VECTORS + 64 * 16, 64, 64, true },
	{ "k", 0, 8, PUBLIC, REGISTERS_MASKS, 8, 8, true }
};

static const size_t arguments[6] = {
	GENERAL(7), GENERAL(6), GENERAL(2), GENERAL(1), GENERAL(8), GENERAL(9)
};
#define CALLEE GENERAL(0)

#elif defined(ASM_ARM64)

#define GENERAL(i) (REGISTERS_GENERAL + 8 * (i))
#define VECTOR(i) (REGISTERS_VECTORS + 16 * (i))

static const struct row rows[] = {
	{ "x", 0, 18, PUBLIC, GENERAL(0), 8, 8, false },
	{ "x", 19, 11, KEPT, GENERAL(19), 8, 8, false },
	{ "sp", NAMELESS, 1, KEPT, REGISTERS_SP, 8, 0, false },
	{ "FPCR", NAMELESS, 1, KEPT, REGISTERS_FPCR, 8, 0, false },
	{ "v", 0, 8, CLEAN, VECTOR(0), 16, 16, false },
	{ "d", 8, 8, KEPT, VECTOR(8), 8, 16, false },
	{ "upper v", 8, 8, CLEAN, VECTOR(8) + 8, 8, 16, false },
	{ "v", 16, 16, CLEAN, VECTOR(16), 16, 16, false }
};

static const size_t arguments[6] = {
	GENERAL(0), GENERAL(1), GENERAL(2), GENERAL(3), GENERAL(4), GENERAL(5)
};
#define CALLEE GENERAL(17)

#endif

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

void registers_call(const struct registers *before, struct registers *after);

/* What they hold when run is called; the callee and its arguments are added. */
static struct registers before;

static void
put(size_t at, uint64_t value)
{
	memcpy(before.bytes + at, &value, sizeof(value));
}

static bool
has_wide(void)
{
#if defined(ASM_X86_64)
	return cpu_has_vaes512();
#else
	return false;
#endif
}

/* Bytes that identify their places, none zero, where a register allows that. */
static void
paint(void)
{
	size_t i;

	for (i = 0; i < REGISTERS_BYTES; i++)
		before.bytes[i] = (uint8_t)(1 + (i + i / 255) % 255);
#if defined(ASM_X86_64)
	put(GENERAL(4), 0);			/* rsp: how far it went */
	put(REGISTERS_FLAGS, 0);
	put(REGISTERS_WIDE, has_wide());
	memset(before.bytes + REGISTERS_FX, 0, 32);
	put(REGISTERS_FX, 0x0f7f);		/* x87: rounds to zero */
	put(REGISTERS_FX + 24, 0xffc0);		/* MXCSR: so, no denormals */
#else
	put(REGISTERS_SP, 0);
	put(REGISTERS_FPCR, 0x03c00000);	/* the same of Arm's */
#endif
}

void
registers_run(struct registers *after, xts_run *run, uint8_t *out,
    const uint8_t *in, size_t n, size_t unit, const uint8_t tweak[16],
    const struct xts_keys *keys)
{
	if (before.bytes[REGISTERS_BYTES - 1] == 0)
		paint();
	put(CALLEE, (uintptr_t)run);
	put(arguments[0], (uintptr_t)out);
	put(arguments[1], (uintptr_t)in);
	put(arguments[2], n);
	put(arguments[3], unit);
	put(arguments[4], (uintptr_t)tweak);
	put(arguments[5], (uintptr_t)keys);
	*after = before;
	registers_call(&before, after);
}

size_t
registers_count(void)
{
	bool wide = has_wide();
	size_t i, n = 0;

	for (i = 0; i < N_ROWS && (wide || !rows[i].wide); i++)
		n += rows[i].count;
	return n;
}

/* The row of register i, and its place there. */
static const struct row *
find(size_t i, size_t *place)
{
	const struct row *row;

	for (row = rows; i >= row->count; row++)
		i -= row->count;
	*place = i;
	return row;
}

static bool
is_zero(const uint8_t *bytes, size_t len)
{
	while (len > 0 && bytes[len - 1] == 0)
		len--;
	return len == 0;
}

static bool
good(size_t i, const struct registers *after, const struct registers *other)
{
	size_t place, at;
	const struct row *row = find(i, &place);
	const uint8_t *is;

	at = row->at + place * row->stride;
	is = after->bytes + at;
	if (row->rule == PUBLIC)
		return other == NULL ||
		    memcmp(is, other->bytes + at, row->len) == 0;
	if (row->rule == CLEAN && is_zero(is, row->len))
		return true;
	return memcmp(is, before.bytes + at, row->len) == 0;
}

size_t
registers_bad(size_t from, const struct registers *after,
    const struct registers *other)
{
	size_t count = registers_count();

	while (from < count && good(from, after, other))
		from++;
	return from;
}

void
registers_note(size_t i)
{
	size_t place;
	const struct row *row = find(i, &place);

	if (row->first == NAMELESS)
		tap_note("%s", row->name);
	else
		tap_note("%s%zu", row->name, row->first + place);
}

#endif
