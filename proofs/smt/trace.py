# SPDX-License-Identifier: ISC
"""Memory on bit vectors, and what else following any machine's instructions needs.

A register or a byte in memory holds a public number (an int), a Pointer, or Bits;
branches, addresses and shifts are public.
"""

from collections import namedtuple

from smt.bits import MASK64, Bits, constant, cut, join

STACK, KEYS = 1024, 720                 # bytes that a call may use, and has


class Refused(Exception):
    """The code leaves what can be proved here."""


class Region:
    """An object in memory; a byte that was not written cannot be read.  What is known
    of its address is skew, modulo modulus."""

    def __init__(self, name, size, writable=True, skew=0, modulus=1):
        self.name, self.size, self.writable = name, size, writable
        self.skew, self.modulus = skew, modulus
        self.bytes = {}                 # offset: (value, which of its bytes)

    def load(self, at, size):
        if not 0 <= at <= self.size - size:
            raise Refused(f"reads {self.name} + {at}")
        try:
            cells = [self.bytes[i] for i in range(at, at + size)]
        except KeyError:
            raise Refused(f"reads {self.name} + {at} unwritten") from None
        runs = []                       # [value, first byte, how many]
        for value, i in cells:
            last = runs[-1] if runs else None
            if last and last[0] is value and last[1] + last[2] == i:
                last[2] += 1
            else:
                runs.append([value, i, 1])
        if len(runs) == 1 and runs[0][1:] == [0, width_of(runs[0][0]) // 8]:
            return runs[0][0]
        return join(*(cut(bits_of(value, width_of(value)), 8 * i, 8 * count)
                      for value, i, count in runs))

    def store(self, at, size, value):
        if not self.writable or not 0 <= at <= self.size - size:
            raise Refused(f"writes {self.name} + {at}")
        for i in range(size):
            self.bytes[at + i] = value, i

    def fill(self, values):
        """Fill it with what the caller had there, without gaps."""
        at = 0
        for value in values:
            for i in range(min(value.width // 8, self.size - at)):
                self.bytes[at + i] = value, i
            at += value.width // 8


class Pointer(namedtuple("Pointer", "region offset")):
    def __add__(self, number):
        return Pointer(self.region, self.offset + (
            (number + (1 << 63) & MASK64) - (1 << 63)))

    def __sub__(self, number):
        return self + -number

    def load(self, size):
        return self.region.load(self.offset, size)

    def store(self, size, value):
        self.region.store(self.offset, size, value)


def width_of(value):
    return value.width if isinstance(value, Bits) else 64


def bits_of(value, width=64):
    if isinstance(value, Bits):
        return value
    if type(value) is not int:
        raise Refused(f"computes with {value}")
    return constant(width, value)


def number(value):
    if type(value) is not int:
        raise Refused(f"needs a public number, and has {value}")
    return value
