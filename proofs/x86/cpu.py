# SPDX-License-Identifier: ISC
"""This machine's CPU, to ask, and what a machine's state is to it.

    run(command, cases)                 what each case comes to
    Image(places, callers, background)  makes a State of a Machine with numbers
    lacks()                             the names of features that some form
                                        needs and this CPU does not have
"""

import struct
from collections import namedtuple

import cpu
from x86 import features

# As in cpu.c: where the code and the data of a case lie.
CODE = 0x400000000
DATA = 0x410000000
ROOM = 1 << 20

REGISTERS = struct.Struct("<26Q")
VECTORS = 32 * 64

# All that an instruction can see or change: x is 16 numbers and k 8; z and data
# are bytes. flags are a number and the bits of it that are known: carry, zero,
# and direction.
State = namedtuple("State", "x pc flags k z data")
CARRY, ZERO, DIRECTION = 1, 1 << 6, 1 << 10

ZMM = 7 << 5                    # of XCR0: there are 32, and masks


def pack(state):
    return REGISTERS.pack(*state.x, state.pc, state.flags[0],
                          *state.k) + state.z


def unpack(registers, data, features):
    *x, pc, flags = REGISTERS.unpack_from(registers)[:18]
    k = list(REGISTERS.unpack_from(registers)[18:])
    z = registers[REGISTERS.size:]
    return Answered(State(x, pc, (flags, 0), k, z, data), features)


# features: of the CPU that answers.
Answered = namedtuple("Answered", "state features")

LAYOUT = cpu.Layout(REGISTERS.size + VECTORS, pack, unpack)


def run(command, cases):
    return cpu.run(command, cases, LAYOUT)


def lacks():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        flags = next(line for line in file if line.startswith("flags")).split()
    return [name for name in features.ALL if name not in flags]


def is_what(answered, wanted):
    """What a CPU came to is what the model did, as far as both have it: without
    AVX-512 there are 16 registers of 32 bytes and no masks."""
    state, features = answered
    flags, known = wanted.flags
    wide = features & ZMM == ZMM
    return (state.x == wanted.x and state.pc == wanted.pc
            and state.data == wanted.data
            and (state.flags[0] ^ flags) & known == 0
            and vectors(state.z, wide) == vectors(wanted.z, wide)
            and (not wide or state.k == wanted.k))


def vectors(z, wide):
    return z if wide else [z[at:at + 32] for at in range(0, 16 * 64, 64)]


class Image(cpu.Image):
    """ground: what some have in common, with bytes of it (check_model.py)."""

    def __init__(self, places, callers, background, ground=None):
        super().__init__(places, callers, background, DATA,
                         ground and ground.cells)
        self.packed = ground.packed if ground else {}

    def flag(self, value):
        """Its value, and whether it is known."""
        if value is None:
            return 0, 0
        return int(value if type(value) is bool else value.n), 1

    def state(self, machine, pc):
        carry, carry_known = self.flag(machine.carry)
        zero, zero_known = self.flag(machine.zero)
        z = b"".join([self.packed.get(id(lanes)) or self.vectors(lanes)
                      for lanes in machine.z])
        k = [self.number(value, getattr(value, "width", 64))
             for value in machine.k]
        return State([self.number(value, 64) for value in machine.x], pc,
                     (carry * CARRY | zero * ZERO,
                      carry_known * CARRY | zero_known * ZERO | DIRECTION), k,
                     z, self.data())

