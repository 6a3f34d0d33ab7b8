# SPDX-License-Identifier: ISC
"""A CPU to ask: the other end of a machine's cpu.c, and what the state of a
model is to it.

    build(compiler, source, program)
    run(command, cases, layout)         what each case comes to
    Image(places, callers, background, start)
                                        what a Machine of numbers holds, as
                                        numbers and bytes
"""

import signal
import struct
import subprocess
from collections import namedtuple

from values import MASK64, Callers, Pointer, Refused, Secret, require

QUESTION = struct.Struct("<IIQ")
ANSWER = struct.Struct("<QQ")
TIMEOUT = 300           # seconds; code that does not end is a failure

# Of a machine's state but for its data: size in bytes; pack(state), to bytes;
# unpack(bytes, data, word), from these, the data and a word of the answer.
Layout = namedtuple("Layout", "size pack unpack")

# signal: the name of what ended it.
Answer = namedtuple("Answer", "signal state")


def build(compiler, source, program):
    subprocess.run([compiler, "-O2", "-static", "-Wall", "-Wextra", "-Werror",
                    "-o", program, source], check=True)


def questions(cases, layout):
    return b"".join(piece for code, state in cases for piece in (
        QUESTION.pack(len(code), len(state.data), 0), layout.pack(state),
        code, state.data))


def answers(out, cases, layout):
    found, at = [], 0
    for _, state in cases:
        number, word = ANSWER.unpack_from(out, at)
        at += ANSWER.size
        end = at + layout.size
        after = end + len(state.data)
        found.append(Answer(signal.Signals(number).name, layout.unpack(
            out[at:end], out[end:after], word)))
        at = after
    if at != len(out):
        raise RuntimeError("not as many answers as cases")
    return found


def run(command, cases, layout):
    """cases: (code, State) each; an Answer to each, in order."""
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE,
                         timeout=TIMEOUT,
                         input=questions(cases, layout)).stdout
    return answers(out, cases, layout)


class Image:
    """places: {region: address}, of all that a machine's pointers lead to.
    callers: {name: number}, of what the caller had in registers.  background:
    bytes from start on, which show where no region has any.  known: {byte:
    cell}, of what a region may have there, and the background shows."""

    def __init__(self, places, callers, background, start, known=None):
        self.places, self.callers = places, callers
        self.background, self.start = background, start
        self.known = known or {}

    def number(self, value, width):
        if isinstance(value, Secret):
            if value.width != width:
                raise Refused("a value of another width")
            return value.n
        if type(value) is Pointer:
            return self.places[value.region] + value.offset & MASK64
        if type(value) is Callers:
            return self.callers[value.name.partition(",")[0]]
        require(type(value) is int and 0 <= value < 1 << width,
                f"not a number of {width} bits: {value!r}")
        return value

    def vectors(self, values):
        """One after the other."""
        return b"".join([self.number(value, 128).to_bytes(16, "little")
                         for value in values])

    def data(self):
        data = bytearray(self.background)
        for region, address in self.places.items():
            start = address - self.start
            for at, cell in region.cells.items():
                if self.known.get(at) is not cell:
                    size, value = cell
                    data[start + at:start + at + size] = self.number(
                        value, 8 * size).to_bytes(size, "little")
        require(len(data) == len(self.background), "a region outside")
        return bytes(data)
