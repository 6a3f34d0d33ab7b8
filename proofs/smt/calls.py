# SPDX-License-Identifier: ISC
"""Whole calls of an engine's functions, and the obligations that each leads to.

    Runs(isa, direction, function, book)    xts_encrypt_* or xts_decrypt_*
    runs.call(units, size, in_place)    a run of units of size bytes
    Expansion(isa, function, book)      xts_expand_*
    expansion.call()

isa is of machines.py, function of elf.py.  Memory at the call is what contract.py says;
round keys are anything, and Expansion says what they are.
"""

from smt.bits import join, require
from smt.isas import ISAS
from smt.standard import Xts, decrypt_schedule, key_expansion
from smt.trace import KEYS, Pointer, Region, bits_of


class Call:
    def __init__(self, isa, function, book):
        self.book = book
        self.kind = ISAS[isa.NAME].paths(function)
        self.trace = self.kind.TRACE(isa, function, book.settle)
        self.trace.set_up(*self.kind.SETTINGS[0])

    def make(self, *arguments):
        """Arguments are numbers and regions."""
        self.trace.enter(self.trace.new_stack(), *(
            Pointer(argument, 0) if isinstance(argument, Region) else argument
            for argument in arguments))
        require(self.trace.run() is None)

    def compare(self, region, expected):
        """All of a region, from its first byte on."""
        at = 0
        for bits in expected:
            size = bits.width // 8
            found = bits_of(region.load(at, size), bits.width)
            self.book.obligations.add(found, bits)
            at += size
        require(at == region.size)


class Runs(Call):
    def __init__(self, isa, direction, function, book, **standard):
        super().__init__(isa, function, book)
        self.xts = Xts(book, direction, **self.kind.STANDARD, **standard)

    def call(self, units, size, in_place):
        xts = self.xts
        expected = xts.run(units, size) if units else []
        data = Region("in", units * size, in_place)
        out = data if in_place else Region("out", units * size)
        tweak, keys = Region("tweak", 16, False), Region("keys", KEYS, False)
        data.fill([xts.data(unit, i) for unit in range(units)
                   for i in range(-(-size // 16))])
        tweak.fill([xts.number(0)])
        keys.fill([*xts.schedule, *decrypt_schedule(xts.schedule),
                   *xts.tweak_schedule])
        self.make(out, data, units, size, tweak, keys)
        self.compare(out, expected)


class Expansion(Call):
    def __init__(self, isa, function, book):
        super().__init__(isa, function, book)
        self.key = [book.given(f"key, {i}") for i in range(4)]
        schedule = key_expansion(book, "key 1", *self.key[:2])
        tweak_schedule = key_expansion(book, "key 2", *self.key[2:])
        self.expected = [*schedule, *decrypt_schedule(schedule),
                         *tweak_schedule]

    def call(self):
        keys, key = Region("keys", KEYS), Region("key", 64, False)
        key.fill([join(*self.key)])
        self.make(keys, key)
        self.compare(keys, self.expected)
