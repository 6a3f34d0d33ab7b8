# SPDX-License-Identifier: ISC
"""What the engine has to compute: IEEE Std 1619-2018, XTS-AES-256, over FIPS
197.

It is written over the algebra of values.py: with numbers it encrypts, with
symbols it says what a proof has to come to.  The order of steps is that of the
standards.  A block is 128 bits, its first byte the lowest; a schedule is 15
round keys.
"""

from functools import cache

ENCRYPT, DECRYPT = "encrypt", "decrypt"
ROUNDS = 14


# FIPS 197

def key_expansion(algebra, key):
    """5.2, for a key of 256 bits: Nk is 8."""
    words = [algebra.slice(key, 32 * i, 32) for i in range(8)]
    rcon = 1
    for i in range(8, 4 * (ROUNDS + 1)):
        word = words[i - 1]
        if i % 8 == 0:
            word = algebra.sub_bytes(rot_word(algebra, word))
            word = algebra.xor(word, algebra.constant(32, rcon))
            rcon *= 2                   # never more than 0x40
        elif i % 8 == 4:
            word = algebra.sub_bytes(word)
        words.append(algebra.xor(words[i - 8], word))
    return [algebra.join(algebra.join(*words[i:i + 2]),
                         algebra.join(*words[i + 2:i + 4]))
            for i in range(0, len(words), 4)]


def rot_word(algebra, word):
    """The first byte becomes the last."""
    return algebra.join(algebra.slice(word, 8, 24), algebra.slice(word, 0, 8))


def cipher(algebra, schedule, block):
    """5.1"""
    state = algebra.xor(block, schedule[0])
    for i in range(1, ROUNDS):
        state = algebra.sub_bytes(state)
        state = algebra.shift_rows(state)
        state = algebra.mix_columns(state)
        state = algebra.xor(state, schedule[i])
    state = algebra.sub_bytes(state)
    state = algebra.shift_rows(state)
    return algebra.xor(state, schedule[ROUNDS])


def inv_cipher(algebra, schedule, block):
    """5.3"""
    state = algebra.xor(block, schedule[ROUNDS])
    for i in range(ROUNDS - 1, 0, -1):
        state = algebra.inv_shift_rows(state)
        state = algebra.inv_sub_bytes(state)
        state = algebra.xor(state, schedule[i])
        state = algebra.inv_mix_columns(state)
    state = algebra.inv_shift_rows(state)
    state = algebra.inv_sub_bytes(state)
    return algebra.xor(state, schedule[0])


def decrypt_schedule(algebra, schedule):
    """5.3.5, in the order of use: what struct xts_keys has for decryption."""
    middle = [algebra.inv_mix_columns(key)
              for key in schedule[ROUNDS - 1:0:-1]]
    return [schedule[ROUNDS], *middle, schedule[0]]


# IEEE Std 1619

def times_alpha(algebra, tweak):
    """5.2: one bit up; what leaves the top comes back as 135."""
    shifted = algebra.join(algebra.constant(1, 0),
                           algebra.slice(tweak, 0, 127))
    return algebra.xor(shifted, algebra.mask(algebra.sign(tweak), 135))


def next_unit(algebra, tweak):
    """The tweak of the unit that follows: the next little-endian number."""
    return algebra.add(tweak, algebra.constant(128, 1))


class Xts:
    """One direction under one pair of keys, which are expanded: schedule of
    the data key (Key1), tweak_schedule of the tweak key (Key2).  A unit is a
    list of whole blocks and the bytes after them, or None; so is the
    result."""

    def __init__(self, algebra, direction, schedule, tweak_schedule):
        self.algebra, self.tweak_schedule = algebra, tweak_schedule
        self.encrypts = direction == ENCRYPT
        self.schedule = schedule
        self.crypt_block = cache(self.crypt_block)
        self.first_tweak = cache(self.first_tweak)
        self.tweak_after = cache(self.tweak_after)

    def first_tweak(self, tweak):
        """Key2 encrypts, in either direction."""
        return self.algebra.define("first T", cipher(
            self.algebra, self.tweak_schedule, tweak))

    def tweak_after(self, tweak):
        return self.algebra.define("T", times_alpha(self.algebra, tweak))

    def tweaks(self, tweak, count):
        """The tweaks of a unit's blocks."""
        return self.powers(self.first_tweak(tweak), count)

    def powers(self, tweak, count):
        """Of a block and those after it: times alpha^0, alpha^1, ..."""
        tweaks = [tweak]
        while len(tweaks) < count:
            tweaks.append(self.tweak_after(tweaks[-1]))
        return tweaks

    def crypt_block(self, tweak, block):
        """5.3.1, 5.4.1"""
        algebra = self.algebra
        step = cipher if self.encrypts else inv_cipher
        return algebra.xor(step(algebra, self.schedule,
                                algebra.xor(block, tweak)), tweak)

    def unit(self, tweak, blocks, tail=None):
        """5.3.2, 5.4.2"""
        return self.rest_of_unit(self.first_tweak(tweak), blocks, tail)

    def rest_of_unit(self, tweak, blocks, tail=None):
        """The rest of a unit, from the block on that has this tweak."""
        if tail is None:
            tweaks = self.powers(tweak, len(blocks))
            return [*map(self.crypt_block, tweaks, blocks)], None
        *tweaks, _, _ = self.powers(tweak, len(blocks) + 1)
        lends, _, made = self.stealing(tweak, blocks, tail)
        return ([*map(self.crypt_block, tweaks, blocks[:-1]), made],
                self.algebra.slice(lends, 0, tail.width))

    def stealing(self, tweak, blocks, tail):
        """Of the last whole block and the tail: CC or PP, which lends its end;
        the block that the tail makes with that; and what that becomes."""
        *_, m_minus_1, m = self.powers(tweak, len(blocks) + 1)
        if not self.encrypts:
            m_minus_1, m = m, m_minus_1
        lends = self.crypt_block(m_minus_1, blocks[-1])
        stolen = self.algebra.slice(lends, tail.width, 128 - tail.width)
        makes = self.algebra.join(tail, stolen)
        return lends, makes, self.crypt_block(m, makes)

    def passes(self, tweak, blocks, tail):
        """What may stand in the place of the last whole block before the result
        does: what lends, and what is made with that."""
        return self.stealing(tweak, blocks, tail)[:2]
