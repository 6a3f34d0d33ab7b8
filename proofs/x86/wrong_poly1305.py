# SPDX-License-Identifier: ISC
"""Engines for Poly1305 that are wrong in several instructions, so that each
path is right where the one before it ended as the engine's own does.

    CHANGES     what is put where, and in the reason why that is refused
    ONLY        of some changes, the one engine that they are for
    inserted    (function, at, added): the function with these instructions

Each would be proved if what the change is about were missing in the states of
poly1305.py's heads.
"""

from x86.machine import NAMES
from x86.poly1305_state import COUNT, H, IN, KEPT, N, R0
from x86.wrong_engines import at_base, inserted, made

RAX, RDX, RBP, RSP = (NAMES.index(name) for name in "rax rdx rbp rsp".split())
RETURN = at_base(RBP, 8)
TAG, LAST, KEY = (at_base(RBP, KEPT[name]) for name in ("tag", "last", "key"))
FREE = at_base(RBP, KEPT["key"] - 8)    # above the frame, with that skew


# Where: in the code, by what stands there.

def each_block(prover):
    return [prover.first, prover.second]


def each_block_end(prover):
    """Before the count."""
    return [i for i, one in enumerate(prover.code.instructions)
            if one.form == "dec_r" and one.operands == [N]]


def each_power(prover):
    return [prover.powers_head]


def group_end(prover):
    """Before the count."""
    return [i for i, one in enumerate(prover.code.instructions)
            if one.form == "dec_r" and one.operands == [COUNT]][1:]


def after_groups(prover):
    """Before the first instruction that wipes."""
    return [next(i for i, one in enumerate(prover.code.instructions)
                 if one.form.startswith("vpxor") and one.operands == [0] * 3)]


def frame_taken(prover):
    return [1 + next(i for i, one in enumerate(prover.code.instructions)
                     if one.form == "and_ir" and one.operands[1] == RSP)]


def tag(prover):
    return [prover.tag]


def key_again(prover):
    """Where the tag's second half is added."""
    return [i for i, one in enumerate(prover.code.instructions)
            if one.form == "mov_mr" and one.operands[0] == KEY]


STORE = made("mov_rm", R0, FREE)
NOTHING = [made("mov_rr", RAX, RAX)]

CHANGES = {
    "a push for each block": (
        {each_block_end: [made("push_r", N)]}, "rsp is another"),
    "a count in the frame, added to the next block": (
        {frame_taken: [made("xor_ee", RAX, RAX), made("mov_rm", RAX, FREE)],
         each_block: [made("add_mr", FREE, H[0]), made("adc_ir", 0, H[1]),
                      made("adc_ir", 0, H[2])],
         each_block_end: [made("mov_rm", N, FREE)]},
        "reads what was not written"),
    "r in the frame, after all groups but the last": (
        {group_end: [made("mov_rr", COUNT, RAX), made("dec_r", RAX),
                     made("je_i", STORE.size), STORE]},
        "more of the frame was written"),
    "another return address after the groups": (
        {after_groups: [made("mov_rm", IN, RETURN)]},
        "return address is not kept"),
    "other powers, by what is left after the groups": (
        {each_power: [made("mov_rr", N, RAX), made("and_ir", 7, RAX),
                      made("mov_rr", COUNT, RDX), made("dec_r", RDX),
                      made("imul_rr", RDX, RAX), made("add_rr", RAX, H[0]),
                      made("adc_ir", 0, H[1]), made("adc_ir", 0, H[2])]},
        "bits of 1 * n + 0"),
    "the number of blocks at end, added to the tag": (
        {tag: [made("add_mr", LAST, H[0]), made("adc_ir", 0, H[1]),
               made("adc_ir", 0, H[2])]},
        "computes with 1 * last + 0"),
    "h in the tag for a moment": (
        {key_again: [made("mov_mr", TAG, RAX),
                     made("mov_rm", H[0], at_base(RAX))]},
        "the tag is written more than once"),
    "5 times a bit of the key for 5 times the quotient": (
        {key_again: [made("mov_mr", KEY, RAX), made("mov_mr", at_base(RAX), RAX),
                     made("shl_ir", 63, RAX), made("shr_ir", 63, RAX),
                     made("mov_rr", RAX, H[2]), made("shl_ir", 2, RAX),
                     made("add_rr", RAX, H[2])]},
        "not the quotient"),
    "a mask made of h after the groups": (
        {after_groups: [made("vpcmpltuq_mzk", at_base(RSP), 3, 1)]},
        "k1 is no public value"),
    "moves that do nothing": (
        dict.fromkeys((each_block, each_block_end, each_power, group_end,
                       after_groups, frame_taken, tag, key_again), NOTHING),
        None),
}

# Which engine alone can be changed so.
ONLY = {"a mask made of h after the groups": "ifma"}
