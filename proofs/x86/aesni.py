# SPDX-License-Identifier: ISC
"""The paths of xts_*_aesni, and what holds at its cuts (paths.py).

"group" is before each group of 8 blocks but the first and the last of a unit.
Tweaks of the next 8 blocks lie on the stack, the last of them in r8 and r10 as
well.
"""

from paths import ANY, GROUP, SHORTEST, any_length, left
from values import Linear, Pointer
from x86 import paths
from x86.machine import STACK
from x86.paths import STALE, State, bytes_of_rests, lengths

# From rsp on.
TWEAKS, LASTS, NUMBER, FRAME = 0, 128, 256, 280

class Paths(paths.Paths):
    LAST, FEWEST = GROUP, SHORTEST
    LENGTHS = lengths(GROUP)

    # Both from what names() says; of the call for one unit and of what is left,
    # one for each rest; of the call without a group, but for no byte.
    PATHS = 8 + 3 * 8 * 16 - 1
    BYTES = 4 * GROUP + 2 * 2 * GROUP + bytes_of_rests(GROUP)

    def names(self):
        """n = 0 returns ("nothing"). With more units than one, "call" leads to
        the first. Such a one goes by "opens", some "more" and "closes" to the
        next, or to the groups of the last one."""
        yield from [("nothing",), ("call",), ("opens",), ("more",),
                    ("closes", False), ("closes", True)]
        yield from self.last_names()

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
        x |= {"rdx": self.before_last(n), "rcx": unit}
        stack[NUMBER] = number
        return State(self.cuts[1], x, z, {}, stack)

    def group_state(self, memory, n, unit, groups, tweak):
        x, z, stack = self.base(memory, tweak)
        x |= {"rdx": self.before_last(n), "rcx": unit, "rax": groups}
        stack[NUMBER] = self.number(1)
        z[8] = [self.rounds(self.number(1), 13)]
        return State(self.cuts[0], x, z, {}, stack)

    def last_state(self, memory, whole, tail, groups, tweak):
        """whole: bytes that are neither the tail nor the block before it."""
        x, z, stack = self.base(memory, tweak)
        x |= {"rcx": whole, "rdx": tail, "rax": groups}
        stack[NUMBER] = STALE
        return State(self.last_cut(groups), x, z, {}, stack)

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
        n, after = self.units_left(last)
        if last:
            after = self.last_state(memory, unit, 0, unit.shifted_down(7),
                                    self.xts.first_tweak(self.number(1)))
        else:
            after = self.unit_state(memory, after, unit, 1)
        self.takes(memory, self.group_state(memory, n, unit, 1, self.rest),
                   after, self.rest)
