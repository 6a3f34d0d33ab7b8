# SPDX-License-Identifier: ISC
"""Groups of other widths than the engine's eight blocks, scheduled.

The engine's own macros make them: each has its blocks' steps in two halves and
spreads the filling of its slots over all of them.  A function of one unit that
is some groups long has one of these in its loop, so that results can be
compared; the next unit's tweak is left out.
"""

import os
import re

import check
import engine

WIDTHS = 3, 4, 5, 6, 8
CPUS = ["cortex-a55", "neoverse-n1", "neoverse-n2", "neoverse-v1",
        "neoverse-v2"]
SHORT, LONG = 24, 48		# groups in a row; their difference is steady

SOURCE = r"""
#include "asm_arm64.h"
#include "xts_group_arm64.h"
#define WIDTH %(width)d
#define FIRST %(first)d
#define SECOND %(second)d
%(begin)s
// What fills slot j at its step k, at the half that is as far in the group.
.macro part
.irp j, 1, 2, 3, 4, 5, 6, 7, 8
.if \j <= WIDTH
.if HALF == 8 * (3 * \j) / WIDTH
	store_closing \j
	double_tweak TLO, THI, LO
.endif
.if HALF == 8 * (3 * \j - 3) / WIDTH
	load_closing , \j
.endif
.if HALF == 8 * (3 * \j - 2) / WIDTH
	whiten	FIRSTLO, FIRSTHI
.endif
.if HALF == 8 * (3 * \j - 1) / WIDTH
	store_opening \j
	whiten	LASTLO, LASTHI
.endif
.endif
.endr
.endm

.macro	group_of way
	each	WIDTH, load, \way
	each	WIDTH, open, \way
	.set HALF, 0
	part
.irp r, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	each_of	1, FIRST, round, \way, \r
	.set HALF, HALF + 1
	part
	each_of	SECOND, WIDTH, round, \way, \r
	.set HALF, HALF + 1
	part
.endr
	each	WIDTH, last_round, \way
	each	WIDTH, close, \way
%(stores)s
	add	IN, IN, #16 * WIDTH
	add	OUT, OUT, #16 * WIDTH
.endm

.macro	one_unit way, schedule
	stp	x29, x30, [sp, #-FRAME]!
	stp	d8, d9, [sp, #SAVED]
	stp	d10, d11, [sp, #SAVED + 16]
	stp	d12, d13, [sp, #SAVED + 32]
	stp	d14, d15, [sp, #SAVED + 48]
	begin	\schedule
	mov	LO, #16 * WIDTH
	udiv	GROUPS, UNIT, LO
LOCAL(groups_\way):
	group_of \way
	sub	GROUPS, GROUPS, #1
	cbnz	GROUPS, LOCAL(groups_\way)
	ldp	d8, d9, [sp, #SAVED]
	ldp	d10, d11, [sp, #SAVED + 16]
	ldp	d12, d13, [sp, #SAVED + 32]
	ldp	d14, d15, [sp, #SAVED + 48]
	ldp	x29, x30, [sp], #FRAME
.endm

function xts_encrypt_arm64
	one_unit enc, KEYS_ENCRYPT
end_function xts_encrypt_arm64
function xts_decrypt_arm64
	one_unit dec, KEYS_DECRYPT
end_function xts_decrypt_arm64
"""


def source(width):
    """Two functions with groups of this width, from the engine's macros."""
    path = engine.TOP + "/src/asm/xts_arm64.S"
    with open(path, encoding="ascii") as file:
        begin = re.search(r"^\.macro\tbegin .*?^\.endm$", file.read(),
                          re.M | re.S)[0]
    begin = begin.replace("\tfill\t\\j\n",
                          ".if \\j <= WIDTH\n\tfill\t\\j\n.endif\n")
    stores = [f"\tstp\tQBLOCK{j}, QBLOCK{j + 1}, [OUT, #{16 * j - 16}]"
              for j in range(1, width, 2)]
    if width % 2:
        stores.append(f"\tstr\tQBLOCK{width}, [OUT, #{16 * width - 16}]")
    first = (width + 1) // 2
    return SOURCE % {"width": width, "first": first, "second": first + 1,
                     "begin": begin, "stores": "\n".join(stores)}


class Width:
    """An engine of this width; its cycles are those of 32 blocks."""

    def __init__(self, width, directory, model):
        self.width, self.directory, self.model = width, directory, model
        self.check = check.Checker(directory, width)
        text = os.path.join(directory, "width.S")
        compiled = os.path.join(directory, "width.o")
        with open(text, "w", encoding="ascii") as file:
            file.write(source(width))
        engine.output(engine.CROSS + "gcc", "-c", "-I",
                      engine.TOP + "/src/asm", "-o", compiled, text)
        self.lines = {way: engine.instructions(compiled, name)
                      for way, name in engine.NAMES.items()}
        start, end, _ = next(engine.loops(self.lines["encrypt"]))
        self.body = self.lines["encrypt"][start:end]

    def right(self, schedule):
        assembly = os.path.join(self.directory, "width.s")
        functions = {}
        for way, name in engine.NAMES.items():
            lines = self.lines[way]
            functions[name] = engine.put_back(
                lines, {"plain": next(engine.loops(lines))},
                {"plain": engine.decrypting(schedule)
                 if way == "decrypt" else schedule})
        with open(assembly, "w", encoding="ascii") as file:
            file.write(engine.source(functions))
        return self.check.agrees(assembly)

    def cycles(self, body):
        path = os.path.join(self.directory, "width-trace.s")
        for cpu in CPUS:
            taken = []
            for groups in SHORT, LONG:
                lines = (body + ["cbnz x7, branch"]) * groups
                with open(path, "w", encoding="ascii") as file:
                    file.write("\n".join(self.model.fused(lines)) + "\n")
                taken.append(self.model.cycles(path, cpu))
            yield f"{self.blocks((taken[1] - taken[0]) / (LONG - SHORT)):.1f}"

    def blocks(self, cycles):
        return cycles * 32 / self.width


def schedule_widths(models, scheduler, directory, model, row, head):
    head("32 blocks, groups alone", "blocks a group",
         *(c.split("-")[1].upper() for c in CPUS), "SLOTHY", "solver, s")
    for width in WIDTHS:
        groups = Width(width, directory, model)
        as_it_is = {"begin": [], "body": groups.body, "end": []}
        if not groups.right(as_it_is) or groups.right(
                dict(as_it_is, body=groups.body[1:])):
            raise SystemExit("bench/slothy: the check of groups fails")
        row("as-it-is", width, *groups.cycles(groups.body), "", "")
        for name in models:
            found = scheduler.schedule(f"width{width}", groups.body, name)
            if not found or not groups.right(found):
                row(name, width, "wrong" if found else "none found")
                continue
            row(name, width, *groups.cycles(found["body"]),
                f"{groups.blocks(found['before']):.0f} to "
                f"{groups.blocks(found['after']):.0f}", f"{found['cpu']:.0f}")
