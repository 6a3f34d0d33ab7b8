# SPDX-License-Identifier: ISC
"""Arm64, as ../isas.py asks for it."""

import struct

from arm.decode import TABLE, decode_all
from smt.arm.paths import Paths


def paths(function):
    return Paths


# Whose bit is flipped: a form, of which it is the first, and a field's letter.
FLIPPED = {"arm64": {
    "encrypt": ["movz i", "and_asr i", "extr i", "eor_lsl i", "add_lsr i",
                "aese n", "aesmc n", "eor_v m"],
    "decrypt": ["aesd n", "aesimc n"],
    "expand": ["dup_4s i", "aese n", "ushr_4s i", "sli_4s i", "shl_4s i",
               "eor_v m", "ext i", "movi_4s i", "aesimc n"],
}}


def flipped(function, flip):
    form, field = flip.split()
    instructions = decode_all(function.code)
    at = next(i for i, one in enumerate(instructions) if one.form == form)
    word = instructions[at].word ^ 1 << min(TABLE[form][2][field])
    return function._replace(code=function.code[:4 * at] + struct.pack(
        "<I", word) + function.code[4 * at + 4:])
