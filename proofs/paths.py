# SPDX-License-Identifier: ISC
"""One unit of every length from 16 to 2^24, and runs of any number of units of
every multiple of 512 up to that, by induction over the loops.

    Paths(isa, direction, function)     of an engine, which says what its are
    paths.names()                       all that has to be proved
    paths.prove(name, in_place)         the path that it proved, as a set; or
                                        Refused

A cut is the head of a loop, or where one ends, and a state says what holds
there, for some numbers, a tweak and what is left to do.  A path leads from the
call or a cut to the next cut or to the return.  Each is run once, from any state for which what
is said of its beginning holds, to one for which it has to hold again.  On the
way in and out are windows: just the bytes that the path has to turn into the
result, so that to reach for others is to reach outside.  Numbers of units and
of groups are Linear where they are not one, as is the length of a unit.

What follows from all the paths by induction is for the reader: names() of each
engine has the argument.  It takes for granted that the rest of a unit, from any
block on that is whole, is what the standard makes of it with the tweak of that
block (spec.py's rest_of_unit, which rules.py tries); and that what is left
falls on each path back to a cut, so that all of them end.
"""

import spec
from contract import enter_run
from prover import Prover
from spec import ENCRYPT
from values import Callers, Linear, Pointer, Secret, require

ANY = "any"             # a value that may be secret, and that nothing needs
UNIT = 512
SHORTEST = 16
GROUP = 128                             # bytes of 8 blocks


def rest_of(size):
    """After whole groups of 8: blocks, 0 to 7, that are not stolen from; and,
    with one more block, a tail of 0 to 15 bytes."""
    tail = size % 16
    return (size // 16 - (tail != 0)) % 8, tail


def size_of(blocks, tail):
    return 16 * blocks + (tail and 16 + tail)


# Lengths without such a group.
SHORT = [size for size in range(SHORTEST, 2 * GROUP)
         if size == size_of(*rest_of(size))]


def any_length(least=1):
    """Any length of a unit: a multiple of 512."""
    return Linear("u", UNIT, 0, least)


def all_lengths(parts):
    """Is each length of a unit in exactly one of these?  (least, step) is
    least and each length that is longer by a multiple of step; or, with step 0,
    least alone.  From where all began it is the same every 512."""
    return (all(UNIT % step == 0 and least <= 3 * UNIT if step else
                least < 3 * UNIT for least, step in parts)
            and all(sum(length >= least and (length - least) % step == 0
                        if step else length == least
                        for least, step in parts) == 1
                    for length in range(SHORTEST, 4 * UNIT)))


def left(last):
    """The count that is left: one, or more; and how many after that."""
    return (1, 0) if last else (Linear("left", least=2),
                                Linear("left", plus=-1, least=2))


class Paths(Prover):
    """A machine's own has OUT and IN, the registers with these arguments, and
    assume() and check() of a state, which has x, the registers, and at, its
    cut; an engine's, names() and LENGTHS, what they say of the lengths of a
    unit (all_lengths); PATHS and BYTES, how many names there are and how many
    bytes of results."""

    def __init__(self, isa, direction, function):
        super().__init__(isa, direction, function)
        self.anything = {}
        self.keys = (self.schedule if direction == ENCRYPT else
                     spec.decrypt_schedule(self.algebra, self.schedule))
        self.rest = self.algebra.symbol("T", 128)   # tweak of some block
        self.numbers = [self.tweak]
        self.find_cuts()

    def find_cuts(self):
        """Find where branches lead back to, in the order of the branches."""
        self.cuts = [to for at, to in sorted(self.code.edges) if to <= at]

    def number(self, i):
        """The tweak of some unit, as a number, plus i.  First tweaks have a
        name before they are met."""
        while len(self.numbers) <= i:
            self.numbers.append(spec.next_unit(self.algebra,
                                               self.numbers[-1]))
        for number in self.numbers:
            self.xts.first_tweak(number)
        return self.numbers[i]

    def any(self, name, width):
        """A value of which nothing is known."""
        if name not in self.anything:
            self.anything[name] = self.algebra.symbol(name, width)
        return self.anything[name]

    def half(self, value, i):
        return self.algebra.slice(value, 64 * i, 64)

    def same(self, held, value):
        if isinstance(held, Secret) and isinstance(value, Secret):
            return self.algebra.same(held, value)
        if type(held) is Callers and type(value) is Callers:
            return held.name == value.name
        return held == value

    def prove(self, name, *asked):
        kind, *rest = name
        self.set_up(*asked[:-1])
        getattr(self, kind)(asked[-1], *rest)
        return {(name, *asked)}

    def set_up(self):
        """Set up what else the machine requires of a call."""

    def window(self, size, in_place):
        memory = self.memory(size, in_place)
        memory.out.stored = []
        return memory

    def called(self, memory, n, unit):
        """Run from the call to where it stops."""
        enter_run(self.machine, memory, self.vectors, n, unit)
        return self.code.run(0, self.cuts)

    def arrives(self, memory, stopped, state, done=0):
        """At a cut, with so much of the window behind it; or, with None,
        returns."""
        require(stopped == (None if state is None else state.at),
                "does not come to where it should")
        if state is None:
            self.machine.check_return(memory.stack, self.vectors)
        else:
            state.x[self.OUT] = Pointer(memory.out, done)
            state.x[self.IN] = Pointer(memory.data, done)
            self.check(memory, state)

    def takes(self, memory, before, after, tweak):
        """From one cut to another, or, with None, to the return; the window
        becomes what follows from the block on that has this tweak."""
        size = memory.data.size
        self.assume(memory, before)
        self.arrives(memory, self.code.run(before.at, self.cuts), after, size)
        self.check_result(memory, tweak, *self.data(size))

    def later(self, tweak, size):
        """This many bytes further on."""
        return self.xts.powers(tweak, size // 16 + 1)[-1]

    def nothing(self, in_place):
        """n is 0, and all else is the caller's: nothing can be read, written,
        or depended on."""
        memory = self.window(0, in_place)
        arguments = [Callers(name) for name in
                     ("out", "in", "n", "unit", "tweak", "keys")]
        arguments[2] = 0
        self.machine.enter(memory.stack, self.vectors, *arguments)
        self.arrives(memory, self.code.run(), None)

    def call(self, in_place):
        """n is not 0, and unit a multiple of 512: to the first unit."""
        memory = self.window(0, in_place)
        n, unit = self.any_units(), any_length()
        state = self.unit_state(memory, n, unit)
        self.arrives(memory, self.called(memory, n, unit), state)

    def whole(self, in_place, size):
        """All of a call for one unit."""
        memory = self.window(size, in_place)
        self.arrives(memory, self.called(memory, 1, size), None)
        self.check_result(memory, self.xts.first_tweak(self.tweak),
                          *self.data(size))
