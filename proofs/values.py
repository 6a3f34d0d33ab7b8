# SPDX-License-Identifier: ISC
"""What the state of a call is made of, on any machine, and memory in regions.

What a register or a memory cell holds is one of
    int             a public number, 0 to 2^64 - 1
    Pointer         into a Region, which is public too
    Callers         what the caller left there: public, and never looked into
    Linear          a public number that is not known, such as a multiple of 512
    a secret        a value of the algebra at hand (a subclass of Secret): all
                    that depends on keys, tweaks and data
so that no secret can become public: nothing here nor in what a machine's
instructions do makes one of the first four out of the last.

The algebra is an object that computes with secrets.  Its values have a width
in bits; bit 0 is the lowest, byte 0 of memory the lowest eight.
    constant(width, number)     a public number among the secrets
    same(a, b)                  whether they are certainly the same
    xor(a, b)   mask(a, number) bit by bit; mask is "and" with a constant
    slice(a, low, width)        bits low to low + width - 1
    join(low, high)             high above low
    sign(a)                     its top bit at every place
    add(a, b)   and_not(a, b)   modulo 2^width; a & ~b
    sub_bytes(a), shift_rows(a), mix_columns(a), and inv_ with each of the
    three:
                                the steps of FIPS 197 on 128 bits; of sub_bytes
                                also on a word of 32
    define(name, a)             a, which may have a name of its own from now on
"""

import copy
import functools
import gc
import sys

MASK64 = (1 << 64) - 1


def refuse_optimised():
    """No proof rests on what "python3 -O" leaves out; nor is one made so."""
    if sys.flags.optimize:
        sys.exit("proofs: not with python3 -O, nor with PYTHONOPTIMIZE")


def only_this_task():
    """What a process's task makes lives as long as that: garbage is collected
    before the next one, and not looked for on the way."""
    gc.collect()
    gc.disable()


class Refused(Exception):
    """The code does what is not allowed or not understood."""


def require(condition, reason):
    if not condition:
        raise Refused(reason)


class Secret:
    __slots__ = ("width",)


class Callers:
    """The value of a register when the function was called."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"the caller's {self.name}"


class Linear:
    """A public number: times * name + plus, where name is any number that is at
    least least, and not so large that this wraps around at 2^64."""

    def __init__(self, name, times=1, plus=0, least=0):
        self.name, self.times, self.plus = name, times, plus
        self.least = least
        require(times * least + plus >= 0, "a number that may fall below 0")

    def __eq__(self, other):
        return (type(other) is Linear
                and (self.name, self.times, self.plus, self.least)
                == (other.name, other.times, other.plus, other.least))

    def __repr__(self):
        return f"{self.times} * {self.name} + {self.plus}"

    def shifted(self, by):
        return Linear(self.name, self.times, self.plus + by, self.least)

    def shifted_down(self, bits):
        require(self.times % (1 << bits) == 0, f"bits of {self!r}")
        return Linear(self.name, self.times >> bits, self.plus >> bits,
                      self.least)

    def low_bits(self, mask):
        require(mask & mask + 1 == 0 and self.times % (mask + 1) == 0,
                f"bits of {self!r}")
        return self.plus & mask

    def is_zero(self):
        require(self.times * self.least + self.plus > 0,
                f"whether {self!r} is 0")
        return False


class Pointer:
    __slots__ = ("region", "offset")

    def __init__(self, region, offset):
        self.region, self.offset = region, offset

    def __eq__(self, other):
        return (type(other) is Pointer and self.region is other.region
                and self.offset == other.offset)

    def __repr__(self):
        return f"{self.region.name} + {self.offset}"


class Region:
    """Bytes 0 to size - 1 of one object in memory; nothing lies beside them.
    What was not written, here or by the caller, cannot be read."""

    WIDEST = 16                         # bytes of a cell

    def __init__(self, name, size, writable):
        self.name, self.size, self.writable = name, size, writable
        self.floor = 0                  # nothing below this may be touched
        self.cells = {}                 # first byte: (bytes, what they hold)
        self.used = bytearray(size)     # 1: in a cell
        self.stored = None              # a list of what store gets, if wanted

    def copy(self):
        other = copy.copy(self)
        other.cells, other.used = {**self.cells}, bytearray(self.used)
        return other

    def load(self, algebra, at, size):
        cell = self.cells.get(at)
        if cell is not None and cell[0] == size and at >= self.floor:
            return cell[1]
        require(self.floor <= at and at + size <= self.size,
                f"reads outside: {self.name} + {at}, {size} bytes")
        require(self.used.count(1, at, at + size) == size,
                f"reads what was not written: {self.name} + {at}")
        parts = []
        while size != 0:
            start, (length, value) = self._cell_with(at)
            take = min(size, start + length - at)
            parts.append((take, piece(algebra, value, length, at - start,
                                      take)))
            at, size = at + take, size - take
        return combine(algebra, parts)

    def store(self, algebra, at, size, value):
        require(self.writable, f"writes to {self.name}")
        self.preset(algebra, at, size, value)
        if self.stored is not None:
            self.stored.append((at, size, value))

    def preset(self, algebra, at, size, value):
        """A store that need not be allowed: what the caller had done."""
        cell = self.cells.get(at)
        if cell is None or cell[0] != size or at < self.floor:
            require(self.floor <= at and at + size <= self.size,
                    f"writes outside: {self.name} + {at}, {size} bytes")
            if self.used.count(1, at, at + size):
                self._split(algebra, at, size)
            self.used[at:at + size] = b"\1" * size
        self.cells[at] = size, value

    def fill(self, values):
        """Cells of the widest, from the beginning on, where there are none."""
        end = self.WIDEST * len(values)
        self.cells |= zip(range(0, end, self.WIDEST),
                          ((self.WIDEST, value) for value in values))
        self.used[:end] = b"\1" * end

    def _cell_with(self, at):
        for start in range(at, at - self.WIDEST, -1):
            cell = self.cells.get(start)
            if cell is not None and start + cell[0] > at:
                return start, cell
        raise Refused("used, but in no cell")

    def _split(self, algebra, at, size):
        """No cell reaches over either end, and none is left between them."""
        for end in at, at + size:
            if 0 < end < self.size and self.used[end - 1] and self.used[end]:
                start, (length, value) = self._cell_with(end)
                if start < end:
                    below = end - start
                    self.cells[start] = below, piece(algebra, value, length, 0,
                                                     below)
                    self.cells[end] = length - below, piece(
                        algebra, value, length, below, length - below)
        for start in range(at, at + size):
            self.cells.pop(start, None)


def piece(algebra, value, length, skip, take):
    """Bytes skip to skip + take - 1 of a value that has length."""
    if take == length:
        return value
    if type(value) is int:
        return value >> 8 * skip & (1 << 8 * take) - 1
    if not isinstance(value, Secret):
        raise Refused(f"takes {value!r} to pieces")
    return algebra.slice(value, 8 * skip, 8 * take)


def combine(algebra, parts):
    """One value of several, the lowest first: (bytes, value)."""
    if len(parts) == 1:
        return parts[0][1]
    if all(type(value) is int for _, value in parts):
        total, at = 0, 0
        for size, value in parts:
            total, at = total | value << at, at + 8 * size
        return total
    whole = None
    for size, value in parts:
        value = secret(algebra, value, 8 * size)
        whole = value if whole is None else algebra.join(whole, value)
    return whole


def bytes_of(algebra, a):
    return [algebra.slice(a, low, 8) for low in range(0, a.width, 8)]


def joined(algebra, parts):
    """The first is the lowest."""
    return functools.reduce(algebra.join, parts)


def secret(algebra, value, width):
    """A value as one of the algebra's: a public number may become secret."""
    if isinstance(value, Secret):
        return value
    if type(value) is not int:
        raise Refused(f"computes with {value!r}")
    return algebra.constant(width, value)


def number(value):
    """A public number, or a refusal."""
    if type(value) is not int:
        raise Refused(f"needs a public number, and has {value!r}")
    return value


def public(value):
    return not isinstance(value, Secret)


def shifted(value, by):
    """A public number, a pointer or a count, plus a public number."""
    if type(value) is int:
        return value + by & MASK64
    if type(value) is Pointer:
        return Pointer(value.region, value.offset + by)
    if type(value) is Linear and by <= 0:
        return value.shifted(by)        # more might wrap around
    raise Refused(f"needs a public number or a pointer, and has {value!r}")


def left(algebra, a, i):
    """a << i"""
    if i == 0:
        return a
    return algebra.join(algebra.constant(i, 0),
                        algebra.slice(a, 0, a.width - i))


def right(algebra, a, i):
    """a >> i, which is not signed"""
    if i == 0:
        return a
    return algebra.join(algebra.slice(a, i, a.width - i),
                        algebra.constant(i, 0))
