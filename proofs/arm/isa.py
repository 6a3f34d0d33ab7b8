# SPDX-License-Identifier: ISC
"""Arm64, as machines.py asks for it."""

import os
import struct
import sys

from arm import validation, wrong_engines
from arm.check_decoder import text
from arm.code import Code
from arm.decode import decode_all
from arm.machine import Machine
from arm.paths import Paths
from elf import FUNCTION

NAME = "Arm64"
BACKENDS = "arm64",
FALLBACK = None
ONE_IN, ALWAYS_SAMPLE = 8, False        # bits, for check_mutants.py
NAMED = "first T", "T"                  # of terms.py
EQUIVALENT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "equivalent.txt")


def texts(function):
    """A line for each instruction, for equivalent.txt."""
    return [text(instruction, 0) for instruction in decode_all(function.code)]


# The hints of branch protection, in C.
HINTS = {0xd503233f: "paciasp", 0xd503237f: "pacibsp"}
BTI_C = 0xd503245f


def entry(program):
    """The branch protection that the compiler was told to use, by what it made
    of xts_units, which calls and returns."""
    address, size, _ = program.symbol("xts_units", FUNCTION)
    words = [word for word, in struct.iter_unpack(
        "<I", program.code(address, size))]
    signing = [HINTS[word] for word in words if word in HINTS]
    return (signing or ["bti_c"][:words[0] == BTI_C] or [None])[0]


# What else may differ at a call, for Paths.prove: nothing.
SETTINGS = [()]


def paths(direction, function):
    return Paths(sys.modules[__name__], direction, function)
