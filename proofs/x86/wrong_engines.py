# SPDX-License-Identifier: ISC
"""Engines that are wrong in more than one instruction, so that no result shows
it.

    refused(engine)         whether each is refused for what is wrong with it,
                            and those that only have what does nothing proved

Instructions are put between others, and all that leads over the place or reads
by rip is led on: the wrong engine is what an assembler would make of it.
"""

import multiprocessing
import struct
from itertools import product

from compared import verdict
from keys import Keys
from mutants import sample
from spec import DECRYPT, ENCRYPT
from values import Refused, only_this_task
from x86 import wrong_constants
from x86.code import BRANCHES
from x86.decode import ENCODINGS, RIP, Memory, decode, decode_all, encode
from x86.machine import NAMES

RAX, RCX, RDX, RBX, RSP, RSI, RDI, R8, R9, R11 = (
    NAMES.index(name) for name in (
        "rax", "rcx", "rdx", "rbx", "rsp", "rsi", "rdi", "r8", "r9", "r11"))


def made(form, *operands):
    """An instruction; with its immediate in 8 bits, if it fits in."""
    for encoding in ENCODINGS:
        if encoding.name == form:
            try:
                found = decode(encode(encoding, operands))
            except OverflowError:       # an immediate that is too large
                continue
            if found.form == form and found.operands == [*operands]:
                return found
    raise ValueError(form)


def at_base(base, disp=0):
    return Memory(base, None, 1, disp)


def inserted(function, at, added):
    """The function with these before the instruction of that index; branches to
    that one lead to them."""
    old = decode_all(function.code)
    starts = [0]
    for one in old:
        starts.append(starts[-1] + one.size)
    grown = sum(one.size for one in added)

    def moved(place):
        return place + grown * (place > starts[at])
    code = bytearray()
    for i, one in enumerate(old):
        if i == at:
            code += b"".join(new.code for new in added)
        place = moved(starts[i]) if i != at else starts[i] + grown
        code += relocated(one, starts[i + 1], place + one.size, moved)
    return function._replace(code=bytes(code))


def relocated(one, old_end, new_end, moved):
    """The bytes of an instruction whose end was at one place and is at
    another."""
    code = bytearray(one.code)
    if one.form in BRANCHES:
        to, size = old_end + one.operands[0], 4 if one.size == 6 else 1
        inside = 0 <= to
        distance = (moved(to) if inside else to) - new_end
        code[-size:] = distance.to_bytes(size, "little", signed=True)
    for operand in one.operands:
        if isinstance(operand, Memory) and operand.base == RIP:
            old = struct.pack("<i", operand.disp)
            where = one.code.rindex(old)
            code[where:where + 4] = struct.pack(
                "<i", operand.disp + old_end - new_end)
    return bytes(code)


# Where: in the code, by what stands there.

def first(function):
    """After the instruction where calls land."""
    return 1


def before_the_end(function):
    """Before the first instruction that wipes."""
    return next(i for i, one in enumerate(decode_all(function.code))
                if one.form == "xor_ee")


def after_the_end(function):
    """Where all is wiped, if there was a unit."""
    return len(decode_all(function.code)) - 2


def before_the_return(function):
    return len(decode_all(function.code)) - 1


def in_a_group(function):
    """Where a group's first blocks were loaded."""
    return next(i for i, one in enumerate(decode_all(function.code))
                if one.form == "add_ir" and one.operands[1] == RSI)


def in_the_frame(function):
    """Before it is given up."""
    return max(i for i, one in enumerate(decode_all(function.code))
               if one.form == "leave" or one.form in ("add_ir", "mov_rr")
               and one.operands[1] == RSP)


def last_test(function):
    """Of the length of the tail, after all blocks but the one that is stolen
    from; a branch and what steals follow."""
    return max(i for i, one in enumerate(decode_all(function.code))
               if one.form == "test_rr" and one.operands == [RDX, RDX])


def steals(function):
    return last_test(function) + 2


def before_single_blocks(function):
    """Between the number of these and the branch by it."""
    return max(i for i, one in enumerate(decode_all(function.code))
               if one.form == "and_ir" and one.operands[1] == RCX) + 1


# A vector that is free there, by what the name of a function ends with.
FREE = {"aesni": 9, "vaes256": 10, "vaes512": 15}


def through_out(free):
    return [made("vmovdqu_mx", at_base(R9), free),
            made("vmovdqu_xm", free, at_base(RDI))]


# What it is: where it stands, what it is made of, and in the reason why it is
# refused; None where it does nothing.
CHANGES = {
    "a landing pad more": (first, [made("endbr64")], None),
    "a number in a register that is free":
        (before_the_end, [made("mov_ie", 5, RAX)], None),
    "a read of in where n may be 0":
        (first, [made("vmovdqu_mx", at_base(RSI), 0)],
         "an address that is no pointer"),
    "rbx in use":
        (before_the_return, [made("mov_ie", 1, RBX)],
         "rbx is not the caller's"),
    "a store below the stack pointer":
        (before_the_end, [made("mov_rm", RAX, at_base(RSP, -8))],
         "writes outside: stack"),
    "a load from below it, after the return's address is clear":
        (before_the_return, [made("mov_mr", at_base(RSP, -8), RAX)],
         "reads outside: stack"),
    "another return address":
        (before_the_return, [made("mov_rm", R9, at_base(RSP))],
         "a return to another address"),
    "a write to the schedules":
        (before_the_end, [made("vmovdqu_xm", 0, at_base(R9))],
         "writes to keys"),
    "a key in a general register":
        (after_the_end, [made("mov_mr", at_base(R9), RAX)],
         "a secret is left in rax"),
    "a key in a vector":
        (after_the_end, [made("vmovdqu_mx", at_base(R9), 15)],
         "a secret is left in zmm15, lane 0"),
    "a branch on a key":
        (before_the_end, [made("mov_mr", at_base(R9), RAX),
                          made("test_rr", RAX, RAX)],
         "needs a public number"),
    "an address of a key":
        (before_the_end, [made("mov_mr", at_base(R9), RAX),
                          made("mov_mr", at_base(RAX), RAX)],
         "an address that is no pointer"),
    "a key for a selector":
        (before_the_end, [made("vmovdqu_mx", at_base(R9), 0),
                          made("vpshufb_xxx", 0, 0, 0)],
         "a selector that is a secret"),
}

# Of the last unit. At r11 are the tweaks of its blocks.
SWAP = [made("vmovdqu_mx", at_base(R11), 6),
        made("vmovdqu_mx", at_base(R11, 16), 7),
        made("vmovdqu_xm", 7, at_base(R11)),
        made("vmovdqu_xm", 6, at_base(R11, 16))]
LAST_CHANGES = {
    "the two tweaks for stealing swapped":
        (steals, SWAP, "is not what the standard says"),
    "these swapped, and swapped again": (steals, SWAP + SWAP, None),
    "a block that is left out":
        (before_single_blocks, [made("and_ir", -2, RCX)],
         "reads what was not written: out"),
    "a tail that is not stolen for":
        (last_test, [made("xor_ee", RDX, RDX)],
         "reads what was not written: out"),
}

# Where nothing sets flags after that.
FLAG_CHANGES = {
    "a key's highest bit in the carry":
        (after_the_end, [made("mov_mr", at_base(R9), RAX),
                         made("add_rr", RAX, RAX), made("mov_ie", 0, RAX)],
         "a secret is left in a flag"),
}

# Of the expansion, whose last round key is made of all the others.
KEY_CHANGES = {
    "an address of the last round key":
        (before_the_return, [made("mov_mr", at_base(RDI, -224), RAX),
                             made("mov_mr", at_base(RAX), RAX)],
         "an address that is no pointer"),
}

UP_AND_DOWN = [made("add_ir", 8, RSP), made("sub_ir", 8, RSP)]
FRAME_CHANGES = {
    "rsp above a part of the live frame":
        (in_the_frame, UP_AND_DOWN, "a part of the frame is given up"),
    "a second frame":
        (before_the_return, [made("push_r", RBX), made("add_ir", 8, RSP)],
         "a second frame is taken"),
}


def refusal(engine, name, where, added):
    only_this_task()
    function = engine.functions[name]
    wrong = inserted(function, where(function), added)
    try:
        if name == "expand":
            Keys(engine.isa, wrong).prove()
            return None
        wrong = engine.isa.paths(name, wrong)
        for path in sample(wrong.names()):
            wrong.prove(path, *engine.isa.SETTINGS[0], False)
        return None
    except Refused as reason:
        return str(reason)


# By instructions that only vaes512's CPUs are known to have: elsewhere they are
# what is refused.
WIDE_CHANGES = {
    "a key in a part of a vector that this CPU may not have":
        (after_the_end, [made("vbroadcasti32x4_mz", at_base(R9), 31)],
         "a secret is left in zmm31, lane 0"),
    "a load that wants its address to be a multiple of 64":
        (after_the_end, [made("vmovdqa64_mz", at_base(R9), 0)],
         "not known to be a multiple"),
}


def wide_changes(engine):
    if engine.name == "vaes512":
        return WIDE_CHANGES
    return {change: (where, added, "may not be on this engine's CPUs")
            for change, (where, added, _) in WIDE_CHANGES.items()}


def refused(engine):
    good, changes = True, {
        **CHANGES, **LAST_CHANGES, **FRAME_CHANGES, **wide_changes(engine),
        "a round key in out for a moment": (
            in_a_group, through_out(FREE[engine.name]),
            "what passes through out")}
    if engine.name != "aesni":
        changes |= FLAG_CHANGES
    tried = [*product((ENCRYPT, DECRYPT), changes)]
    if "expand" in engine.own:
        tried += product(["expand"], KEY_CHANGES)
        changes |= KEY_CHANGES
    with multiprocessing.Pool() as pool:
        reasons = pool.starmap(refusal, [
            (engine, name, *changes[change][:2]) for name, change in tried],
            chunksize=1)
    for (name, change), reason in zip(tried, reasons):
        good &= verdict(f"{engine.name} {name}, {change}", reason,
                        changes[change][2])
    return wrong_constants.refused(engine) and good
