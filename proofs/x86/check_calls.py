# SPDX-License-Identifier: ISC
"""Whole calls of the engines: their bytes, as they stand in the linked program,
run by this CPU from the first instruction until they return, and by the model
with numbers. All registers, flags and memory must be the same then, the stack
below rsp included.
"""

import random
from collections import Counter

from concrete import Concrete, Number
from contract import KEYS, Memory, enter_run
from values import Pointer, Region
from x86 import cpu
from x86.code import Code
from x86.machine import NAMES, RSP, SKEWS, STACK, Machine

END = cpu.CODE + cpu.ROOM - 64          # where calls return to
DATA = cpu.DATA + 64


def random_values(size):
    """Blocks, and a value for the bytes after them."""
    return [Number(8 * take, random.getrandbits(8 * take))
            for take in [16] * (size // 16) + [size % 16] * (size % 16 != 0)]


def random_tweak():
    """At times one from which the next ones carry, or wrap round."""
    high, little = random.getrandbits(64), random.randrange(9)
    return [Number(128, random.choice((
        random.getrandbits(128), (high << 64) + (1 << 64) - 1 - little,
        (1 << 128) - 1 - little)))]


def place(regions, skew):
    """An address for each: the first, which is a stack, where it must be; the
    others wherever they fit."""
    places, at = {}, DATA + skew
    for region in regions:
        if region not in places:
            places[region] = at
            at += region.size + random.randrange(64) + 1
    return places


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


class Call:
    """A state at a function's first instruction, twice: as the model has it and
    as the CPU has it; and the state that the model comes to."""

    def __init__(self, function):
        self.bytes, self.entry = image_of(function, cpu.CODE)
        self.function = function
        self.machine = Machine(Concrete(), None, random.choice(SKEWS))
        self.code = Code(self.machine, function)
        self.vectors = [[Number(128, random.getrandbits(128))
                         for _ in range(4)] for _ in range(32)]

    def expand(self):
        memory = Memory(self.machine, 64, False)    # whose data is the key
        memory.fill(memory.data, 0, random_values(64))
        keys = Region("keys", KEYS, True)
        self.machine.enter(memory.stack, self.vectors, Pointer(keys, 0),
                           Pointer(memory.data, 0))
        return self.run([memory.stack, keys, memory.data])

    def units(self, n, unit, in_place):
        memory = Memory(self.machine, n * unit, in_place)
        for region in memory.data, memory.keys:
            memory.fill(region, 0, random_values(region.size))
        memory.fill(memory.tweak, 0, random_tweak())
        enter_run(self.machine, memory, self.vectors, n, unit)
        return self.run([memory.stack, memory.data, memory.out, memory.keys,
                         memory.tweak])

    def run(self, regions):
        machine, stack = self.machine, regions[0]
        machine.zero, machine.carry = random.choices((True, False), k=2)
        callers = {name: random.getrandbits(64) for name in NAMES}
        callers |= {f"k{i}": random.getrandbits(64) for i in range(8)}
        callers["return address"] = END
        places = place(regions, (machine.skew - STACK) % 64)
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


def random_call(function, at):
    call, fallback = Call(function), not function.tails
    if "expand" in function.name:
        return call.expand()
    if at % 2 and fallback or at % 16 == 1:
        return call.units(1, random.randrange(16, random.choice((300, 4112))),
                          at % 4 == 1)
    return call.units(random.randrange(12),
                      512 * random.choice((1, 1, 2, 3, 8)), at % 4 == 0)


def compare(command, function, count):
    """How many calls were the same; those that were not."""
    calls = [random_call(function, at) for at in range(count)]
    answers = cpu.run(command, [(call.bytes, call.before) for call in calls])
    different = [f"{function.name}: {signal}"
                 for call, (signal, answered) in zip(calls, answers)
                 if not cpu.is_what(answered, call.after)]
    return Counter({function.name: count - len(different)}), different


