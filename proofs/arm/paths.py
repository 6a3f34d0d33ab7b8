# SPDX-License-Identifier: ISC
"""The paths of xts_encrypt_arm64 and xts_decrypt_arm64, and what holds at their
cuts (../paths.py).

Cuts: "unit", before each unit of a run; "group", in such a unit, before each
group of 8 blocks but the last four; "ends", before those; "single", in a unit
that is alone and no multiple of 512, before each group.  Tweaks of the next 8
blocks lie in the frame, with the first round key and with the last; the ninth
is in x9 and x10.
"""

from collections import namedtuple

import paths
from arm.machine import SP, STACK
from paths import (ANY, GROUP, SHORT, UNIT, any_length, left, rest_of,
                   size_of)
from spec import ROUNDS
from values import Callers, Linear, Pointer, require

ENDS = 4 * GROUP                # of a unit, what "ends" leaves

# The frame, from sp on: x29, x30 and d8 to d15 as they were; 8 slots of what
# opens and what closes a block; a ninth; the next unit's tweak as a number, and
# encrypted.
SAVED, SLOTS, NINTH, NUMBER, FRESH, FRAME = 0, 80, 336, 368, 384, 400

# x and v: by number.  frame: by distance from sp.  What is not there is the
# caller's from x18 on and v31; may be anything below that; and of the frame was
# not written.
State = namedtuple("State", "at x v frame")


# The least length with a whole group of each that is no multiple of 512, modulo
# that.
LONGER = [next(size for size in range(rest, 3 * UNIT, UNIT)
               if size >= 16 and size not in SHORT)
          for rest in range(1, UNIT)]


class Paths(paths.Paths):
    OUT, IN = 0, 1
    LENGTHS = [*((size, 0) for size in SHORT),
               *((least, UNIT) for least in LONGER), (UNIT, UNIT)]

    # Of the bytes: all SHORT ones, 16 to 143 but for 128, by Gauss; a group for
    # each of three, and two of the last four; and for each last one more, with
    # 0 to 7 blocks and, of 15 in 16, one more and a tail of 1 to 15.
    PATHS = 8 + 127 + 511 + 1 + 8 * 16
    BYTES = ((16 + 143) * 128 // 2 - 128 + 3 * GROUP + 2 * ENDS
             + 128 * GROUP + 16 * 16 * (7 * 8 // 2) + 8 * (15 * 16 + 120))

    def __init__(self, isa, direction, function):
        super().__init__(isa, direction, function)
        for i in range(3):
            self.xts.tweaks(self.number(i), 9)  # defined before they are met
        self.xts.powers(self.rest, 4 * GROUP // 16 + 9)

    def find_cuts(self):
        """Find them by the branches that loop, in the order of the code."""
        loops = [(at, to) for at, to in sorted(self.code.edges) if to <= at
                 and self.code.instructions[at].form == "cbnz"]
        require(len(loops) == 5, "not the five loops that there have to be")
        (at, group), _, (_, unit), (_, single), _ = loops
        ends = at + 1
        self.group, self.unit, self.single, self.ends = (group, unit, single,
                                                         ends)
        self.cuts = [group, unit, single, ends]

    def names(self):
        """n = 0 returns ("nothing").  Where unit is a multiple of 512, "call"
        leads to the first unit.  From a unit of 512 bytes "begins" leads to its
        end, from a longer one to its groups; these go by some "more" and the
        last to the end, and that by "closes" to the next unit or, if it was the
        last, to the return.  Any other unit is alone: SHORT ones are run
        whole; "call_one" leads from the call to the groups of the others, of
        which those of one remainder are the same but for the number of groups;
        they go by some "single_more", and by the last, with all that remains,
        to the return."""
        yield from [("nothing",), ("call",)]
        for last in False, True:
            yield from [("begins", last), ("more", last), ("closes", last)]
        yield from (("whole", size) for size in SHORT)
        yield from (("call_one", least) for least in LONGER)
        yield "single_more",
        yield from (("single_last", blocks, tail) for blocks in range(8)
                    for tail in range(16))

    def any_units(self):
        return Linear("n", least=1)

    # States

    def saved(self):
        """x29, x30 and d8 to d15, as they lie in the frame, and x30."""
        link = self.code.link()
        halves = [self.half(self.vectors[i], 0) for i in range(8, 16)]
        frame = {SAVED: Callers("x29"), SAVED + 8: link}
        frame |= {SAVED + 16 + 8 * i: half for i, half in enumerate(halves)}
        return frame, link

    def state(self, memory, at, tweak, x):
        """The state that all cuts share, before the block with this tweak."""
        algebra = self.algebra
        first, last = self.keys[0], self.keys[ROUNDS]
        *tweaks, ninth = self.xts.powers(tweak, 9)
        frame, link = self.saved()
        for j, value in enumerate(tweaks):
            frame[SLOTS + 32 * j] = algebra.xor(value, first)
            frame[SLOTS + 32 * j + 16] = algebra.xor(value, last)
        frame |= {NUMBER: ANY, FRESH: ANY}
        x = {0: Pointer(memory.out, 0), 1: Pointer(memory.data, 0),
             5: Pointer(memory.keys, 0), 11: 0x87,
             SP: Pointer(memory.stack, STACK - FRAME),
             29: Pointer(memory.stack, STACK - FRAME), 30: link, **x}
        for (low, high), value in {(9, 10): ninth, (14, 15): first,
                                   (16, 17): last}.items():
            x[low], x[high] = self.half(value, 0), self.half(value, 1)
        v = {15 + i: self.keys[i] for i in range(1, ROUNDS)}
        return State(at, x, {**v, 31: self.vectors[31]}, frame)

    def run_state(self, memory, at, tweak, n, unit, i, groups=ANY):
        """In a run; n: of units, this one included; i: of its number."""
        number = self.number(i + 1)
        state = self.state(memory, at, tweak, {
            2: n, 3: unit, 4: self.half(number, 0), 6: self.half(number, 1),
            7: groups})
        state.frame[NUMBER] = number
        return state

    def unit_state(self, memory, n, unit, i=0):
        return self.run_state(memory, self.unit,
                              self.xts.first_tweak(self.number(i)), n, unit, i)

    def single_state(self, memory, tweak, blocks, tail, groups):
        """blocks: that are there besides the groups."""
        state = self.state(memory, self.single, tweak,
                           {2: blocks, 3: tail, 7: groups})
        return state._replace(frame={**state.frame, NINTH: ANY,
                                     NINTH + 16: ANY})

    def assume(self, memory, state):
        machine, sp = self.machine, state.x[SP]
        machine.reset()
        machine.set_sp(sp)
        for i in range(18):
            machine.x[i] = self.any(f"any x{i}", 64)
        for i in range(32):
            machine.v[i] = state.v.get(i, self.any(f"any v{i}", 128))
        for i, value in state.x.items():
            if i != SP and value is not ANY:
                machine.x[i] = value
        for at, value in state.frame.items():
            memory.stack.preset(
                self.algebra, sp.offset + at, self.size(at),
                self.any(f"any sp + {at}", 128) if value is ANY else value)

    @staticmethod
    def size(at):
        return 8 if at < SLOTS else 16

    def check(self, memory, state):
        """Check that it holds."""
        machine, stack, sp = self.machine, memory.stack, state.x[SP].offset
        x = {i: Callers(f"x{i}") for i in range(18, 29)} | state.x
        for i, value in x.items():
            require(value is ANY or self.same(machine.x[i], value),
                    f"x{i} is {machine.x[i]!r}, not {value!r}")
        for i, value in state.v.items():
            require(self.same(machine.v[i], value), f"v{i} is another")
        used = bytearray(stack.size)
        for at, value in state.frame.items():
            start, size = sp + at, self.size(at)
            used[start:start + size] = b"\1" * size
            held = stack.load(self.algebra, start, size)
            require(value is ANY or self.same(held, value),
                    f"sp + {at} is another")
        require(stack.used == used, "a frame of another shape")

    # Paths

    def begins(self, in_place, last):
        """A unit, whose last four groups begin at once where it has no more."""
        memory, n = self.window(0, in_place), self.any_units()
        unit = UNIT if last else any_length(2)
        groups = 0 if last else unit.shifted_down(7).shifted(-4)
        tweak = self.xts.first_tweak(self.number(0))
        self.takes(memory, self.unit_state(memory, n, unit), self.run_state(
            memory, self.ends if last else self.group, tweak, n, unit, 0,
            groups), tweak)

    def more(self, in_place, last):
        memory, n = self.window(GROUP, in_place), self.any_units()
        unit, (groups, after) = any_length(), left(last)
        self.takes(memory, self.run_state(memory, self.group, self.rest, n,
                                          unit, 0, groups),
                   self.run_state(memory, self.ends if last else self.group,
                                  self.later(self.rest, GROUP), n, unit, 0,
                                  after), self.rest)

    def closes(self, in_place, last):
        memory, unit = self.window(ENDS, in_place), any_length()
        n, after = left(last)
        self.takes(memory, self.run_state(memory, self.ends, self.rest, n, unit,
                                          0),
                   None if last else self.unit_state(memory, after, unit, 1),
                   self.rest)

    def call_one(self, in_place, least):
        memory = self.window(0, in_place)
        blocks, tail = rest_of(least)
        unit = Linear("u", UNIT, least)
        groups = unit.shifted(-size_of(blocks, tail)).shifted_down(7)
        tweak = self.xts.first_tweak(self.number(0))
        self.arrives(memory, self.called(memory, 1, unit), self.single_state(
            memory, tweak, blocks, tail, groups))

    def single_more(self, in_place):
        memory, (groups, after) = self.window(GROUP, in_place), left(False)
        blocks, tail = Linear("blocks"), Linear("tail")
        self.takes(memory, self.single_state(memory, self.rest, blocks, tail,
                                             groups),
                   self.single_state(memory, self.later(self.rest, GROUP),
                                     blocks, tail, after), self.rest)

    def single_last(self, in_place, blocks, tail):
        memory = self.window(GROUP + size_of(blocks, tail), in_place)
        self.takes(memory, self.single_state(memory, self.rest, blocks, tail,
                                             1), None, self.rest)
