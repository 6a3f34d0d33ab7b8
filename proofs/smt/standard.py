# SPDX-License-Identifier: ISC
"""XTS-AES-256 over bit vectors: what the second opinion compares the engine with.

It follows IEEE Std 1619-2018 and FIPS 197 step by step, and gives the name of a value
of its own to the input and the output of each step of AES, to each tweak and to each
block of the result (book.py).  A block is 128 bits, its first byte the lowest.
"""

from functools import cache

from smt.bits import apply, constant, cut, join, sign

ROUNDS = 14
POLYNOMIAL = 135


class Fips197:
    """The cipher under one expanded key: 15 round keys."""

    def __init__(self, book, schedule):
        self.value, self.schedule = book.value, schedule

    def encrypt(self, name, block):
        """5.1"""
        value, key = self.value, self.schedule
        state = value(f"{name}, round 0", block ^ key[0])
        for i in range(1, ROUNDS):
            state = value(f"{name}, rows of round {i}", apply(
                "shift_rows", apply("sub_bytes", state)))
            state = value(f"{name}, columns of round {i}",
                          apply("mix_columns", state))
            state = value(f"{name}, round {i}", state ^ key[i])
        state = value(f"{name}, rows of round {ROUNDS}", apply(
            "shift_rows", apply("sub_bytes", state)))
        return state ^ key[ROUNDS]

    def decrypt(self, name, block):
        """5.3"""
        value, key = self.value, self.schedule
        state = value(f"{name}, round {ROUNDS}", block ^ key[ROUNDS])
        for i in range(ROUNDS - 1, 0, -1):
            state = value(f"{name}, bytes of round {i}", apply(
                "inv_sub_bytes", apply("inv_shift_rows", state)))
            state = value(f"{name}, round {i}", apply(
                "inv_mix_columns", state ^ key[i]))
        state = value(f"{name}, bytes of round 0", apply(
            "inv_sub_bytes", apply("inv_shift_rows", state)))
        return state ^ key[0]


def key_expansion(book, name, first, second):
    """5.2, for a key of two blocks, and each round key a value."""
    keys, rcon = [first, second], 1
    while len(keys) <= ROUNDS:
        word = cut(keys[-1], 96, 32)
        if len(keys) % 2 == 0:
            word = join(cut(word, 8, 24), cut(word, 0, 8))          # RotWord
            word = sub_word(word) ^ constant(32, rcon)
            rcon *= 2
        else:
            word = sub_word(word)
        words = []
        for i in range(4):
            word = cut(keys[-2], 32 * i, 32) ^ word
            words.append(word)
        keys.append(book.value(f"{name}, round key {len(keys)}", join(*words)))
    return keys


def sub_word(word):
    """sub_bytes on four bytes, of which the other twelve know nothing."""
    return cut(apply("sub_bytes", join(word, constant(96, 0))), 0, 32)


def decrypt_schedule(schedule):
    """5.3.5: what struct xts_keys has for decryption, in the order of use."""
    middle = [apply("inv_mix_columns", key) for key in schedule[-2:0:-1]]
    return [schedule[-1], *middle, schedule[0]]


class Xts:
    """One direction.  Its data is given block by block, of as many as are asked for;
    the blocks and tweaks of a unit are those of every other length as well, but for
    the last two."""

    def __init__(self, book, direction, stride=1, numbers=False,
                 polynomial=POLYNOMIAL):
        """As an engine computes them: stride: of the tweaks, each is said by the one so
        many blocks before, or the first; numbers: a unit's has a name of its own."""
        self.book, self.encrypts = book, direction == "encrypt"
        self.stride, self.numbers = stride, numbers
        self.polynomial = polynomial
        self.schedule = [book.given(f"key 1, {i}")
                         for i in range(ROUNDS + 1)]
        self.tweak_schedule = [book.given(f"key 2, {i}")
                               for i in range(ROUNDS + 1)]
        self.key1 = Fips197(book, self.schedule)
        self.key2 = Fips197(book, self.tweak_schedule)
        self.data, self.number, self.tweak, self.result = map(
            cache, (self.data, self.number, self.tweak, self.result))

    def data(self, unit, i):
        return self.book.given(f"in {unit}.{i}")

    def number(self, unit):
        """The tweak of a unit: the first, and this many more.  Its high half alone looks
        like the one before, but for a carry."""
        if unit == 0:
            return self.book.given("first tweak", halves=False)
        number = self.number(0) + unit
        if self.numbers:
            return self.book.value(f"tweak {unit}", number, halves=False)
        return number

    def tweak(self, unit, i):
        """5.2 of IEEE Std 1619: T of block i, in the unit of this number."""
        if i == 0:
            return self.first(unit)
        before = max(i - self.stride, 0)
        value = self.tweak(unit, before)
        for _ in range(i - before):
            value = value << 1 ^ sign(value) & constant(128, self.polynomial)
        return self.book.value(f"T {unit}.{i}", value)

    def first(self, unit):
        return self.book.value(f"T {unit}.0", self.key2.encrypt(
            f"T {unit}", self.number(unit)))

    def block(self, name, block, tweak):
        """5.3.1, 5.4.1"""
        crypt = self.key1.encrypt if self.encrypts else self.key1.decrypt
        return self.book.value(f"out {name}",
                               crypt(name, block ^ tweak) ^ tweak)

    def result(self, unit, i):
        return self.block(f"{unit}.{i}", self.data(unit, i),
                          self.tweak(unit, i))

    def run(self, units, size):
        """The results of units of this many bytes, as one list of bits."""
        return [bits for unit in range(units) for bits in self.unit(unit, size)]

    def unit(self, unit, size):
        if size % 16 != 0:
            return self.stealing(unit, size)
        return [self.result(unit, i) for i in range(size // 16)]

    def stealing(self, unit, size):
        """5.3.2, 5.4.2: m whole blocks and some bytes."""
        m, bits = size // 16, 8 * (size % 16)
        tweaks = self.tweak(unit, m - 1), self.tweak(unit, m)
        if self.encrypts:
            lends = self.result(unit, m - 1)
        else:
            tweaks = tweaks[::-1]
            lends = self.block("lends", self.data(unit, m - 1), tweaks[0])
        made = self.book.value("made", join(cut(self.data(unit, m), 0, bits),
                                            cut(lends, bits, 128 - bits)))
        return [*(self.result(unit, i) for i in range(m - 1)),
                self.block("takes", made, tweaks[1]), cut(lends, 0, bits)]
