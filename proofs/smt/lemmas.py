# SPDX-License-Identifier: ISC
"""Lemmas for the solvers: what bits.py assumes of MixColumns and its inverse.

    LEMMAS      what each says: its texts, to follow PREAMBLE, all to be refuted

There AESMC and AESIMC are mix_columns and inv_mix_columns, and the latter is linear:
that of a sum is the sum of those.  The first is proved whatever the products of bytes
are.  That a product is linear is proved of those of FIPS 197, 4.2; that a byte of a
column is, for all products that are.  That the two functions undo each other is proved
for blocks with one byte that is not zero, of which every block is a sum.
"""

from smt.bits import byte, define, of_bytes

FACTORS = 2, 3, 9, 11, 13, 14
MIX, INV_MIX = (2, 3, 1, 1), (14, 11, 13, 9)        # FIPS 197, 5.1.3, 5.3.3

# For out0 to out3 the factors of in0 to in3, as the Arm Architecture Reference Manual's
# AESMixColumns and AESInvMixColumns list them.
ARM_MIX = (2, 3, 1, 1), (1, 2, 3, 1), (1, 1, 2, 3), (3, 1, 1, 2)
ARM_INV_MIX = (14, 11, 13, 9), (9, 14, 11, 13), (13, 9, 14, 11), (11, 13, 9, 14)


def summed(terms):
    if len(terms) == 1:
        return terms[0]
    return f"(bvxor {summed(terms[:-1])} {terms[-1]})"


def times(factor):
    """A product: the sum of those with the powers of x that the factor is made of."""
    power, terms = "b", []
    while factor:
        if factor & 1:
            terms.append(power)
        power, factor = f"(times_x {power})", factor >> 1
    return summed(terms)


def product(kind, factor, term):
    return term if factor == 1 else f"({kind}{factor} {term})"


def fips_byte(kind, row, r, column):
    """s'(r, c) is the sum of s(i, c) times the factor at i - r, over all i."""
    return summed([product(kind, row[(i - r) % 4], column[i])
                   for i in range(4)])


def fips_columns(kind, row):
    return of_bytes(fips_byte(kind, row, r, [byte(i + 4 * c) for i in range(4)])
                    for c in range(4) for r in range(4))


def arm_columns(lists):
    return of_bytes(summed([product("any", factor, byte(4 * c + i))
                            for i, factor in enumerate(factors)])
                    for c in range(4) for factors in lists)


def on_byte(name, body):
    return f"(define-fun {name} ((b (_ BitVec 8))) (_ BitVec 8) {body})"


PREAMBLE = "\n".join((
    "(set-logic QF_UFBV)",
    on_byte("times_x", "(bvxor (bvshl b #x01) (bvand (bvashr b #x07) #x1b))"),
    *(on_byte(f"times{factor}", times(factor)) for factor in FACTORS),
    *(f"(declare-fun any{factor} ((_ BitVec 8)) (_ BitVec 8))"
      for factor in FACTORS),
    define("mix_columns", fips_columns("times", MIX)),
    define("inv_mix_columns", fips_columns("times", INV_MIX)),
    define("any_mix_columns", fips_columns("any", MIX)),
    define("any_inv_mix_columns", fips_columns("any", INV_MIX)),
    define("aesmc", arm_columns(ARM_MIX)),
    define("aesimc", arm_columns(ARM_INV_MIX))))


def text(width, names, *assertions):
    return "\n".join((*(f"(declare-const {name} (_ BitVec {width}))"
                        for name in names), *assertions))


def differ(left, right):
    return f"(assert (distinct {left} {right}))"


def of_sum(function, a, b):
    return f"({function} (bvxor {a} {b}))"


def sum_of(function, a, b):
    return f"(bvxor ({function} {a}) ({function} {b}))"


def linear_products():
    for factor in FACTORS:
        function = f"times{factor}"
        yield text(8, "ab", differ(of_sum(function, "a", "b"),
                                   sum_of(function, "a", "b")))


def linear_sums():
    """Of a column that is the sum of a0 to a3 and of b0 to b3.  What is linear of a
    product comes as the instances that there are."""
    a, b = ([f"{name}{i}" for i in range(4)] for name in "ab")
    for row in MIX, INV_MIX:
        for r in range(4):
            instances = [
                f"(assert (= {of_sum(*of)} {sum_of(*of)}))" for of in
                zip((f"any{row[(i - r) % 4]}" for i in range(4)), a, b)
                if of[0] != "any1"]
            sums = [f"(bvxor {x} {y})" for x, y in zip(a, b)]
            yield text(8, a + b, *instances, differ(
                fips_byte("any", row, r, sums),
                f"(bvxor {fips_byte('any', row, r, a)} "
                f"{fips_byte('any', row, r, b)})"))


def arm_is_fips():
    for arm, fips in (("aesmc", "any_mix_columns"),
                      ("aesimc", "any_inv_mix_columns")):
        yield text(128, "a", differ(f"({arm} a)", f"({fips} a)"))


def undone():
    for i in range(16):
        block = of_bytes("b" if at == i else "#x00" for at in range(16))
        for outer, inner in (("inv_mix_columns", "mix_columns"),
                             ("mix_columns", "inv_mix_columns")):
            yield text(8, "b", differ(f"({outer} ({inner} {block}))", block))


LEMMAS = {
    "products of bytes are linear": [*linear_products()],
    "sums of linear products are linear": [*linear_sums()],
    "AESMC is MixColumns, AESIMC is InvMixColumns": [*arm_is_fips()],
    "these two undo each other": [*undone()],
}
