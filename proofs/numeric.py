# SPDX-License-Identifier: ISC
"""Whole calls on numbers: of the engine's code, and of the specification.

    model = Model(engine)       engine: of machines.py
    model.expand(key)           struct xts_keys, as bytes
    model.run(direction, data, n, unit, tweak, keys, in_place)
                                the result; data, tweak, keys and it are bytes
    standard = Standard(key)    the same of spec.py; keys is not asked for
    standard.expand()
    standard.run(direction, data, n, unit, tweak)
"""

from concrete import Concrete, Number, from_bytes
from contract import KEYS, Memory, enter_run, read
from spec import (DECRYPT, ENCRYPT, Xts, decrypt_schedule, key_expansion,
                  next_unit)
from values import Pointer, Region


def numbers(data, size=16):
    """Bytes as blocks, and what is left as one narrower value."""
    return [Number(8 * len(piece), from_bytes(piece)) for piece in
            (data[at:at + size] for at in range(0, len(data), size))]


def data_of(values):
    return b"".join(value.n.to_bytes(value.width // 8, "little")
                    for value in values if value is not None)


def some_number(name, width):
    """A number for a vector register of the caller; any would do."""
    return Number(width, from_bytes(name.encode().ljust(width // 8, b"."))
                  & (1 << width) - 1)


class Model:
    def __init__(self, engine):
        self.algebra, isa = Concrete(), engine.isa
        self.machine = isa.Machine(self.algebra)
        self.code = {name: isa.Code(self.machine, function)
                     for name, function in engine.functions.items()}
        self.tails = {name: [isa.Code(self.machine, tail)
                             for tail in function.tails]
                      for name, function in engine.functions.items()}
        self.vectors = self.machine.callers_vectors(some_number)

    def expand(self, key):
        machine, algebra = self.machine, self.algebra
        stack, source = machine.new_stack(), Region("key", 64, False)
        keys = Region("keys", KEYS, True)
        for at, block in enumerate(numbers(key)):
            source.preset(algebra, 16 * at, 16, block)
        machine.enter(stack, self.vectors, Pointer(keys, 0),
                      Pointer(source, 0))
        self.code["expand"].run()
        machine.check_return(stack, self.vectors)
        return data_of(read(algebra, keys, KEYS)[0])

    def run(self, direction, data, n, unit, tweak, keys, in_place=False,
            trace=None):
        machine, algebra = self.machine, self.algebra
        memory = Memory(machine, n * unit, in_place)
        memory.fill(memory.data, 0, numbers(data))
        memory.fill(memory.tweak, 0, numbers(tweak))
        memory.fill(memory.keys, 0, numbers(keys))
        enter_run(machine, memory, self.vectors, n, unit)
        if self.code[direction].run(trace=trace) is not None:
            tail, = self.tails[direction]
            tail.run()
        machine.check_return(memory.stack, self.vectors)
        blocks, tail = read(algebra, memory.out, n * unit)
        return data_of([*blocks, tail])


class Standard:
    def __init__(self, key):
        self.algebra = algebra = Concrete()
        self.schedules = [key_expansion(algebra, half)
                          for half in numbers(key, 32)]
        self.xts = {direction: Xts(algebra, direction, *self.schedules)
                    for direction in (ENCRYPT, DECRYPT)}

    def expand(self):
        data, tweak = self.schedules
        return data_of(data + decrypt_schedule(self.algebra, data) + tweak)

    def run(self, direction, data, n, unit, tweak):
        tweak, = numbers(tweak)
        results = []
        for start in range(0, n * unit, unit):
            blocks, tail = numbers(data[start:start + unit]), None
            if unit % 16 != 0:
                *blocks, tail = blocks
            blocks, tail = self.xts[direction].unit(tweak, blocks, tail)
            results += [*blocks, tail]
            tweak = next_unit(self.algebra, tweak)
        return data_of(results)
