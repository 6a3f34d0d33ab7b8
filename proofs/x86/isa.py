# SPDX-License-Identifier: ISC
"""x86-64, as machines.py asks for it."""

import os
import sys

from x86 import (aesni, poly1305, vaes256, vaes512, validation, wrong_engines,
                 wrong_poly1305)
from x86.check_decoder import text
from x86.code import Code
from x86.decode import decode_all
from x86.machine import SKEWS, Machine

NAME = "x86-64"
BACKENDS = "vaes512", "vaes256", "aesni"
FALLBACK = "aesni"                      # whom the others may branch to
ENGINES = {"vaes512": vaes512, "vaes256": vaes256, "aesni": aesni}
ONE_IN, ALWAYS_SAMPLE = 150, True       # bits, for check_mutants.py
NAMED = "first T",                      # of terms.py: all others are sums
EQUIVALENT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "equivalent.txt")


def texts(function):
    """A line for each instruction, for equivalent.txt."""
    at, lines = 0, []
    for instruction in decode_all(function.code):
        lines.append(text(instruction, function.address + at))
        at += len(instruction.code)
    return lines


def entry(program):
    """Nothing: endbr64 is not claimed."""


# What else may differ at a call, for Paths.prove: rsp modulo 64.
SETTINGS = [(skew,) for skew in SKEWS]


def paths(direction, function):
    engine = ENGINES[function.name.rpartition("_")[2]]
    return engine.Paths(sys.modules[__name__], direction, function)
