# SPDX-License-Identifier: ISC
"""The specification's values, and what has to be proved of the code's.

    book = Book(obligations)
    book.given(name)            a symbol: any 128 bits
    book.value(name, bits)      a symbol that stands for bits from now on
    book.settle(bits)           what the code computed: the symbol, or half of one,
                                that it ought to be, or bits itself

Which value of the specification one of the code's ought to be is guessed: that which
is the same for the random numbers that stand for the symbols.  These have their
highest bit, so that a tweak that is not yet doubled to the end is another number.  The
guess becomes an obligation, which the solvers have to discharge, and from there on the
symbol stands for the code's value.  So each obligation is about what lies between two
such values, and the inputs of each step of AES are among them.

A symbol stands for all there is, so an obligation holds of whatever was computed to
there; and since each says that the code's value is the one defined, all of them say by
induction that the code's results are the specification's.
"""

import random
from collections import namedtuple

from smt.bits import cut, equality, symbol


class Obligations:
    """As text; what differs in nothing but names is one."""

    def __init__(self):
        self.texts, self.count = {}, 0

    def add(self, left, right):
        self.count += 1
        self.texts[equality(left, right)] = None


# A symbol, or the half from bit low on, which is what was computed: as it is defined
# or, where it was taken apart, from the symbol itself.
Guess = namedtuple("Guess", "name low width defined")


class Book:
    def __init__(self, obligations, seed=1619):
        self.obligations = obligations
        self.random = random.Random(seed)
        self.symbols, self.definitions = {}, {}
        self.guesses = {}               # of (width, number)

    def given(self, name, halves=True):
        """A symbol of 128 bits; halves: these alone may be guessed as well."""
        whole = symbol(name, 128, self.random.getrandbits(127) | 1 << 127)
        self.symbols[name] = whole
        self._expect(name, whole, halves, False)
        return whole

    def value(self, name, bits, halves=True):
        """A name may be given again, once the call that had it is over."""
        if name in self.symbols:
            self._forget(self.symbols[name])
            self._forget(self.definitions[name])
        self.definitions[name] = bits
        self._expect(name, bits, halves, True)
        return self.given(name, halves)

    def _expect(self, name, bits, halves, defined):
        for low, part in parts(bits)[:3 if halves else 1]:
            self.guesses[part.width, part.number] = Guess(
                name, low, part.width, defined)

    def _forget(self, bits):
        for _, part in parts(bits):
            self.guesses.pop((part.width, part.number), None)

    def guess(self, bits):
        return self.guesses.get((bits.width, bits.number))

    def settle(self, bits):
        if bits.op in ("symbol", "constant"):
            return bits
        guess = self.guess(bits)
        if guess is None:
            return bits
        meaning = self.definitions if guess.defined else self.symbols
        self.obligations.add(bits, cut(meaning[guess.name], *guess[1:3]))
        return cut(self.symbols[guess.name], *guess[1:3])


class Recorded(Book):
    """A book that keeps its guesses, in order."""

    def __init__(self, obligations):
        super().__init__(obligations)
        self.made = []

    def guess(self, bits):
        self.made.append(super().guess(bits))
        return self.made[-1]


class Replayed(Book):
    """A book that guesses what another did, at the same places: wrong code, or a wrong
    specification, then has obligations that are refuted."""

    def __init__(self, obligations, recorded):
        super().__init__(obligations)
        self.made = iter(recorded.made)

    def guess(self, bits):
        return next(self.made)


def parts(whole):
    """A block and its halves, and where each begins."""
    return (0, whole), (0, cut(whole, 0, 64)), (64, cut(whole, 64, 64))
