# SPDX-License-Identifier: ISC
"""An Arm64 CPU to ask, which is qemu's, and what a machine's state is to it.

    run(command, cases)                 what each case comes to
    Image(places, callers, background)  makes a State of a Machine with numbers
"""

import struct
from collections import namedtuple

import cpu
from arm.machine import SP
from cpu import build

# As in cpu.c: where the code and the data of a case lie.
CODE = 0x400000000
DATA = 0x500000000
ROOM = 65536

REGISTERS = struct.Struct("<34Q")
VECTORS = 512

# All that an instruction can see or change: x is 31 numbers; flags are Z and C,
# in bits 30 and 29, which are all that the model has; v and data are bytes.
State = namedtuple("State", "x sp pc flags v data")
FLAGS = 0x60000000


def pack(state):
    return REGISTERS.pack(*state.x, state.sp, state.pc, state.flags) + state.v


def unpack(registers, data, _):
    *x, sp, pc, flags = REGISTERS.unpack_from(registers)
    return State(x, sp, pc, flags & FLAGS, registers[REGISTERS.size:], data)


LAYOUT = cpu.Layout(REGISTERS.size + VECTORS, pack, unpack)


def run(command, cases):
    return cpu.run(command, cases, LAYOUT)


class Image(cpu.Image):
    def __init__(self, places, callers, background):
        super().__init__(places, callers, background, DATA)

    def state(self, machine, pc):
        return State([self.number(value, 64) for value in machine.x[:31]],
                     self.number(machine.x[SP], 64), pc,
                     self.flag(machine.zero) << 30
                     | self.flag(machine.carry) << 29,
                     self.vectors(machine.v), self.data())

    def flag(self, value):
        return int(value) if type(value) is bool else self.number(value, 1)
