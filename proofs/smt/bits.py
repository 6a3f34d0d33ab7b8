# SPDX-License-Identifier: ISC
"""Bit vectors as SMT-LIB has them: what the second opinion computes with.

    symbol(name, width, number)     one that may be anything
    constant(width, number)
    a ^ b   a & b   ~a   a + b   a << i   a >> i        where i is a number
    sign(a)                         the highest bit at every place
    less(a, b)                      one bit, of 64 each that have no sign
    cut(a, low, width)              bits low to low + width - 1
    join(*parts)                    the first is the lowest
    apply(name, a)                  a function of FUNCTIONS, on 128 bits
    equality(a, b)                  "a is not b", for a solver to refute, as text

Nothing is simplified.  A Bits is an expression, and beside it the number that it is
for the numbers that its symbols were given.  No proof rests on these numbers: they
serve to guess what might be equal.

Where byte 0 is the lowest 8 bits, and byte r + 4 c of a block row r of column c, as in
FIPS 197 and in the registers of both machines, the functions are
    sub_bytes, shift_rows, and inv_ with each   FIPS 197, 5.1.1, 5.1.2, 5.3.1, 5.3.2
    aese, aesd                  Arm's instructions, after the round key was added
    aesenclast, aesdeclast      Intel's, before it is
    mix_columns, inv_mix_columns                FIPS 197, 5.1.3, 5.3.3
To the solvers the S-box and its inverse are any two functions of 8 bits; so are the
last two any of 128, but that inv_mix_columns is linear (lemmas.py).
"""

import concrete

MASK64 = (1 << 64) - 1


def require(condition):
    """An assertion that cannot be switched off."""
    if not condition:
        raise ValueError("a mistake in the second opinion")


class Bits:
    __slots__ = "width", "number", "op", "args"

    def __init__(self, width, number, op, *args):
        self.width, self.number = width, number
        self.op, self.args = op, args

    def __xor__(self, other):
        other = like(self, other)
        return Bits(self.width, self.number ^ other.number, "bvxor", self,
                    other)

    def __and__(self, other):
        other = like(self, other)
        return Bits(self.width, self.number & other.number, "bvand", self,
                    other)

    def __add__(self, other):
        other = like(self, other)
        return Bits(self.width, self.number + other.number
                    & (1 << self.width) - 1, "bvadd", self, other)

    def __or__(self, other):
        other = like(self, other)
        return Bits(self.width, self.number | other.number, "bvor", self,
                    other)

    def __invert__(self):
        return Bits(self.width, ~self.number & (1 << self.width) - 1, "bvnot",
                    self)

    def __lshift__(self, by):
        return Bits(self.width, self.number << by & (1 << self.width) - 1,
                    "bvshl", self, constant(self.width, by))

    def __rshift__(self, by):
        return Bits(self.width, self.number >> by, "bvlshr", self,
                    constant(self.width, by))


def like(bits, other):
    """The other operand, where a number may stand."""
    if type(other) is int:
        return constant(bits.width, other)
    require(bits.width == other.width)
    return other


def symbol(name, width, number):
    return Bits(width, number, "symbol", name)


def constant(width, number):
    require(0 <= number < 1 << width)
    return Bits(width, number, "constant")


def sign(a):
    ones = (1 << a.width) - 1
    return Bits(a.width, ones if a.number >> a.width - 1 else 0, "bvashr", a,
                constant(a.width, a.width - 1))


def less(a, b):
    require(a.width == b.width == 64)
    return Bits(1, int(a.number < b.number), "less", a, b)


def cut(a, low, width):
    if width == a.width:
        return a
    require(low + width <= a.width)
    return Bits(width, a.number >> low & (1 << width) - 1,
                f"(_ extract {low + width - 1} {low})", a)


def join(*parts):
    if len(parts) == 1:
        return parts[0]
    number = width = 0
    for part in parts:
        number |= part.number << width
        width += part.width
    return Bits(width, number, "concat", *reversed(parts))


def apply(name, a):
    return Bits(128, FUNCTIONS[name](a.number), name, a)


FUNCTIONS = {
    "sub_bytes": concrete.sub_bytes,
    "inv_sub_bytes": concrete.inv_sub_bytes,
    "shift_rows": concrete.shift_rows,
    "inv_shift_rows": concrete.inv_shift_rows,
    "mix_columns": concrete.mix_columns,
    "inv_mix_columns": concrete.inv_mix_columns,
    "aese": lambda a: concrete.sub_bytes(concrete.shift_rows(a)),
    "aesd": lambda a: concrete.inv_sub_bytes(concrete.inv_shift_rows(a)),
}
FUNCTIONS |= {"aesenclast": FUNCTIONS["aese"], "aesdeclast": FUNCTIONS["aesd"]}


# SMT-LIB

def define(name, body):
    return (f"(define-fun {name} ((a (_ BitVec 128))) (_ BitVec 128) {body})")


def byte(i, name="a"):
    return f"((_ extract {8 * i + 7} {8 * i}) {name})"


def of_bytes(parts):
    """The first byte is the lowest."""
    return f"(concat {' '.join(reversed(list(parts)))})"


def fips_197():
    """sub_bytes and the rest from their definitions: s'[r, c] is what is given."""
    for inv, turn in ("", 1), ("inv_", -1):
        yield define(f"{inv}sub_bytes", of_bytes(
            f"({inv}sbox {byte(i)})" for i in range(16)))
        yield define(f"{inv}shift_rows", of_bytes(
            byte(r + 4 * ((c + turn * r) % 4))
            for c in range(4) for r in range(4)))


# The byte that comes to each place, the highest first, as the Arm Architecture
# Reference Manual's AESShiftRows and AESInvShiftRows list them.
ARM_ROWS = {
    "aese": ("sbox", [11, 6, 1, 12, 7, 2, 13, 8, 3, 14, 9, 4, 15, 10, 5, 0]),
    "aesd": ("inv_sbox", [3, 6, 9, 12, 15, 2, 5, 8, 11, 14, 1, 4, 7, 10, 13, 0]),
}


def arm():
    for name, (table, rows) in ARM_ROWS.items():
        yield define(name, "(concat %s)" % " ".join(
            f"({table} {byte(i)})" for i in rows))


# The rows after ShiftRows and after InvShiftRows, as Intel's manual shows them: bytes
# A to P, of which A is the lowest, go down the columns before.
INTEL_ROWS = {
    "aesenclast": ("sbox", ["AEIM", "FJNB", "KOCG", "PDHL"]),
    "aesdeclast": ("inv_sbox", ["AEIM", "NBFJ", "KOCG", "HLPD"]),
}


def intel():
    for name, (table, rows) in INTEL_ROWS.items():
        yield define(name, of_bytes(
            f"({table} {byte('ABCDEFGHIJKLMNOP'.index(rows[r][c]))})"
            for c in range(4) for r in range(4)))


PREAMBLE = "\n".join((
    "(set-logic QF_UFBV)",
    "(define-fun less ((a (_ BitVec 64)) (b (_ BitVec 64))) (_ BitVec 1) "
    "(ite (bvult a b) #b1 #b0))",
    "(declare-fun sbox ((_ BitVec 8)) (_ BitVec 8))",
    "(declare-fun inv_sbox ((_ BitVec 8)) (_ BitVec 8))",
    "(declare-fun mix_columns ((_ BitVec 128)) (_ BitVec 128))",
    "(declare-fun inv_mix_columns ((_ BitVec 128)) (_ BitVec 128))",
    *fips_197(), *arm(), *intel()))


def equality(left, right):
    """The symbols get names by the order of their appearance, so that what differs
    in nothing but their names is the same text."""
    names, lines = {}, []

    def write(bits):
        if id(bits) in names:
            return names[id(bits)]
        if bits.op == "constant":
            return f"(_ bv{bits.number} {bits.width})"
        if bits.op == "symbol":
            name = f"s{len(names)}"
            lines.append(f"(declare-const {name} (_ BitVec {bits.width}))")
        else:
            args = " ".join(map(write, bits.args))
            name = f"e{len(names)}"
            lines.append(f"(define-fun {name} () (_ BitVec {bits.width}) "
                         f"({bits.op} {args}))")
            if bits.op == "inv_mix_columns" and bits.args[0].op == "bvxor":
                a, b = map(write, bits.args[0].args)
                lines.append(f"(assert (= {name} (bvxor (inv_mix_columns {a}) "
                             f"(inv_mix_columns {b}))))")
        names[id(bits)] = name
        return name

    lines.append(f"(assert (distinct {write(left)} {write(right)}))")
    return "\n".join(lines)
