# SPDX-License-Identifier: ISC
"""Engines for Poly1305 that are wrong in several instructions, so that each
path is right where the one before it ended as the engine's own does.

    CHANGES     what is put where, and in the reason why that is refused
    ONLY        of some changes, the one engine that they are for
    inserted    (function, at, added): the function with these instructions

Each would be proved if what the change is about were missing in the state of
poly1305.py's heads.
"""

import struct

from arm.code import table_of
from arm.decode import ALL, decode_all
from arm.general import BRANCHES, offset_of
from arm.poly1305 import H, IN, KEY, LAST, N, ONE, R, TAG

SP, XZR, T0, T1 = 31, 31, 13, 14
ONLY = {}


def made(form, **fields):
    """An instruction's word."""
    _, word, places = ALL[form]
    for letter, bits in places.items():
        for at, bit in enumerate(reversed(bits)):
            word |= (fields[letter] >> at & 1) << bit
    return word


def inserted(function, at, added):
    """The function with these words before the instruction of that index;
    branches to that one lead to them."""
    words = []
    for i, one in enumerate(decode_all(function.code, table_of(function))):
        if i == at:
            words += added
        word = one.word
        if one.form in BRANCHES:
            to = i + offset_of(one.form, one.fields["i"])
            more = len(added) * ((to > at) - (i >= at))
            word = made(one.form, **{**one.fields,
                                     "i": one.fields["i"] + more})
        words.append(word)
    return function._replace(code=struct.pack(f"<{len(words)}I", *words))


# Where: in the code, by what stands there.

def each_block(prover):
    return [prover.first, prover.second]


def each_block_end(prover):
    """Before the count."""
    return [i for i, one in enumerate(prover.code.instructions)
            if one.form == "sub_imm" and one.fields["d"] == N]


def between(prover):
    """After the n blocks."""
    return [i for i, one in enumerate(prover.code.instructions)
            if one.form == "mov" and one.fields["d"] == IN]


def tag(prover):
    return [prover.tag]


def before_store(prover):
    return [i for i, one in enumerate(prover.code.instructions)
            if one.form == "stp_x"]


def at_the_end(prover):
    """After the flags were set to what is public."""
    return [1 + i for i, one in enumerate(prover.code.instructions)
            if one.form == "cmp_imm"]


def add_to_h(register):
    return [made("adds", d=H[0], n=H[0], m=register),
            made("adcs", d=H[1], n=H[1], m=XZR),
            made("adc", d=H[2], n=H[2], m=XZR)]


NOTHING = [made("mov", d=ONE, m=ONE)]

CHANGES = {
    "a frame for each block": (
        {each_block_end: [made("sub_imm", d=SP, n=SP, i=16)]},
        "sp is another"),
    "r below the stack pointer": (
        {between: [made("stp_x", t=R[0], u=R[1], n=SP, i=-2)]},
        "writes outside: stack"),
    "r in a register of the caller's": (
        {between: [made("mov", d=19, m=R[0])]}, "x19 is another"),
    "r in x18": ({between: [made("mov", d=18, m=R[0])]}, "writes to x18"),
    "another multiple of the upper half of r after the n blocks": (
        {between: [made("mov", d=R[2], m=R[1])]}, "r is another"),
    "2^129 above the blocks at end": (
        {between: [made("movz", d=ONE, i=2)]}, "1 is another number"),
    "a tag where the blocks are": (
        {between: [made("mov", d=TAG, m=IN)]}, "tag is not kept"),
    "a count of the blocks, added to each": (
        {each_block: add_to_h(N)}, "computes with"),
    "the number of blocks at end, added to the tag": (
        {tag: add_to_h(LAST)}, "computes with 1 * last + 0"),
    "h in the tag for a moment": (
        {before_store: [made("stp_x", t=H[0], u=H[1], n=TAG, i=0)]},
        "the tag is written more than once"),
    "5 times a bit of the key for 5 times the quotient": (
        {tag: [made("ldp_x", t=T0, u=T1, n=KEY, i=0),
               made("and_imm", d=H[2], n=T0, i=0)]}, "not "),
    "a flag of a word of the key": (
        {at_the_end: [made("ldp_x", t=T0, u=T1, n=KEY, i=0),
                      made("adds", d=T0, n=T0, m=T1),
                      made("movz", d=T0, i=0), made("movz", d=T1, i=0)]},
        "a secret is left in a flag"),
    "moves that do nothing": (
        dict.fromkeys((each_block, each_block_end, between, tag, before_store,
                       at_the_end), NOTHING), None),
}
