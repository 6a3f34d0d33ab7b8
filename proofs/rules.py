#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""The rules that terms.py rewrites by, each checked by itself, on numbers.

What can be tried in full is tried in full; for the rest, the reason stands
with the check.  evaluate() gives a term's number, for numbers in the place of
symbols: it knows what every atom means, and nothing of the rules.
"""

import random
import sys

import concrete
from concrete import Concrete, Number
from spec import DECRYPT, ENCRYPT, ROUNDS, Xts, next_unit
from terms import Bytes, Terms
from values import refuse_optimised

ONES = (1 << 128) - 1
STEPS = {name: getattr(concrete, name) for name in (
    "sub_bytes", "shift_rows", "mix_columns",
    "inv_sub_bytes", "inv_shift_rows", "inv_mix_columns")}
OTHERS = {
    "sub_byte": lambda width, a: concrete.SBOX[a],
    "add": lambda width, a, b: a + b & (1 << width) - 1,
    "plus": lambda width, a, b: a + b & (1 << width) - 1,
    "add_with_carry": lambda width, a, b, c: a + b + c & (1 << width) - 1,
    "less": lambda width, a, b: int(a < b),
    "is_zero": lambda width, a: int(a == 0),
    "and_not": lambda width, a, b: a & ~b,
}


def evaluate(term, values, known=None):
    """values: of symbols, by name; known: of atoms."""
    known = {} if known is None else known
    total = term.constant
    for (atom, up), mask in term.parts.items():
        if atom not in known:
            known[atom] = meaning(atom, values, known)
        moved = known[atom] << up if up >= 0 else known[atom] >> -up
        total ^= moved & mask
    return total


def meaning(atom, values, known):
    if not atom.sources:
        return values[atom.name]
    sources = [evaluate(source, values, known) for source in atom.sources]
    if atom.name in ("carry", "carry_with_carry"):
        return sum(sources) >> atom.sources[0].width
    if atom.name == "plus_carry":       # to one number, of two others
        number, *others = sources
        return (number + (sum(others) >> atom.sources[1].width)
                & (1 << atom.width) - 1)
    if atom.name in STEPS:
        return STEPS[atom.name](*sources)
    return OTHERS[atom.name](atom.width, *sources)


def blocks(count=500):
    """Each bit alone, and chosen at random."""
    return [0, ONES, *(1 << bit for bit in range(128)),
            *(random.getrandbits(128) for _ in range(count))]


def is_linear(function):
    """What it does to each of the 128 bits says what it does to any block: for
    every value of every byte; and for bytes together, as both are sums of
    bytes."""
    columns = [function(1 << bit) for bit in range(128)]

    def by_columns(block):
        total = 0
        for bit in range(128):
            if block >> bit & 1:
                total ^= columns[bit]
        return total
    bytes_alone = [value << 8 * at for at in range(16) for value in range(256)]
    return function(0) == 0 and all(function(block) == by_columns(block)
                                    for block in bytes_alone + blocks())


def shift_rows_moves_bytes():
    """Every bit goes to one place, with the rest of its byte."""
    places = [concrete.shift_rows(1 << bit).bit_length() - 1
              for bit in range(128)]
    return (is_linear(concrete.shift_rows) and sorted(places) == [*range(128)]
            and all(places[bit] == places[bit & ~7] + bit % 8
                    and concrete.shift_rows(1 << bit) == 1 << places[bit]
                    for bit in range(128)))


def sub_bytes_takes_bytes_alone():
    """Any value, at any place, whatever the other bytes are."""
    return all(concrete.sub_bytes(block & ~(255 << at) | value << at)
               == concrete.sub_bytes(block) & ~(255 << at)
               | concrete.SBOX[value] << at
               for block in blocks(4) for at in range(0, 128, 8)
               for value in range(256))


def sub_bytes_and_shift_rows_commute():
    """A consequence of the two before, tried as well."""
    return all(concrete.shift_rows(concrete.sub_bytes(block))
               == concrete.sub_bytes(concrete.shift_rows(block))
               for block in blocks(5000))


def inv_mix_columns_is_linear():
    return is_linear(concrete.inv_mix_columns)


def a_sum_is_two_halves(half=5):
    """Of a number and one that fits the low half: for halves of 5 bits in full.
    Of 64 it is true as well, since what goes from one half to the other is one
    carry: seen around each carry."""
    def by_halves(a, c, half):
        ones = (1 << half) - 1
        low, high = a & ones, a >> half
        return (low + c & ones) | (high + ((low + c) >> half) & ones) << half
    near = [(1 << bit) + more & ONES
            for bit in range(129) for more in (-2, -1, 0)]
    return (all(by_halves(a, c, half) == (a + c) % (1 << 2 * half)
                for a in range(1 << 2 * half) for c in range(1 << half))
            and all(by_halves(a, c, 64) == (a + c) % (1 << 128)
                    for a in near + blocks()
                    for c in (1, 2, ONES >> 64, random.getrandbits(64))))


def carries_add_up(width=5):
    """Below 2^width is what a + c + d comes to less than twice, so that one of
    two sums in a row carries at most.  In full for 5 bits, by chance for 64."""
    def holds(a, c, d, width):
        size = 1 << width
        first, second = divmod(a + c, size)
        return (c + d >= size or first + (second + d) // size
                == (a + c + d) // size)
    return (all(holds(a, c, d, width) for a in range(1 << width)
                for c in range(1 << width) for d in range(1 << width))
            and all(holds(a & ONES >> 64, a >> 64 + bit % 60, b >> 64, 64)
                    for bit, (a, b) in enumerate(zip(blocks(), blocks()))))


def less_is_a_carry(width=6):
    """a - c has borrowed 2^width if a < c, and adding c gives that back."""
    size = 1 << width
    return all((a < c) == ((a - c) % size + c >= size)
               for a in range(size) for c in range(size))


def top_bit_is_the_carry():
    """Of a + 1 the top bit is a's, a, xor the carry into it, c; the carry out
    is a & c.  So a & ~(a ^ c) = a & c is all there is to it, for any width;
    and it is tried in full up to 12 bits."""
    ends = all(a & ~(a ^ c) == a & c for a in (0, 1) for c in (0, 1))
    return ends and all((a & ~(a + 1)) >> width - 1 & 1 == (a + 1) >> width
                        for width in range(1, 13) for a in range(1 << width))


def rules_are_as_listed():
    """What the algebra makes of each left side means the same."""
    algebra = Terms()
    a, b = algebra.symbol("a", 128), algebra.symbol("b", 128)
    word, other = algebra.slice(a, 0, 64), algebra.slice(b, 0, 64)
    bit = algebra.slice(b, 0, 1)
    c, d = algebra.constant(64, 3 << 40), algebra.constant(64, ONES >> 65)
    last, carry = algebra.add_with_carry(word, other, bit)
    sides = [
        (algebra.shift_rows(algebra.sub_bytes(algebra.xor(a, b))),
         lambda a, b: concrete.shift_rows(concrete.sub_bytes(a ^ b))),
        (algebra.inv_mix_columns(algebra.xor(a, algebra.mask(b, ONES >> 9))),
         lambda a, b: concrete.inv_mix_columns(a ^ b & ONES >> 9)),
        (next_unit(algebra, a), lambda a, b: a + 1 & ONES),
        (next_unit(algebra, next_unit(algebra, a)), lambda a, b: a + 2 & ONES),
        (algebra.add(algebra.add(a, algebra.constant(128, 3 << 62)),
                     algebra.constant(128, 5 << 61)),
         lambda a, b: a + (3 << 62) + (5 << 61) & ONES),
        (algebra.add(algebra.add(word, c), d),
         lambda a, b: a + c.constant + d.constant & ONES >> 64),
        (algebra.add(word, word), lambda a, b: 2 * a & ONES >> 64),
        (algebra.less(word, c),
         lambda a, b: int(a & ONES >> 64 < c.constant)),
        (algebra.less(word, other),
         lambda a, b: int(a & ONES >> 64 < b & ONES >> 64)),
        (algebra.join(last, carry),
         lambda a, b: (a & ONES >> 64) + (b & ONES >> 64) + (b & 1)),
        (algebra.and_not(word, algebra.add(word, algebra.constant(64, 1))),
         lambda a, b: (a & ~(a + 1)) & ONES >> 64),
    ]
    return all(evaluate(term, {"a": x, "b": y}) == function(x, y)
               for term, function in sides
               for x, y in zip(blocks(), reversed(blocks())))


def units_mean_what_is_computed():
    """The specification's results, as terms with all their definitions, and as
    numbers, when the same stands for keys, tweak and data."""
    for direction in ENCRYPT, DECRYPT:
        for size in 16, 31, 160, 307, 515:
            values = {name: random.getrandbits(128) for name in
                      range(2 * ROUNDS + 3 + size // 16 + 1)}
            algebra = Terms()
            terms = unit(algebra, direction, size, [
                algebra.symbol(name, 128) for name in values])
            results = unit(Concrete(), direction, size, [
                Number(128, value) for value in values.values()])
            known = {}
            for atom, term in algebra.definitions.items():
                known[atom] = evaluate(term, values, known)
            if ([evaluate(term, values, known) for term in terms]
                    != [result.n for result in results]):
                return False
    return True


def unit(algebra, direction, size, given):
    """Its result, of blocks given one after the other."""
    keys, (tweak, *data) = given[:2 * ROUNDS + 2], given[2 * ROUNDS + 2:]
    xts = Xts(algebra, direction, keys[:ROUNDS + 1], keys[ROUNDS + 1:])
    whole, rest = divmod(size, 16)
    tail = algebra.slice(data[whole], 0, 8 * rest) if rest else None
    blocks, last = xts.unit(tweak, data[:whole], tail)
    return [*blocks, last] if rest else blocks


def rest_follows(algebra, xts, tweak, blocks, tail, count):
    """A unit's results, of this many blocks first, and then of the rest."""
    first = xts.first_tweak(tweak)
    after = xts.powers(first, count + 1)[-1]
    head, _ = xts.rest_of_unit(first, blocks[:count])
    rest, last = xts.rest_of_unit(after, blocks[count:], tail)
    return [*head, *rest], last


def a_unit_goes_on_as_it_began():
    """Blocks before the last one do not depend on those after them, but for
    their tweak: which is what the induction over groups asks of the
    specification.  Compared as numbers and as terms."""
    for algebra, value in ((Concrete(), lambda name: Number(
            128, random.getrandbits(128))), (Terms(), None)):
        value = value or (lambda name: algebra.symbol(name, 128))
        keys = [value(f"K{i}") for i in range(2 * ROUNDS + 2)]
        for direction in ENCRYPT, DECRYPT:
            xts = Xts(algebra, direction, keys[:ROUNDS + 1], keys[ROUNDS + 1:])
            data, tweak = [value(f"P{i}") for i in range(18)], value("tweak")
            for bits in None, 8, 120:
                tail = bits and algebra.slice(data[-1], 0, bits)
                whole = xts.unit(tweak, data[:-1], tail)
                if any(rest_follows(algebra, xts, tweak, data[:-1], tail,
                                    count) != whole for count in (1, 8, 16)):
                    return False
    return True


def random_operation(algebra, terms):
    """One that only rearranges, on some of terms; its result has 128 bits."""
    a, b = random.choice(terms), random.choice(terms)
    low = random.randrange(1, 128)
    return random.choice([
        lambda: algebra.xor(a, b),
        lambda: algebra.mask(a, random.getrandbits(128)),
        lambda: algebra.join(algebra.slice(a, low, 128 - low),
                             algebra.slice(b, 0, low)),
        lambda: algebra.join(algebra.constant(low, random.getrandbits(low)),
                             algebra.slice(a, 0, 128 - low)),
        lambda: algebra.sign(a),
        lambda: algebra.sub_bytes(a),
        lambda: algebra.shift_rows(a),
    ])


def rearranging_keeps_the_meaning(kind):
    """The same operations on terms and on numbers, 2000 times."""
    values = {name: random.getrandbits(128) for name in "abc"}
    algebra, numbers = kind(), Concrete()
    terms = [algebra.symbol(name, 128) for name in "abc"]
    results = [Number(128, values[name]) for name in "abc"]
    for count in range(2000):
        seed = random.random()
        outcome = []
        for one, of in (algebra, terms), (numbers, results):
            random.seed(seed)
            outcome.append(random_operation(one, of)())
        term, result = outcome
        if evaluate(term, values) != result.n:
            return False
        terms, results = [*terms[-9:], term], [*results[-9:], result]
        if count % 20 == 0:
            terms[-4:-1] = [algebra.symbol(name, 128) for name in "abc"]
            results[-4:-1] = [Number(128, values[name]) for name in "abc"]
    return True


CHECKS = {
    "ShiftRows moves whole bytes": shift_rows_moves_bytes,
    "SubBytes takes each byte alone": sub_bytes_takes_bytes_alone,
    "so the two commute": sub_bytes_and_shift_rows_commute,
    "InvMixColumns is linear": inv_mix_columns_is_linear,
    "a sum of 128 bits is two halves and a carry": a_sum_is_two_halves,
    "two carries are one, of the sum": carries_add_up,
    "less is the carry out of the difference": less_is_a_carry,
    "the top bit of a & ~(a + 1) is that carry": top_bit_is_the_carry,
    "terms are rewritten by these": rules_are_as_listed,
    "a unit's terms, with what is defined, mean what was computed":
        units_mean_what_is_computed,
    "a unit goes on as it began": a_unit_goes_on_as_it_began,
    "terms mean what was computed":
        lambda: rearranging_keeps_the_meaning(Terms),
    "terms of bytes do":
        lambda: rearranging_keeps_the_meaning(Bytes),
}


def main():
    refuse_optimised()
    failed = 0
    for text, check in CHECKS.items():
        random.seed(text)
        good = check()
        print(f"{'holds' if good else 'FAILS'}: {text}")
        failed += not good
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} checks of rules hold")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
