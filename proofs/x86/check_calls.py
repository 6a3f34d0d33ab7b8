# SPDX-License-Identifier: ISC
"""Whole calls of the engines: their bytes, as they stand in the linked program,
run by this CPU from the first instruction until they return, and by the model
with numbers. All registers, flags and memory must be the same then, the stack
below rsp included.
"""

import random
from collections import Counter

import cases
from concrete import Concrete, Number
from values import Pointer
from x86 import cpu
from x86.code import Code
from x86.machine import NAMES, RSP, SKEWS, STACK, Machine

END = cpu.CODE + cpu.ROOM - 64          # where calls return to
DATA = cpu.DATA + 64


def image_of(function, to):
    """The part of the program from the function to its constants, with nothing
    but these in it, and where the former begins."""
    start, constants = function.constants
    first = min(function.address, start)
    code = bytearray(b"\xcc" * (max(function.address + len(function.code),
                                    start + len(constants)) - first))
    for at, piece in (function.address, function.code), (start, constants):
        code[at - first:at - first + len(piece)] = piece
    return bytes(code), to + function.address - first


class Call(cases.Call):
    """A state at a function's first instruction, twice: as the model has it and
    as the CPU has it; and the state that the model comes to."""

    def __init__(self, code):
        super().__init__(code.machine, [
            [Number(128, random.getrandbits(128)) for _ in range(4)]
            for _ in range(32)])
        self.machine.skew = random.choice(SKEWS)
        self.code, self.function = code, code.function
        self.bytes, self.entry = image_of(code.function, cpu.CODE)

    def run(self, regions):
        machine, stack = self.machine, regions[0]
        machine.zero, machine.carry = random.choices((True, False), k=2)
        callers = {name: random.getrandbits(64) for name in NAMES}
        callers |= {f"k{i}": random.getrandbits(64) for i in range(8)}
        callers["return address"] = END
        places = cases.place(regions, DATA + (machine.skew - STACK) % 64)
        constants = machine.constants
        image = cpu.Image(places, callers, random.randbytes(
            max(at + region.size for region, at in places.items()) - cpu.DATA))
        self.before = image.state(machine, self.entry)
        stopped, pc = self.code.run(), END
        if stopped is None:
            machine.x[RSP] = Pointer(stack, STACK + 8)
        else:                           # calls the other function
            tail, = self.function.tails
            pc = self.entry + tail.address - self.function.address
        image.places[constants] = (self.entry - self.function.address
                                   + constants.address)
        self.after = image.state(machine, pc)
        return self


def random_call(code, at):
    call = Call(code)
    if "expand" in code.function.name:
        return call.expand()
    if at % 2:
        return call.units(1, random.randrange(16, random.choice((300, 4112))),
                          at % 4 == 1)
    return call.units(random.randrange(12),
                      512 * random.choice((1, 1, 2, 3, 8)), at % 4 == 0)


def compare(command, function, count):
    """Count the calls that were the same; list the others."""
    code = Code(Machine(Concrete()), function)
    calls = [random_call(code, at) for at in range(count)]
    answers = cpu.run(command, [(call.bytes, call.before) for call in calls])
    different = [f"{function.name}: {signal}"
                 for call, (signal, answered) in zip(calls, answers)
                 if not cpu.is_what(answered, call.after)]
    return Counter({function.name: count - len(different)}), different


