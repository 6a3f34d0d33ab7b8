# SPDX-License-Identifier: ISC
"""What holds at the cuts of xts_*_vaes512 (vaes.py, paths.py).

The first tweaks of four units were computed together, and wait in zmm12; those
of the four after them are on their way in zmm13.
"""

from paths import ANY
from values import Pointer
from x86 import vaes
from x86.machine import STACK
from x86.paths import State


class Paths(vaes.Paths):
    # Both from what names() says: of one n, of the call, of 511 lengths; six of
    # each place. Bytes: what opens, and more; twice the short, and twice what
    # closes.
    PATHS = 2 + 511 + 4 * 6
    BYTES = 4 * (256 + 256 + 2 * 512 + 2 * 512)

    PLACES, GROUP, OPENS, AROUND = 4, 256, 256, 512

    def state(self, memory, cut, place, n, unit, groups, tweak):
        in_unit = cut == "group"
        done = 3 * (place + in_unit) + 1        # rounds of those on their way
        first = [self.xts.first_tweak(self.number(i)) for i in range(4)]
        after = [self.number(4 + i) for i in range(4)]
        tweaks = self.xts.powers(tweak, 16)
        x = {"rsp": Pointer(memory.stack, STACK),
             "rdi": Pointer(memory.out, 0), "rsi": Pointer(memory.data, 0),
             "rdx": n, "rcx": self.groups(unit),
             "rax": groups if in_unit else ANY,
             "r8": Pointer(memory.tweak, 0), "r9": Pointer(memory.keys, 0),
             "r10": Pointer(memory.keys, 480 + 16 * (done + 1)),
             "r11": Pointer(memory.keys, 480 + 224)}
        z = {i: ANY for i in (0, 1, 2, 3, 8, 9, 10, 11, 15, 16)}
        z |= {4 + i: tweaks[4 * i:4 * i + 4] for i in range(4)}
        z |= {12: first[place + 1:] + first[:place + 1],
              13: [self.rounds(number, done) for number in after], 14: after}
        z |= {17 + i: [key] * 4 for i, key in enumerate(self.keys)}
        group, start = self.cuts
        return State(group if in_unit else start, x, z, {1: ANY, 2: 0x55}, {})
