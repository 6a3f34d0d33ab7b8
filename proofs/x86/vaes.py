# SPDX-License-Identifier: ISC
"""What the paths of both engines on VAES share (paths.py).

Cuts: "unit", before each unit; "group", in a unit that is longer than one group
and its rest, before each group but those. A unit has a place among those whose
first tweaks are computed together.
"""

from paths import UNIT, any_length, left
from values import Linear, Pointer
from x86 import paths
from x86.machine import STACK
from x86.paths import State


class Paths(paths.Paths):
    """An engine has PLACES, GROUP, a group's bytes; OPENS, what of a unit comes
    before the first cut in it; AROUND, the same
    with what comes after the last; and state()."""

    LENGTHS = [(least, UNIT) for least in range(1, UNIT + 1)]

    def names(self):
        """n = 0 returns ("nothing"). Where unit is no multiple of 512, another
        engine is called in the state of the call ("tail"). Else "call" leads to
        the first unit, and a unit to the next or, where it is the last, to the
        return: one of 512 bytes by "short"; a longer one by "opens", as many
        groups as there are but one by "more", and "closes"."""
        yield from [("nothing",), ("call",)]
        yield from (("tail", rest) for rest in range(1, UNIT))
        for place in range(self.PLACES):
            yield from [("opens", place), ("more", place)]
            for last in False, True:
                yield from [("short", place, last), ("closes", place, last)]

    def any_units(self):
        return Linear("n", least=1)

    def groups(self, unit):
        """Of a unit of this many bytes: those that "more" and "closes" take."""
        if type(unit) is int:
            return (unit - self.AROUND) // self.GROUP
        return unit.shifted(-self.AROUND).shifted_down(
            self.GROUP.bit_length() - 1)

    def tail(self, in_place, rest):
        """n is 1 then, and at the call nothing has changed."""
        memory, unit = self.window(0, in_place), Linear("u", UNIT, rest)
        state = State(self.code.tail_call, {
            "rsp": Pointer(memory.stack, STACK), "rdx": 1, "rcx": unit,
            "r8": Pointer(memory.tweak, 0), "r9": Pointer(memory.keys, 0)},
            {}, {}, {})
        self.arrives(memory, self.called(memory, 1, unit), state)

    def unit_state(self, memory, n, unit, place=0):
        """Before a unit; after the last place comes the first of others."""
        if place < self.PLACES:
            return self.state(memory, "unit", place, n, unit, None,
                              self.xts.first_tweak(self.number(place)))
        self.number(3 * self.PLACES)
        own, self.numbers = self.numbers, self.numbers[self.PLACES:]
        state = self.unit_state(memory, n, unit)
        self.numbers = own
        return state

    def after_unit(self, memory, place, after, unit):
        return None if after == 0 else self.unit_state(memory, after, unit,
                                                       place + 1)

    def short(self, in_place, place, last):
        memory, (n, after) = self.window(UNIT, in_place), left(last)
        self.takes(memory, self.unit_state(memory, n, UNIT, place),
                   self.after_unit(memory, place, after, UNIT),
                   self.xts.first_tweak(self.number(place)))

    def opens(self, in_place, place):
        memory, unit = self.window(self.OPENS, in_place), any_length(2)
        n, tweak = self.any_units(), self.xts.first_tweak(self.number(place))
        self.takes(memory, self.unit_state(memory, n, unit, place),
                   self.state(memory, "group", place, n, unit,
                              self.groups(unit),
                              self.later(tweak, self.OPENS)), tweak)

    def more(self, in_place, place):
        memory, unit = self.window(self.GROUP, in_place), any_length(2)
        n, (groups, after) = self.any_units(), left(False)
        self.takes(memory, self.state(memory, "group", place, n, unit, groups,
                                      self.rest),
                   self.state(memory, "group", place, n, unit, after,
                              self.later(self.rest, self.GROUP)), self.rest)

    def closes(self, in_place, place, last):
        size, unit = self.GROUP + self.AROUND - self.OPENS, any_length(2)
        memory, (n, after) = self.window(size, in_place), left(last)
        self.takes(memory, self.state(memory, "group", place, n, unit, 1,
                                      self.rest),
                   self.after_unit(memory, place, after, unit), self.rest)

