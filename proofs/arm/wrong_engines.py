# SPDX-License-Identifier: ISC
"""Engines that are wrong in more than one instruction, so that no result shows
it: the eight instructions that clear v8 to v15 do nothing that those after them
would not do, and make room for others.

    refused(engine)         whether each is refused for what is wrong with it,
                            and the engine proved that only makes the room
"""

import multiprocessing
import struct
from itertools import product

import wrong_specs
from compared import verdict
from spec import DECRYPT, ENCRYPT
from values import Refused, only_this_task

NOP = 0xaa0803e8                        # mov x8, x8
CBZ_X2, B = 0xb4000002, 0x14000000      # to i instructions on: | i << 5; | i

UP_AND_DOWN = [0x910643ff, 0xd10643ff]  # add sp, sp, #400; sub sp, sp, #400
PARTLY = [0x910043ff, 0xd10043ff]       # add sp, sp, #16; sub sp, sp, #16
# mov x8, x18; mov x18, #1; mov x18, x8
USE_X18 = [0xaa1203e8, 0xd2800032, 0xaa0803f2]
# ldr q0, [x]; movi v0.2d, #0
READ_IN, READ_TWEAK, READ_KEYS = ([0x3dc00000 | x << 5, 0x6f00e400]
                                  for x in (1, 4, 5))
# sub x8, x0, #16; ldr q9, [x8]; str q16, [x8]; str q9, [x8], which ends as it
# began, but has the first of the round keys in out for a moment
SHOW_KEY = [0xd1004008, 0x3dc00109, 0x3d800110, 0x3d800109]
# ldp x8, x9, [x0, #224]; ldp x8, x9, [x8]
ADDRESS_OF_KEY = [0xa94e2408, 0xa9402508]
LSR_GROUPS = 0xd343fc47                 # lsr x7, x2, #3
AND_GROUPS = 0x924024e7                 # and x7, x7, #0x3ff
PACIASP, AUTIASP = 0xd503233f, 0xd50323bf


def movi_zero(register):
    return 0x6f00e400 | register


def room(words):
    """Find the place of the eight."""
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


def in_long_units(words, added):
    """After the number of groups was computed, of a unit that is alone."""
    at, place = room(words), words.index(LSR_GROUPS)
    words[place] = B | at + 1 - place
    detour = [LSR_GROUPS, *added]
    detour.append(B | place - (at + 1 + len(detour)) + 1 & 0x3ffffff)
    words[at:at + 1 + len(detour)] = [B | 1 + len(detour), *detour]


def at_the_end(words, added):
    """Replace what clears the first vectors."""
    at = words.index(movi_zero(0))
    words[at:at + len(added)] = added


def without(words, hints):
    words[:] = [NOP if word in hints else word for word in words]


def after_the_frame(words, _):
    """Signs what was stored already; and with another stack pointer."""
    words[:2] = reversed(words[:2])


# What it is: how it is made, of what, and in the reason why it is refused.
CHANGES = {
    "nothing instead": (in_the_room, [NOP] * 8, None),
    "a detour where n is 0": (where_n_is_0, [NOP] * 2, None),
    "sp above the live frame for a moment":
        (in_the_room, UP_AND_DOWN, "a second frame is taken"),
    "sp above a part of it":
        (in_the_room, PARTLY, "a part of the frame is given up"),
    "x18 in use, and restored": (in_the_room, USE_X18, "writes to x18"),
    "a read of in where n is 0":
        (where_n_is_0, READ_IN, "no pointer: the caller's in"),
    "a read of the tweak where n is 0":
        (where_n_is_0, READ_TWEAK, "no pointer: the caller's tweak"),
    "a read of the keys where n is 0":
        (where_n_is_0, READ_KEYS, "no pointer: the caller's keys"),
    "a detour in a unit that is alone": (in_long_units, [], None),
    "no more than 1023 groups in such a unit":
        (in_long_units, [AND_GROUPS], "bits of 4 * u"),
    "a round key in out for a moment":
        (in_the_room, SHOW_KEY, "is no part of the result"),
}

# Of the expansion, whose last round key is made of all the others.
KEY_CHANGES = {
    "an address of the last round key":
        (at_the_end, ADDRESS_OF_KEY, "an address that is no pointer"),
}

# With branch protection.
PROTECTED = {
    "a return address that is not signed":
        (without, [PACIASP, AUTIASP], "does not begin with paciasp"),
    "a return address that is not authenticated":
        (without, [AUTIASP], "a return to another address"),
    "a return address that is signed in the frame":
        (after_the_frame, None, "does not begin with paciasp"),
}


def changed(function, make, added):
    words = [word for word, in struct.iter_unpack("<I", function.code)]
    make(words, added)
    return function._replace(code=struct.pack(f"<{len(words)}I", *words))


def refusal(engine, name, make, added):
    only_this_task()
    try:
        wrong_specs.prove(engine, {
            name: changed(engine.functions[name], make, added)})
        return None
    except Refused as reason:
        return str(reason)


def refused(engine):
    good, changes = True, CHANGES
    if engine.functions[ENCRYPT].entry is not None:
        changes = CHANGES | PROTECTED
    tried = [*product((ENCRYPT, DECRYPT), changes),
             *product(["expand"], KEY_CHANGES)]
    changes = changes | KEY_CHANGES
    with multiprocessing.Pool() as pool:
        reasons = pool.starmap(refusal, [
            (engine, name, *changes[change][:2]) for name, change in tried],
            chunksize=1)
    for (name, change), reason in zip(tried, reasons):
        good &= verdict(f"{name}, {change}", reason, changes[change][2])
    return good
