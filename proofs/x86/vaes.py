# SPDX-License-Identifier: ISC
"""What the paths of both engines on VAES share (paths.py).

"group" is in a unit that is longer than one group and its rest, before each
group but those. A unit has a place among those whose first tweaks are computed
together.
"""

from paths import UNIT, any_length, left
from x86 import paths


class Paths(paths.Paths):
    """An engine has PLACES, GROUP, a group's bytes; OPENS, what of a unit comes
    before the first cut in it; AROUND, the same with what comes after the last;
    and state()."""

    def names(self):
        """n = 0 returns ("nothing"). With more units than one, "call" leads to
        the first; and a unit to the next or, where that is the last, to its
        groups: one of 512 bytes by "short"; a longer one by "opens", as many
        groups as there are but one by "more", and "closes"."""
        yield from [("nothing",), ("call",)]
        for place in range(self.PLACES):
            yield from [("opens", place), ("more", place)]
            for last in False, True:
                yield from [("short", place, last), ("closes", place, last)]
        yield from self.last_names()

    def groups(self, unit, around):
        """Of a unit of this many bytes, but for these."""
        if type(unit) is int:
            return (unit - around) // self.GROUP
        return unit.shifted(-around).shifted_down(self.GROUP.bit_length() - 1)

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

    def after_unit(self, memory, place, last, after, unit):
        if not last:
            return self.unit_state(memory, after, unit, place + 1)
        return self.last_state(memory, unit, 0, self.groups(unit, 0),
                               self.xts.first_tweak(self.number(place + 1)))

    def short(self, in_place, place, last):
        memory, (n, after) = self.window(UNIT, in_place), self.units_left(last)
        self.takes(memory, self.unit_state(memory, n, UNIT, place),
                   self.after_unit(memory, place, last, after, UNIT),
                   self.xts.first_tweak(self.number(place)))

    def opens(self, in_place, place):
        memory, unit = self.window(self.OPENS, in_place), any_length(2)
        n, tweak = self.any_units(), self.xts.first_tweak(self.number(place))
        self.takes(memory, self.unit_state(memory, n, unit, place),
                   self.state(memory, "group", place, n, unit,
                              self.groups(unit, self.AROUND),
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
        memory, (n, after) = self.window(size, in_place), self.units_left(last)
        self.takes(memory, self.state(memory, "group", place, n, unit, 1,
                                      self.rest),
                   self.after_unit(memory, place, last, after, unit), self.rest)

