# SPDX-License-Identifier: ISC
"""Engines that are wrong in more than one instruction, so that no result shows
it: the eight instructions that clear v8 to v15 do nothing that those after them
would not do, and make room for others.

    refused(engine)         whether each is refused for what is wrong with it,
                            and the engine proved that only makes the room
"""

import struct

import wrong_specs
from spec import DECRYPT, ENCRYPT
from values import Refused

NOP = 0xaa0803e8                        # mov x8, x8
CBZ_X2, B = 0xb4000002, 0x14000000      # to i instructions on: | i << 5; | i

UP_AND_DOWN = [0x910643ff, 0xd10643ff]  # add sp, sp, #400; sub sp, sp, #400
PARTLY = [0x910043ff, 0xd10043ff]       # add sp, sp, #16; sub sp, sp, #16
# mov x8, x18; mov x18, #1; mov x18, x8
USE_X18 = [0xaa1203e8, 0xd2800032, 0xaa0803f2]
READ_IN = [0x3dc00020, 0x6f00e400]      # ldr q0, [x1]; movi v0.2d, #0


def movi_zero(register):
    return 0x6f00e400 | register


def room(words):
    """Where the eight are."""
    wanted = [movi_zero(register) for register in range(8, 16)]
    at, = [at for at in range(len(words)) if words[at:at + 8] == wanted]
    return at


def in_the_room(words, added):
    """On the way of every unit."""
    at = room(words)
    words[at:at + len(added)] = added


def where_n_is_0(words, added):
    """There alone: the first branch on n leads to it, and units pass it by."""
    at = room(words)
    test = next(i for i, word in enumerate(words)
                if word & 0xff00001f == CBZ_X2)
    target = test + (words[test] >> 5 & 0x7ffff)
    words[test] = CBZ_X2 | at + 1 - test << 5
    detour = [*added, B | target - (at + 1 + len(added))]
    words[at:at + 1 + len(detour)] = [B | 1 + len(detour), *detour]


# What it is: how it is made, of what, and in the reason why it is refused.
CHANGES = {
    "nothing instead": (in_the_room, [NOP] * 8, None),
    "a detour where n is 0": (where_n_is_0, [NOP] * 2, None),
    "sp above the live frame for a moment":
        (in_the_room, UP_AND_DOWN, "a second frame is taken"),
    "sp above a part of it":
        (in_the_room, PARTLY, "a part of the frame is given up"),
    "x18 in use, and restored": (in_the_room, USE_X18, "writes to x18"),
    "a read of in where n is 0": (where_n_is_0, READ_IN, "reads outside: in"),
}


def changed(function, make, added):
    words = [word for word, in struct.iter_unpack("<I", function.code)]
    make(words, added)
    return function._replace(code=struct.pack(f"<{len(words)}I", *words))


def refusal(engine, name, make, added):
    try:
        wrong_specs.prove(engine, {
            name: changed(engine.functions[name], make, added)})
        return None
    except Refused as reason:
        return str(reason)


def refused(engine):
    good = True
    for name in ENCRYPT, DECRYPT:
        for change, (make, added, wanted) in CHANGES.items():
            reason = refusal(engine, name, make, added)
            right = (reason is None if wanted is None
                     else reason is not None and wanted in reason)
            good = good and right
            print(f"{name}, {change}: {'' if right else 'WRONGLY '}"
                  f"{'refused: ' + reason if reason else 'proved'}", flush=True)
    return good
