# SPDX-License-Identifier: ISC
"""Arm64, as machines.py asks for it."""

import os
import sys

from arm import poly1305, validation, wrong_engines, wrong_poly1305
from arm.check_decoder import text
from arm.code import Code, entry, table_of
from arm.decode import decode_all
from arm.machine import Machine
from arm.paths import Paths

NAME = "Arm64"
BACKENDS = "arm64",
FALLBACK = None
ONE_IN, ALWAYS_SAMPLE = 8, False        # bits, for check_mutants.py
NAMED = "first T", "T"                  # of terms.py
EQUIVALENT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "equivalent.txt")


def texts(function):
    """A line for each instruction, for equivalent.txt."""
    return [text(instruction, 0) for instruction in
            decode_all(function.code, table_of(function))]


# What else may differ at a call, for Paths.prove: nothing.
SETTINGS = [()]


def paths(direction, function):
    return Paths(sys.modules[__name__], direction, function)
