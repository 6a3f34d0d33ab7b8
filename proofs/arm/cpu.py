# SPDX-License-Identifier: ISC
"""An Arm64 CPU to ask, which is qemu's, and what a machine's state is to it.

    build(compiler, source, program)    cpu.c, the other end of this file
    run(command, cases)                 what each case comes to
    Image(places, callers, background)  makes a State of a Machine with numbers
"""

import signal
import struct
import subprocess
from collections import namedtuple

from arm.machine import SP
from values import MASK64, Callers, Pointer, Secret

# As in cpu.c: where the code and the data of a case lie.
CODE = 0x400000000
DATA = 0x500000000
ROOM = 65536

QUESTION = struct.Struct("<IIQ")
ANSWER = struct.Struct("<QQ")
REGISTERS = struct.Struct("<34Q")
VECTORS = 512
TIMEOUT = 300           # seconds; code that does not end is a failure
STATE = REGISTERS.size + VECTORS

# All that an instruction can see or change: x is 31 numbers; flags are Z and C,
# in bits 30 and 29, which are all that the model has; v and data are bytes.
State = namedtuple("State", "x sp pc flags v data")
FLAGS = 0x60000000

# signal: the name of what ended it.
Answer = namedtuple("Answer", "signal state")


def build(compiler, source, program):
    subprocess.run([compiler, "-O2", "-static", "-Wall", "-Wextra", "-Werror",
                    "-o", program, source], check=True)


def pack(code, state):
    return b"".join((QUESTION.pack(len(code), len(state.data), 0),
                     REGISTERS.pack(*state.x, state.sp, state.pc, state.flags),
                     state.v, code, state.data))


def unpack(out, at, size):
    number, _ = ANSWER.unpack_from(out, at)
    at += ANSWER.size
    *x, sp, pc, flags = REGISTERS.unpack_from(out, at)
    end = at + STATE
    return Answer(signal.Signals(number).name,
                  State(x, sp, pc, flags & FLAGS, out[at + REGISTERS.size:end],
                        out[end:end + size]))


def run(command, cases):
    """cases: (code, State) each; an Answer to each, in order."""
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE,
                         input=b"".join(pack(*case) for case in cases),
                         timeout=TIMEOUT).stdout
    answers, at = [], 0
    for _, state in cases:
        answers.append(unpack(out, at, len(state.data)))
        at += ANSWER.size + STATE + len(state.data)
    if at != len(out):
        raise RuntimeError("not as many answers as cases")
    return answers


class Image:
    """places: {region: address}, of all that a machine's pointers lead to.
    callers: {name: number}, of what the caller had in registers.  background:
    bytes from DATA on, which show where no region has any."""

    def __init__(self, places, callers, background):
        self.places, self.callers = places, callers
        self.background = background

    def number(self, value, width):
        if isinstance(value, Secret):
            assert value.width == width
            return value.n
        if type(value) is Pointer:
            return self.places[value.region] + value.offset & MASK64
        if type(value) is Callers:
            return self.callers[value.name.partition(",")[0]]
        assert type(value) is int and 0 <= value < 1 << width
        return value

    def data(self):
        data = bytearray(self.background)
        for region, address in self.places.items():
            start = address - DATA
            for at, (size, value) in region.cells.items():
                data[start + at:start + at + size] = self.number(
                    value, 8 * size).to_bytes(size, "little")
        assert len(data) == len(self.background)
        return bytes(data)

    def state(self, machine, pc):
        return State([self.number(value, 64) for value in machine.x[:31]],
                     self.number(machine.x[SP], 64), pc,
                     machine.zero << 30 | machine.carry << 29,
                     b"".join(self.number(value, 128).to_bytes(16, "little")
                              for value in machine.v), self.data())
