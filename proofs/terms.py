# SPDX-License-Identifier: ISC
"""The algebra of symbols: what values.py asks of an algebra, as terms.

    Terms(named)                the algebra, where these names are defined;
                                Bytes(), one that looks into bytes
    symbol(name, width)         a value of which nothing is known
    same(a, b)                  true only if a and b are equal for every value
                                of every symbol

A term is a constant plus a sum (xor) of parts.  A part is an atom, moved up by
some bits (or down, when negative), and of that the bits in a mask.  So it says
of every bit of the term which bits of which atoms it is the sum of.  There is
one way to write that down, and xor, slice, join, mask and sign only rearrange
it: terms made by them are equal for all values of the atoms if and only if
they are written alike.

An atom is a symbol, or one step of a computation on terms, of which nothing
else is assumed than that equal sources give equal results, and these rules,
which rules.py checks one by one:
    shift_rows(sub_bytes(a)) = sub_bytes(shift_rows(a))
    inv_mix_columns(a ^ b) = inv_mix_columns(a) ^ inv_mix_columns(b)
    a + c, of 128 bits: the low half + c; the high half + the carry out of that
    a + c + d = a + (c + d);  a + a is a, moved up by one
    h + carry(a + c) + carry((a + c) + d) = h + carry(a + (c + d)), for two
    constants whose sum does not wrap
    a < c is the carry out of (a - c) + c
    the top bit of a & ~(a + 1) is the carry out of a + 1
Bytes has sub_bytes as sixteen atoms, or four, and shift_rows exactly.

define(name, a) makes a symbol that is a, by definition: whenever the very term
a, or one of its halves, is computed afterwards, the symbol takes its place.
"""

from concrete import SHIFT_ROWS
from values import Refused, Secret, bytes_of, joined, require

ONES64 = (1 << 64) - 1


DEPTH, WIDTH = 2, 3             # of what a refusal shows of a term


class Atom:
    __slots__ = ("name", "sources", "width")

    def __init__(self, name, sources, width):
        self.name, self.sources, self.width = name, sources, width

    def text(self, depth):
        if not self.sources:
            return self.name
        if depth == 0:
            return f"{self.name}(...)"
        return "%s(%s)" % (self.name, ", ".join(
            source.text(depth - 1) for source in self.sources))


class Term(Secret):
    """parts: {(atom, moved up by): mask}"""
    __slots__ = ("constant", "parts")

    def __init__(self, width, constant, parts):
        self.width, self.constant, self.parts = width, constant, parts

    def text(self, depth):
        texts = [f"{self.constant:#x}"]
        for (atom, up), mask in self.parts.items():
            if len(texts) > WIDTH:
                texts.append("...")
                break
            texts.append(f"{atom.text(depth)} << {up} & {mask:#x}")
        return f"[{self.width}: {' ^ '.join(texts)}]"

    def __repr__(self):
        return self.text(DEPTH)


def remembered(method):
    """A method that was asked the same before answers the same."""
    name = method.__name__

    def ask(self, *question):
        answers = self.answers[name]
        answer = answers.get(question)
        if answer is None:
            answer = answers[question] = method(self, *question)
        return answer
    ask.__name__ = name
    REMEMBERED.append(name)
    return ask


REMEMBERED = []


def step(name):
    """An atom of 128 bits, of one source."""
    def method(self, a):
        return self.atom(name, a)
    method.__name__ = name
    return remembered(method)


class Terms:
    def __init__(self, named=("first T", "T")):
        self.named = named
        self.terms = {}                 # what is written alike is one object
        self.answers = {name: {} for name in REMEMBERED}
        self.definitions = {}           # atom: the term that it is

    def term(self, width, constant, parts):
        key = width, constant, frozenset(parts.items())
        found = self.terms.get(key)
        if found is None:
            found = self.terms[key] = Term(width, constant, parts)
        return found

    def whole(self, atom):
        return self.term(atom.width, 0, {(atom, 0): (1 << atom.width) - 1})

    def symbol(self, name, width):
        return self.whole(Atom(name, (), width))

    @remembered
    def atom(self, name, *sources):
        return self.whole(Atom(name, sources, 128))

    def same(self, a, b):
        return a is b or (a.width, a.constant, a.parts) == (
            b.width, b.constant, b.parts)

    @remembered
    def define(self, name, a):
        """If it is one of the names that are wanted.  The definitions of halves
        are what general registers meet."""
        if name not in self.named:
            return a
        atom = Atom(name, (), a.width)
        self.definitions[atom], symbol = a, self.whole(atom)
        for low, width in (0, a.width), (0, 64), (64, 64):
            old, new = self.slice(a, low, width), self.slice(symbol, low, width)
            key = width, old.constant, frozenset(old.parts.items())
            self.terms[key] = self.answers["slice"][a, low, width] = new
        return symbol

    def mark(self):
        """What forget takes: to forget all that is asked from here on, as long
        as nothing is defined."""
        return [(answers, len(answers))
                for answers in (self.terms, *self.answers.values())]

    def forget(self, mark):
        for answers, count in mark:
            while len(answers) > count:
                answers.popitem()

    # What only rearranges

    @remembered
    def constant(self, width, number):
        return self.term(width, number, {})

    @remembered
    def xor(self, a, b):
        require(a.width == b.width, "values of different widths")
        parts = dict(a.parts)
        for place, mask in b.parts.items():
            mask ^= parts.get(place, 0)
            if mask:
                parts[place] = mask
            else:
                del parts[place]
        return self.term(a.width, a.constant ^ b.constant, parts)

    @remembered
    def mask(self, a, number):
        parts = {place: mask & number for place, mask in a.parts.items()
                 if mask & number}
        return self.term(a.width, a.constant & number, parts)

    @remembered
    def slice(self, a, low, width):
        require(low + width <= a.width, "a slice of more than there is")
        ones = (1 << width) - 1
        parts = {(atom, up - low): mask >> low & ones
                 for (atom, up), mask in a.parts.items() if mask >> low & ones}
        return self.term(width, a.constant >> low & ones, parts)

    @remembered
    def join(self, low, high):
        parts = dict(low.parts)
        for (atom, up), mask in high.parts.items():
            place = atom, up + low.width
            parts[place] = parts.get(place, 0) | mask << low.width
        return self.term(low.width + high.width,
                         low.constant | high.constant << low.width, parts)

    @remembered
    def sign(self, a):
        top, parts = a.width - 1, {}
        for (atom, up), mask in a.parts.items():
            if mask >> top:
                for bit in range(a.width):
                    place = atom, up - top + bit
                    parts[place] = parts.get(place, 0) | 1 << bit
        ones = (1 << a.width) - 1
        return self.term(a.width, ones if a.constant >> top else 0, parts)

    # Steps of AES

    mix_columns = step("mix_columns")
    inv_sub_bytes = step("inv_sub_bytes")
    inv_shift_rows = step("inv_shift_rows")
    sub_bytes = step("sub_bytes")

    @remembered
    def shift_rows(self, a):
        """Before sub_bytes, when the two meet."""
        inside = self.sources("sub_bytes", a)
        if inside is not None:
            return self.sub_bytes(self.shift_rows(*inside))
        return self.atom("shift_rows", a)

    def sources(self, name, a):
        """Of what a is this step, if it is one and no more."""
        if len(a.parts) == 1 and a.constant == 0:
            ((atom, up), mask), = a.parts.items()
            if (atom.name == name and up == 0 and atom.width == a.width
                    and mask == (1 << a.width) - 1):
                return atom.sources
        return None

    @remembered
    def inv_mix_columns(self, a):
        """Of each atom that is there in full, and of the rest."""
        full = [atom for (atom, up), mask in a.parts.items()
                if atom.width == 128 and up == 0 and mask == (1 << 128) - 1]
        if len(full) == 1 and len(a.parts) == 1 and a.constant == 0:
            return self.atom("inv_mix_columns", a)
        total = self.constant(128, 0)
        for atom in full:
            a = self.xor(a, self.whole(atom))
            total = self.xor(total, self.inv_mix_columns(self.whole(atom)))
        if not self.same(a, self.constant(128, 0)):
            total = self.xor(total, self.atom("inv_mix_columns", a))
        return total

    # Numbers

    @remembered
    def number(self, name, width, *sources):
        return self.whole(Atom(name, sources, width))

    @remembered
    def add(self, a, b):
        if a.parts and not b.parts:
            return self.plus(a, b)
        if b.parts and not a.parts:
            return self.plus(b, a)
        if a is b:
            return self.add_with_carry(a, b, self.constant(1, 0))[0]
        if self.source_of_bit(b) is not None:
            return self.plus_carry(a, b)
        return self.number("add", a.width, a, b)

    def plus(self, a, c):
        """c is a constant. Of 128 bits, in halves."""
        if a.width == 128:
            require(c.constant <= ONES64, "a summand that is too large")
            low, c = self.slice(a, 0, 64), self.slice(c, 0, 64)
            carry = self.join(self.carry(low, c), self.constant(63, 0))
            return self.join(self.add(low, c),
                             self.add(self.slice(a, 64, 64), carry))
        a, before = self.split(a)
        c = self.constant(a.width, before.constant + c.constant
                          & (1 << a.width) - 1)
        return a if c.constant == 0 else self.number("plus", a.width, a, c)

    def split(self, a):
        """a as a term plus a constant: the one that it was made of."""
        found = self.sources("plus", a)
        return found or (a, self.constant(a.width, 0))

    @remembered
    def carry(self, a, c):
        """Out of a + c."""
        if c.constant == 0 and not c.parts:
            return self.constant(1, 0)
        return self.number("carry", 1, a, c)

    def source_of_bit(self, b):
        """Of what b, a number that is 0 or 1, is a carry: of two summands."""
        if len(b.parts) == 1 and b.constant == 0:
            ((atom, up), mask), = b.parts.items()
            if atom.name == "carry" and up == 0 and mask == 1:
                return atom.sources
        return None

    def plus_carry(self, a, b):
        """a + b, and b is the carry out of low + (c + d). Where a is another
        number plus the carry out of low + c, it is that plus one carry."""
        low, d = self.source_of_bit(b)
        low, c = self.split(low)
        found = self.sources("plus_carry", a)
        if found is None and c.constant == 0:
            return self.number("plus_carry", a.width, a, low, d)
        if (found is not None and found[1:] == (low, c) and not d.parts
                and c.constant + d.constant < 1 << low.width):
            return self.number("plus_carry", a.width, found[0], low,
                               self.constant(d.width, c.constant + d.constant))
        return self.number("add", a.width, a, b)

    @remembered
    def add_with_carry(self, a, b, carry):
        """The sum of all three, and the carry out of it."""
        width = a.width
        if a is b:
            return (self.join(carry, self.slice(a, 0, width - 1)),
                    self.slice(a, width - 1, 1))
        if not carry.parts and carry.constant == 0:
            return self.add(a, b), self.carry(a, b)
        if not b.parts and b.constant == 0:
            b = self.join(carry, self.constant(width - 1, 0))
            return self.add(a, b), self.carry(a, b)
        return (self.number("add_with_carry", width, a, b, carry),
                self.number("carry_with_carry", 1, a, b, carry))

    @remembered
    def less(self, a, b):
        """If b is a constant, a is (a - b) + b, and that has carried."""
        if not b.parts:
            return self.carry(self.add(a, self.constant(
                a.width, -b.constant & (1 << a.width) - 1)), b)
        return self.number("less", 1, a, b)

    @remembered
    def is_zero(self, a):
        return self.number("is_zero", 1, a)

    @remembered
    def and_not(self, a, b):
        result = self.number("and_not", a.width, a, b)
        one = self.constant(a.width, 1)
        if b is self.add(a, one):
            return self.join(self.slice(result, 0, a.width - 1),
                             self.carry(a, one))
        return result

    # What has to be the same whatever the secrets are

    def known(self, a):
        require(not a.parts, "a selector that is a secret")
        return a.constant

    def both(self, a, b):
        if self.ones(a) & self.ones(b) == 0:
            return self.constant(a.width, 0)
        if a.parts and b.parts:
            raise Refused("a product of secrets")
        return (self.mask(b, a.constant) if not a.parts
                else self.mask(a, b.constant))


    def product(self, a, b):
        raise Refused("a product of secrets")

    def undefined_flag(self):
        return self.symbol("an undefined flag", 1)

    def either(self, a, b):
        require(self.ones(a) & self.ones(b) == 0, "ones at the same place")
        return self.xor(a, b)

    def ones(self, a):
        """Where a term may have ones."""
        bits = a.constant
        for mask in a.parts.values():
            bits |= mask
        return bits


class Bytes(Terms):
    """sub_bytes is the same step on every byte."""

    @remembered
    def sub_byte(self, a):
        return self.whole(Atom("sub_byte", (a,), 8))

    def sub_bytes(self, a):
        return joined(self, map(self.sub_byte, bytes_of(self, a)))

    def shift_rows(self, a):
        source = bytes_of(self, a)
        return joined(self, [source[i] for i in SHIFT_ROWS])
