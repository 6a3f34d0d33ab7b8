# SPDX-License-Identifier: ISC
"""The algebra of symbols with sums and products of integers.

    Integers()                  terms.py's algebra, in which add, product and
                                what carries out of them are known exactly
    bounded(name, width, most)  a value of which nothing is known but that it
                                is most at most
    meaning(term)               (polynomial, most): the number that it is
    most(term)

A sum or a product is an atom that has a polynomial with integer coefficients,
which it is equal to, and a bound, both without any modulus: it is as wide as
its bound asks.  What the CPU keeps of it are bits of the atom, as terms.py has
them.  Bits a to b - 1 of an atom are floor(atom / 2^a) - 2^(b - a) floor(atom /
2^b), and each such quotient is a variable of its own, but for two: that by 1 is
the polynomial itself, and that by more than the bound is 0.  So nothing is
assumed of what was cut off, and where the polynomials of two terms are equal
the terms are.  Bits of a symbol are variables that are 0 or 1.

A polynomial is {monomial: coefficient}, a monomial a sorted tuple of variables,
which are numbers.
"""

from terms import Atom, Terms, remembered
from values import require


def scaled(a, by):
    return {monomial: by * c for monomial, c in a.items()} if by else {}


def plus(*polynomials):
    total = {}
    for polynomial in polynomials:
        for monomial, c in polynomial.items():
            c += total.get(monomial, 0)
            if c:
                total[monomial] = c
            else:
                del total[monomial]
    return total


def times(a, b):
    total = {}
    for one, c in a.items():
        for other, d in b.items():
            monomial = tuple(sorted(one + other))
            total[monomial] = total.get(monomial, 0) + c * d
    return {monomial: c for monomial, c in total.items() if c}


def congruent(a, b, modulus):
    """For all values of the variables, which is true if it is so of each
    coefficient."""
    return all(c % modulus == 0
               for c in plus(a, scaled(b, -1)).values())


def runs(mask):
    """(first, end) of each run of ones."""
    at = 0
    while mask >> at:
        at += ((mask >> at) & -(mask >> at)).bit_length() - 1
        rest = mask >> at
        length = (~rest & rest + 1).bit_length() - 1
        yield at, at + length
        at += length


class Integers(Terms):
    def __init__(self):
        super().__init__(())
        self.numbers = {}               # atom: (polynomial, most)
        self.variables = {}             # what it stands for: the variable

    def variable(self, *what):
        return {(self.variables.setdefault(what, len(self.variables)),): 1}

    def atom_of(self, name, width, polynomial, most):
        require(most < 1 << width, f"{name}: a number that is too large")
        atom = Atom(name, (), width)
        self.numbers[atom] = polynomial, most
        return self.whole(atom)

    def bounded(self, name, width, most):
        return self.atom_of(name, width, self.variable(name, len(
            self.variables)), most)

    # The meaning of a term

    def quotient(self, atom, by):
        """floor(atom / 2^by)"""
        polynomial, most = self.numbers[atom]
        if by == 0:
            return polynomial
        return {} if most >> by == 0 else self.variable(atom, by)

    def piece(self, atom, first, end):
        """Its bits from first to end - 1."""
        ones = (1 << end - first) - 1
        if atom in self.numbers:
            return (plus(self.quotient(atom, first),
                         scaled(self.quotient(atom, end), -1 << end - first)),
                    min(ones, self.numbers[atom][1] >> first))
        return plus(*(scaled(self.variable(atom, "bit", bit), 1 << bit - first)
                      for bit in range(first, end))), ones

    @remembered
    def meaning(self, term):
        total, most, used = [{(): term.constant} if term.constant else {}], \
            term.constant, term.constant
        for (atom, up), mask in term.parts.items():
            require(mask & used == 0, "a sum bit by bit that is no number")
            used |= mask
            for first, end in runs(mask):
                polynomial, bound = self.piece(atom, first - up, end - up)
                total.append(scaled(polynomial, 1 << first))
                most += bound << first
        return plus(*total), most

    def most(self, term):
        return self.meaning(term)[1]

    # Sums and products

    @remembered
    def total(self, *terms):
        polynomials, bounds = zip(*map(self.meaning, terms))
        most = sum(bounds)
        return self.atom_of("sum", max(1, most.bit_length()),
                            plus(*polynomials), most)

    @remembered
    def product(self, a, b):
        """As wide as both together."""
        (one, most), (other, bound) = self.meaning(a), self.meaning(b)
        whole = self.atom_of("product", max(1, (most * bound).bit_length()),
                             times(one, other), most * bound)
        return self.widened(whole, a.width + b.width)

    def widened(self, a, width):
        if a.width >= width:
            return self.slice(a, 0, width)
        return self.join(a, self.constant(width - a.width, 0))

    def add(self, a, b):
        return self.add_with_carry(a, b, self.constant(1, 0))[0]

    def add_with_carry(self, a, b, carry):
        if not (a.parts or b.parts or carry.parts):
            n = a.constant + b.constant + carry.constant
            return (self.constant(a.width, n & (1 << a.width) - 1),
                    self.constant(1, n >> a.width))
        zero = [one for one in (a, b) if not one.parts and one.constant == 0]
        if zero and not carry.parts and carry.constant == 0:
            return b if zero[0] is a else a, self.constant(1, 0)
        whole = self.widened(self.total(a, b, carry), a.width + 1)
        return self.slice(whole, 0, a.width), self.slice(whole, a.width, 1)

    def carry(self, a, c):
        return self.add_with_carry(a, c, self.constant(1, 0))[1]
