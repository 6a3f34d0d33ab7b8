# SPDX-License-Identifier: ISC
"""The paths of xts_*_aesni, and what holds at its cuts (paths.py).

Cuts: "unit", before each unit but the last; "group", in such a unit, before
each group of 8 blocks but the first and the last; "last", in the last unit,
before each such group. Tweaks of the next 8 blocks lie on the stack, the last
of them in r8 and r10 as well.
"""

from itertools import product

from paths import ANY, GROUP, SHORT, any_length, left, size_of
from values import Linear, Pointer
from x86 import paths
from x86.machine import STACK
from x86.paths import STALE, State

# From rsp on.
TWEAKS, LASTS, NUMBER, FRAME = 0, 128, 256, 280

class Paths(paths.Paths):
    LENGTHS = [*((size, 0) for size in SHORT),
               *((GROUP + size_of(*rest), GROUP)
                 for rest in product(range(8), range(16)))]

    # Both from what names() says; of the call for one unit and of the last
    # group, one for each rest; of the short, but for no byte. The rests: 16
    # times 0 to 7 blocks; 8 times a block and 1 to 15 bytes.
    PATHS = 7 + 2 * 8 * 16 + 8 * 16 - 1
    RESTS = 16 * 16 * (7 * 8 // 2) + 8 * (15 * 16 + 15 * 16 // 2)
    BYTES = 3 * 128 + 2 * 256 + 8 * 16 * 128 + 2 * RESTS

    def find_cuts(self):
        """But for the loop over single blocks, at most 7."""
        super().find_cuts()
        del self.cuts[3:]

    def names(self):
        """n = 0 returns ("nothing"). A unit's length, if it is the only one, is
        that of some groups, of blocks, 0 to 7, and, where it is no multiple of
        16, of one block more and a tail, 1 to 15. Without a group it is one of
        127 that are run whole ("whole"); else "call_one" leads to its groups.
        With more units, "call" leads to the first. Such a one goes by "opens",
        some "more" and "closes" to the next, or to the last one's groups; which
        go by some "last_more" and "last" to the return."""
        yield from [("nothing",), ("call",), ("opens",), ("more",),
                    ("closes", False), ("closes", True), ("last_more",)]
        for rest in product(range(8), range(16)):
            yield from [("call_one", *rest), ("last", *rest)]
        yield from (("whole", size) for size in SHORT)

    def any_units(self):
        """And one more, the last."""
        return Linear("n", least=2)

    def base(self, memory, tweak):
        """What all cuts have."""
        tweaks = self.xts.powers(tweak, 8)
        x = {"rsp": Pointer(memory.stack, STACK - FRAME),
             "rdi": Pointer(memory.out, 0), "rsi": Pointer(memory.data, 0),
             "r8": self.half(tweaks[7], 0), "r10": self.half(tweaks[7], 1),
             "r9": Pointer(memory.keys, 0), "rax": ANY, "r11": ANY}
        z = {i: ANY for i in range(11)}
        z |= {11: [self.keys[0]] * 2, 12: [self.keys[14]] * 2}
        stack = {TWEAKS + 16 * i: one for i, one in enumerate(tweaks)}
        stack |= {LASTS + 16 * i: STALE for i in range(8)}
        return x, z, stack

    def unit_state(self, memory, n, unit, i=0):
        """n: of units, this and the last included; i: of the unit's number."""
        number = self.number(i)
        x, z, stack = self.base(memory, self.xts.first_tweak(number))
        x |= {"rdx": n.shifted(-1) if type(n) is Linear else n - 1,
              "rcx": unit}
        stack[NUMBER] = number
        return State(self.cuts[1], x, z, {}, stack)

    def group_state(self, memory, n, unit, groups, tweak):
        x, z, stack = self.base(memory, tweak)
        x |= {"rdx": n.shifted(-1) if type(n) is Linear else n - 1,
              "rcx": unit, "rax": groups}
        stack[NUMBER] = self.number(1)
        z[8] = [self.rounds(self.number(1), 13)]
        return State(self.cuts[0], x, z, {}, stack)

    def last_state(self, memory, whole, tail, groups, tweak):
        """whole: bytes that are neither the tail nor the block before it."""
        x, z, stack = self.base(memory, tweak)
        x |= {"rcx": whole, "rdx": tail, "rax": groups}
        stack[NUMBER] = STALE
        return State(self.cuts[2], x, z, {}, stack)

    def call_one(self, in_place, blocks, tail):
        memory, more = self.window(0, in_place), tail and 16 + tail
        whole = Linear("groups", GROUP, 16 * blocks, 1)
        state = self.last_state(memory, whole, tail, Linear("groups", least=1),
                                self.xts.first_tweak(self.number(0)))
        self.arrives(memory, self.called(memory, 1, whole.shifted(more)),
                     state)

    def opens(self, in_place):
        memory, unit = self.window(GROUP, in_place), any_length(1)
        n, tweak = self.any_units(), self.xts.first_tweak(self.number(0))
        groups = unit.shifted(-2 * GROUP).shifted_down(7)
        self.takes(memory, self.unit_state(memory, n, unit), self.group_state(
            memory, n, unit, groups, self.later(tweak, GROUP)), tweak)

    def more(self, in_place):
        memory, unit = self.window(GROUP, in_place), any_length(1)
        n, (groups, after) = self.any_units(), left(False)
        self.takes(memory,
                   self.group_state(memory, n, unit, groups, self.rest),
                   self.group_state(memory, n, unit, after,
                                    self.later(self.rest, GROUP)), self.rest)

    def closes(self, in_place, last):
        """To the last unit, or to another before it."""
        memory, unit = self.window(2 * GROUP, in_place), any_length(1)
        if last:
            n, after = 2, self.last_state(
                memory, unit, 0, unit.shifted_down(7),
                self.xts.first_tweak(self.number(1)))
        else:
            n = Linear("n", least=3)
            after = self.unit_state(memory, n.shifted(-1), unit, 1)
        self.takes(memory, self.group_state(memory, n, unit, 1, self.rest),
                   after, self.rest)

    def last_more(self, in_place):
        memory, (groups, after) = self.window(GROUP, in_place), left(False)
        whole, tail = Linear("whole"), Linear("tail")
        self.takes(memory, self.last_state(memory, whole, tail, groups,
                                           self.rest),
                   self.last_state(memory, whole, tail, after,
                                   self.later(self.rest, GROUP)), self.rest)

    def last(self, in_place, blocks, tail):
        size = GROUP + size_of(blocks, tail)
        memory = self.window(size, in_place)
        whole = Linear("groups", GROUP, 16 * blocks, 1)
        self.takes(memory, self.last_state(memory, whole, tail, 1, self.rest),
                   None, self.rest)
