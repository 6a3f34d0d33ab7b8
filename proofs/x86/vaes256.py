# SPDX-License-Identifier: ISC
"""What holds at the cuts of xts_*_vaes256 (vaes.py, paths.py).

The first tweaks of two units were computed together, and wait in ymm8; those of
the two after them are on their way in ymm9. Tweaks go from r8 and r10 to the
stack, one by one, 32 blocks ahead.
"""

from paths import ANY
from values import Callers, Pointer
from x86 import vaes
from x86.machine import STACK
from x86.paths import STALE, State, bytes_of_rests, lengths

# From rsp on; rbp and rbx are saved at the top.
TWEAKS, LASTS, NUMBERS, FRAME = 0, 544, 800, 832


class Paths(vaes.Paths):
    LAST, FEWEST = 512, 512
    LENGTHS = lengths(LAST)

    # Both from what names() says: of one n and of the call; six of each place;
    # two for the last unit's groups; of its rests, and of the lengths with each
    # and without a group, but for no byte. Bytes: more; twice the short, and
    # twice what closes; two groups; nothing opens.
    PATHS = 2 + 2 * 6 + 2 + 3 * 32 * 16 - 1
    BYTES = (2 * (512 + 2 * 512 + 2 * 1024) + 2 * LAST
             + bytes_of_rests(LAST))

    PLACES, GROUP, OPENS, AROUND = 2, 512, 0, 512

    def base(self, memory, tweak):
        """What all cuts have."""
        *tweaks, next_tweak = self.xts.powers(tweak, 33)
        top, below = memory.stack, STACK - 16 - FRAME
        rsp = Pointer(top, below - (top.skew + below) % 64)
        x = {"rsp": rsp, "rbp": Pointer(top, STACK - 8),
             "rdi": Pointer(memory.out, 0), "rsi": Pointer(memory.data, 0),
             "r8": self.half(next_tweak, 0), "r10": self.half(next_tweak, 1),
             "r9": Pointer(memory.keys, 0), "r11": ANY}
        z = {i: ANY for i in range(12)}
        z |= {12: [self.keys[0]] * 2, 13: [self.keys[14]] * 2}
        stack = {TWEAKS + 16 * i: one for i, one in enumerate(tweaks)}
        stack |= {LASTS + 16 * i: STALE for i in range(16)}
        stack |= {STACK - 8 - rsp.offset: Callers("rbp"),
                  STACK - 16 - rsp.offset: Callers("rbx")}
        return x, z, stack

    def state(self, memory, cut, place, n, unit, groups, tweak):
        in_unit = cut == "group"
        done = 6 * place + 7            # rounds of those on their way
        first = [self.xts.first_tweak(self.number(i)) for i in range(2)]
        after = [self.number(2 + i) for i in range(2)]
        x, z, stack = self.base(memory, tweak)
        x |= {"rdx": self.before_last(n), "rcx": unit,
              "rax": groups if in_unit else ANY,
              "rbx": Pointer(memory.keys, 480 + 16 * (done + 1))}
        z |= {8: first[place + 1:] + first[:place + 1],
              9: [self.rounds(number, done) for number in after]}
        stack |= {NUMBERS + 16 * i: one for i, one in enumerate(after)}
        return State(self.cuts[0 if in_unit else 1], x, z, {}, stack)

    def last_state(self, memory, whole, tail, groups, tweak):
        x, z, stack = self.base(memory, tweak)
        x |= {"rdx": tail, "rcx": whole, "rax": groups, "rbx": ANY}
        stack |= {NUMBERS + 16 * i: STALE for i in range(2)}
        return State(self.last_cut(groups), x, z, {}, stack)
