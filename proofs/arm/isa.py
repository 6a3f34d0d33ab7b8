# SPDX-License-Identifier: ISC
"""Arm64, as machines.py asks for it."""

import os
import sys

from arm import validation, wrong_engines
from arm.check_decoder import text
from arm.code import Code
from arm.decode import Unknown, decode, decode_all
from arm.machine import Machine
from arm.runs import Runs
from runs import UNITS
from units import LENGTHS, Units

NAME = "Arm64"
BACKENDS = "arm64",
FALLBACK = None
NAMED = "first T", "T"                  # of terms.py
EQUIVALENT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "equivalent.txt")


def flipped(instruction, bit):
    """The same with a bit flipped, or None if that is none."""
    try:
        return decode(instruction.word ^ 1 << bit)
    except Unknown:
        return None


def texts(function):
    """A line for each instruction, for equivalent.txt."""
    return [text(instruction, 0) for instruction in decode_all(function.code)]


# For prove.py: the claims, and in how many tasks each is proved.
CLAIMS = {
    "units": "claim 1, one unit of every length from 16 to 4111 bytes",
    "runs": "claim 2, any number of units of 512 to 4096 bytes, by induction",
}
SHARES = {"units": 8, "runs": 1}


def questions(claim, direction, function, share):
    """A prover, and what a task asks of it."""
    isa = sys.modules[__name__]
    prover = (Units if claim == "units" else Runs)(isa, direction, function)
    sizes = LENGTHS[share::SHARES["units"]] if claim == "units" else UNITS
    return prover, [(size,) for size in sizes]


def required(claim, name):
    """Paths, and bytes of results."""
    if claim == "units":                # 16 to 4111; their sum, by Gauss
        return 4096, (16 + 4111) * 4096 // 2
    return 1 + 8 * 3, 2 * 512 * (1 + 8) * 8 // 2
