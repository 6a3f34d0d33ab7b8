# SPDX-License-Identifier: ISC
"""The algebra of numbers: what values.py asks of an algebra, computed.

    Concrete()                  the algebra
    Number(width, n)            its values
    Concrete.number(a)          n again

The steps of AES are computed from FIPS 197's definitions, in its byte order:
byte r + 4 c of a block is row r of column c.  The functions on blocks, below,
take and give numbers of 128 bits, and have no other use for the algebra.
"""

from functools import lru_cache
from operator import itemgetter

from values import Refused, Secret, require


# The field of 2^8 elements modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197, 4.2)

def times_x(a):
    return a << 1 ^ (0x11b if a & 0x80 else 0)


def times(a, b):
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = times_x(a), b >> 1
    return product


def substitute(a):
    """FIPS 197, 5.1.1: the inverse, and an affine map."""
    inverse = 1
    for _ in range(254):
        inverse = times(inverse, a)
    result = 0x63
    for turn in range(5):
        result ^= (inverse << turn | inverse >> 8 - turn) & 0xff
    return result


SBOX = bytes(map(substitute, range(256)))
INV_SBOX = bytes(map(SBOX.index, range(256)))

# Where byte i of the result comes from (5.1.2, 5.3.1).
SHIFT_ROWS = [(i + 4 * (i % 4)) % 16 for i in range(16)]
INV_SHIFT_ROWS = [(i - 4 * (i % 4)) % 16 for i in range(16)]


def to_bytes(block):
    return block.to_bytes(16, "little")


def from_bytes(block):
    return int.from_bytes(block, "little")


def by_bytes(function):
    """A function on 16 bytes as one on a number; proofs repeat themselves."""
    return lru_cache(1 << 16)(
        lambda block: from_bytes(bytes(function(to_bytes(block)))))


def columns(first_row):
    """Each column times a circulant matrix, which has this first row: the sum
    of what each of its bytes comes to, as words."""
    tables = [[from_bytes(bytes(times(a, first_row[(at - row) % 4])
                                for row in range(4))) for a in range(256)]
              for at in range(4)]

    def mix(block):
        first, second, third, fourth = tables
        return b"".join((first[block[at]] ^ second[block[at + 1]]
                         ^ third[block[at + 2]] ^ fourth[block[at + 3]]
                         ).to_bytes(4, "little") for at in (0, 4, 8, 12))
    return mix


sub_bytes = by_bytes(lambda block: block.translate(SBOX))
inv_sub_bytes = by_bytes(lambda block: block.translate(INV_SBOX))
shift_rows = by_bytes(itemgetter(*SHIFT_ROWS))
inv_shift_rows = by_bytes(itemgetter(*INV_SHIFT_ROWS))
mix_columns = by_bytes(columns([2, 3, 1, 1]))
inv_mix_columns = by_bytes(columns([14, 11, 13, 9]))


class Number(Secret):
    __slots__ = ("n",)

    def __init__(self, width, n):
        if n >> width:
            raise Refused("a number that is too wide")
        self.width, self.n = width, n

    def __eq__(self, other):
        return (self.width, self.n) == (other.width, other.n)

    def __hash__(self):
        return hash((self.width, self.n))

    def __repr__(self):
        return f"{self.n:#x} of {self.width} bits"


def on_blocks(function):
    return lambda self, a: Number(128, function(a.n))


class Concrete:
    inv_sub_bytes = on_blocks(inv_sub_bytes)
    shift_rows = on_blocks(shift_rows)
    inv_shift_rows = on_blocks(inv_shift_rows)
    mix_columns = on_blocks(mix_columns)
    inv_mix_columns = on_blocks(inv_mix_columns)

    @staticmethod
    def number(a):
        return a.n

    def constant(self, width, number):
        return Number(width, number)

    def same(self, a, b):
        return a.width == b.width and a.n == b.n

    def define(self, name, a):
        return a

    def sub_bytes(self, a):
        """The bytes above a narrower value are substituted and dropped."""
        return Number(a.width, sub_bytes(a.n) & (1 << a.width) - 1)

    def xor(self, a, b):
        require(a.width == b.width, "values of different widths")
        return Number(a.width, a.n ^ b.n)

    def mask(self, a, number):
        return Number(a.width, a.n & number)

    def slice(self, a, low, width):
        require(low + width <= a.width, "a slice of more than there is")
        return Number(width, a.n >> low & (1 << width) - 1)

    def join(self, low, high):
        return Number(low.width + high.width, low.n | high.n << low.width)

    def sign(self, a):
        ones = (1 << a.width) - 1
        return Number(a.width, ones if a.n >> a.width - 1 else 0)

    def add(self, a, b):
        require(a.width == b.width, "values of different widths")
        return Number(a.width, a.n + b.n & (1 << a.width) - 1)

    def add_with_carry(self, a, b, carry):
        require(a.width == b.width, "values of different widths")
        total = a.n + b.n + carry.n
        return (Number(a.width, total & (1 << a.width) - 1),
                Number(1, total >> a.width))

    def less(self, a, b):
        return Number(1, int(a.n < b.n))

    def is_zero(self, a):
        return Number(1, int(a.n == 0))

    def known(self, a):
        return a.n

    def either(self, a, b):
        require(a.width == b.width, "values of different widths")
        return Number(a.width, a.n | b.n)

    def product(self, a, b):
        return Number(a.width + b.width, a.n * b.n)

    def undefined_flag(self):
        return None

    def both(self, a, b):
        require(a.width == b.width, "values of different widths")
        return Number(a.width, a.n & b.n)

    def and_not(self, a, b):
        require(a.width == b.width, "values of different widths")
        return Number(a.width, a.n & ~b.n)
