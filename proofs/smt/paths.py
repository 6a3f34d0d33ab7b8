# SPDX-License-Identifier: ISC
"""The paths of an engine once more, on bit vectors.

    paths = Paths(isa, direction, function, book)   a machine's own
    paths.prove(name, ...)          its obligations go to the book's
    paths.trace                     trace.py's, which followed all of them

Which paths there are, and what holds at a cut, is as ../paths.py and a machine's own
paths.py have it.  Where a path begins it is assumed, and where one ends it becomes
obligations, as the results do.  Of memory and of what is left over at return no more is
asked than that what is read is there.
"""

from paths import ANY
from smt.bits import Bits, cut, symbol
from smt.standard import Xts, decrypt_schedule
from smt.trace import KEYS, Pointer, Region, bits_of
from spec import ENCRYPT
from values import Callers, require
from values import Pointer as Place

REST = "rest"           # of a unit, from some block on: what Xts takes for its number
UNITS = 13              # of numbers in a row, as many as a state has


class Windowed(Xts):
    """The data is what is in the window, whatever unit it is of; and the first tweak of
    a rest is any."""

    def data(self, unit, i):
        name = f"in {i}"
        return self.book.symbols.get(name) or self.book.given(name)

    def first(self, unit):
        if unit == REST:
            return self.book.given(f"T {REST}.0")
        return super().first(unit)


class Algebra:
    """The algebra that makes a State."""

    @staticmethod
    def xor(a, b):
        return a ^ b

    slice = staticmethod(cut)


class Tweaks:
    """The part of spec.py that makes a State.  Each value has its place: a unit
    and a block in that."""

    def __init__(self, xts):
        self.xts, self.places = xts, {}
        first = xts.number(0)
        self.numbers = [first + i if i else first for i in range(UNITS)]

    def unit(self, number):
        return next(i for i, known in enumerate(self.numbers) if known is number)

    def tweak(self, unit, i):
        value = self.xts.tweak(unit, i)
        self.places[value] = unit, i
        return value

    def first_tweak(self, number):
        return self.tweak(self.unit(number), 0)

    def powers(self, tweak, count):
        unit, i = self.places[tweak]
        return [self.tweak(unit, i + j) for j in range(count)]


class Machine:
    """A machine that enters a call, and requires nothing of a return."""

    algebra = Algebra

    def __init__(self, paths):
        self.enter = paths.enter

    def check_return(self, stack, vectors):
        """ret has seen to where it returns."""


class Memory:
    """The objects of a call."""


class Second:
    """Goes before an engine's own Paths.  A machine's has TRACE; STANDARD, what Xts
    gets besides; SETTINGS, what else may differ at a call; enter(), as machine.py has
    it; assume() and check() of a state; and callers_vectors()."""

    def __init__(self, isa, direction, function, book):
        self.book, self.random = book, book.random
        self.algebra, self.machine, self.symbols = Algebra, Machine(self), {}
        self.code = self.trace = self.TRACE(isa, function, book.settle)
        xts = self.standard = Windowed(book, direction, **self.STANDARD)
        self.xts = Tweaks(xts)
        self.numbers = self.xts.numbers
        self.keys = (xts.schedule if direction == ENCRYPT else
                     decrypt_schedule(xts.schedule))
        self.all_keys = [*xts.schedule, *decrypt_schedule(xts.schedule),
                         *xts.tweak_schedule]
        self.vectors = self.callers_vectors()
        self.find_cuts()
        self.tweak, self.rest = self.number(0), self.xts.tweak(REST, 0)
        for i in range(3):
            self.xts.powers(self.xts.first_tweak(self.number(i)), 9)
        self.xts.powers(self.rest, 41)

    def set_up(self, *setting):
        self.trace.set_up(*setting)

    def number(self, i):
        return self.numbers[i]

    def any(self, name, width):
        if name not in self.symbols:
            self.symbols[name] = symbol(name, width,
                                        self.random.getrandbits(width))
        return self.symbols[name]

    def own(self, value):
        """What a State has, as registers have it here; an address to return to as it
        is, signed or not."""
        if type(value) is Place:
            return Pointer(value.region, value.offset)
        if type(value) is Callers:
            return self.any(value.name.partition(",")[0], 64)
        return value

    def data(self, size):
        return None, None               # is in the window

    def window(self, size, in_place):
        memory = Memory()
        memory.stack = self.trace.new_stack()
        memory.data = Region("in", size, in_place)
        memory.out = memory.data if in_place else Region("out", size)
        memory.tweak = Region("tweak", 16, False)
        memory.keys = Region("keys", KEYS, False)
        memory.data.fill([self.standard.data(0, i)
                          for i in range(-(-size // 16))])
        memory.tweak.fill([self.tweak])
        memory.keys.fill(self.all_keys)
        return memory

    def compare(self, what, held, value):
        """Public values are the same; that others are is an obligation."""
        if value is ANY:
            return
        value = self.own(value)
        if isinstance(value, Bits):
            self.book.obligations.add(bits_of(held, value.width), value)
        else:
            require(held == value, f"{what} is {held}, not {value}")

    # The results are named before they are met.

    def takes(self, memory, before, after, tweak):
        self.expected = self.standard.unit(self.xts.places[tweak][0],
                                           memory.data.size)
        super().takes(memory, before, after, tweak)

    def whole(self, in_place, size):
        self.expected = self.standard.unit(0, size)
        super().whole(in_place, size)

    def check_result(self, memory, *_):
        at = 0
        for bits in self.expected:
            size = bits.width // 8
            self.book.obligations.add(bits_of(memory.out.load(at, size),
                                              bits.width), bits)
            at += size
        require(at == memory.out.size, "not all of the result was compared")
