# SPDX-License-Identifier: ISC
"""What holds at the cuts of xts_*_vaes512 (vaes.py, paths.py).

The first tweaks of four units were computed together, and wait in zmm12; those
of the four after them are on their way in zmm13.
"""

from paths import ANY
from values import Pointer
from x86 import vaes
from x86.machine import STACK
from x86.paths import State, bytes_of_rests, lengths


class Paths(vaes.Paths):
    LAST, FEWEST = 256, 64
    LENGTHS = lengths(LAST)

    # Both from what names() says: of one n and of the call; six of each place;
    # two for the last unit's groups; of its rests, and of the lengths with each
    # and without a group, but for no byte. Bytes: what opens, and more; twice
    # the short, and twice what closes; two groups.
    PATHS = 2 + 4 * 6 + 2 + 3 * 16 * 16 - 1
    BYTES = (4 * (256 + 256 + 2 * 512 + 2 * 512) + 2 * LAST
             + bytes_of_rests(LAST))

    PLACES, GROUP, OPENS, AROUND = 4, 256, 256, 512

    def base(self, memory, tweak):
        """What all cuts have."""
        tweaks = self.xts.powers(tweak, 16)
        x = {"rsp": Pointer(memory.stack, STACK),
             "rdi": Pointer(memory.out, 0), "rsi": Pointer(memory.data, 0),
             "r9": Pointer(memory.keys, 0)}
        z = {i: ANY for i in (0, 1, 2, 3, *range(8, 17))}
        z |= {4 + i: tweaks[4 * i:4 * i + 4] for i in range(4)}
        z |= {17 + i: [key] * 4 for i, key in enumerate(self.keys)}
        return x, z

    def state(self, memory, cut, place, n, unit, groups, tweak):
        in_unit = cut == "group"
        done = 3 * (place + in_unit) + 1        # rounds of those on their way
        first = [self.xts.first_tweak(self.number(i)) for i in range(4)]
        after = [self.number(4 + i) for i in range(4)]
        x, z = self.base(memory, tweak)
        x |= {"rdx": self.before_last(n), "rcx": unit,
              "rax": groups if in_unit else ANY,
              "r8": Pointer(memory.tweak, 0),
              "r10": Pointer(memory.keys, 480 + 16 * (done + 1)),
              "r11": Pointer(memory.keys, 480 + 224)}
        z |= {12: first[place + 1:] + first[:place + 1],
              13: [self.rounds(number, done) for number in after], 14: after}
        return State(self.cuts[0 if in_unit else 1], x, z, {1: ANY, 2: 0x55},
                     {})

    def last_state(self, memory, whole, tail, groups, tweak):
        x, z = self.base(memory, tweak)
        x |= {"rdx": tail, "rcx": whole, "rax": groups}
        x |= {name: ANY for name in ("r8", "r10", "r11")}
        return State(self.last_cut(groups), x, z, {1: ANY, 2: 0x55}, {})
