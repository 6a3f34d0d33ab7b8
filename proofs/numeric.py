# SPDX-License-Identifier: ISC
"""Whole calls on numbers: of the engine's code, and of the specification.

    engine = Engine(functions)  functions: elf.engine's
    engine.expand(key)          struct xts_keys, as bytes
    engine.run(direction, data, n, unit, tweak, keys, in_place)
                                the result; data, tweak, keys and it are bytes
    standard = Standard(key)    the same of spec.py; keys is not asked for
    standard.expand()
    standard.run(direction, data, n, unit, tweak)
"""

from concrete import Concrete, Number, from_bytes
from contract import KEYS, STACK, Memory, check_return, enter, enter_run, read
from decode import decode_all
from execute import Code
from machine import Machine, Pointer, Region
from spec import (DECRYPT, ENCRYPT, Xts, decrypt_schedule, key_expansion,
                  next_unit)


def numbers(data, size=16):
    """Bytes as blocks, and what is left as one narrower value."""
    return [Number(8 * len(piece), from_bytes(piece)) for piece in
            (data[at:at + size] for at in range(0, len(data), size))]


def data_of(values):
    return b"".join(value.n.to_bytes(value.width // 8, "little")
                    for value in values if value is not None)


# What the caller has in the vector registers; any would do.
VECTORS = [Number(128, 0x0123456789abcdef << i) for i in range(32)]


class Engine:
    def __init__(self, functions):
        self.algebra = Concrete()
        self.machine = Machine(self.algebra)
        self.code = {name: Code(self.machine, decode_all(function.code))
                     for name, function in functions.items()}

    def expand(self, key):
        machine, algebra = self.machine, self.algebra
        stack, source = Region("stack", STACK, True), Region("key", 64, False)
        keys = Region("keys", KEYS, True)
        for at, block in enumerate(numbers(key)):
            source.preset(algebra, 16 * at, 16, block)
        enter(machine, stack, VECTORS, Pointer(keys, 0), Pointer(source, 0))
        self.code["xts_expand_arm64"].run()
        check_return(machine, stack, VECTORS)
        return data_of(read(algebra, keys, KEYS)[0])

    def run(self, direction, data, n, unit, tweak, keys, in_place=False,
            trace=None):
        machine, algebra = self.machine, self.algebra
        memory = Memory(algebra, n * unit, in_place)
        memory.fill(memory.data, 0, numbers(data))
        memory.fill(memory.tweak, 0, numbers(tweak))
        memory.fill(memory.keys, 0, numbers(keys))
        enter_run(machine, memory, VECTORS, n, unit)
        self.code[f"xts_{direction}_arm64"].run(trace=trace)
        check_return(machine, memory.stack, VECTORS)
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
