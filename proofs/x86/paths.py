# SPDX-License-Identifier: ISC
"""One unit of every length from 16 to 2^24, and runs of any number of units of
every multiple of 512 up to that, by induction over the loops.

    Paths(isa, direction, function)     of an engine: aesni.py, vaes256.py,
                                        vaes512.py
    paths.names()                       all that has to be proved
    paths.prove(name, skew, in_place)   the path that it proved, as a set; or
                                        Refused

A cut is the head of a loop, and a State says what holds there, for some
numbers, a tweak and what is left to do. A path leads from the call or a cut to
the next cut or to the return. Each is run once, from any state for which what
is said of its beginning holds, to one for which it has to hold again. On the way
in and out are windows: just the bytes that the path has to turn into the result,
so that to reach for others is to reach outside. Numbers of units and of groups
are Linear where they are not one, as is the length of a unit.

What follows from all the paths by induction is for the reader: names() of each
engine has the argument.
"""

from collections import namedtuple

import spec
from contract import enter_run
from prover import Prover
from spec import ENCRYPT
from values import (Callers, Linear, Pointer, Region, Secret, piece,
                    require)
from x86.machine import NAMES, STACK

# x: by name; z: lanes, the rest of which are zero; stack: by distance from
# rsp. What is not there is the caller's, and of the stack not written.
State = namedtuple("State", "at x z k stack")

ANY = "any"             # a value that may be secret, and that nothing needs
STALE = "stale"         # the same in memory; it may not even have been written

LONGEST = 1 << 24
UNIT = 512


class Stack(Region):
    """Some of it may not have been written, and must not be read."""

    def load(self, algebra, at, size):
        require(not any(STALE in repr(self.cells[start][1])
                        for start in range(max(at - 15, 0), at + size)
                        if start in self.cells
                        and start + self.cells[start][0] > at),
                f"reads what may not have been written: rsp + {at}")
        return super().load(algebra, at, size)


class Out(Region):
    """What passes through it is remembered."""

    def store(self, algebra, at, size, value):
        super().store(algebra, at, size, value)
        self.written.append((at, size, value))


class Paths(Prover):
    def __init__(self, isa, direction, function):
        super().__init__(isa, direction, function)
        self.direction, self.anything = direction, {}
        self.keys = (self.schedule if direction == ENCRYPT else
                     spec.decrypt_schedule(self.algebra, self.schedule))
        self.rest = self.algebra.symbol("T", 128)   # tweak of some block
        self.numbers = [self.algebra.symbol("M", 128)]
        # Where branches lead back to, in the order of the branches.
        self.cuts = [to for at, to in sorted(self.code.edges) if to <= at]

    def number(self, i):
        """The tweak of some unit, as a number, plus i. First tweaks have a name
        before they are met."""
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

    def rounds(self, number, count):
        """Of the first tweak, so many on the way."""
        algebra = self.algebra
        state = algebra.xor(number, self.tweak_schedule[0])
        for key in self.tweak_schedule[1:count + 1]:
            state = algebra.xor(algebra.mix_columns(algebra.sub_bytes(
                algebra.shift_rows(state))), key)
        return state

    # States

    def lanes(self, value, i):
        if value is ANY:
            return [self.any(f"any zmm{i}.{lane}", 128) for lane in range(4)]
        return [*value, *[self.machine.nothing] * (4 - len(value))]

    def assume(self, memory, state):
        machine = self.machine
        machine.reset()
        rsp = state.x["rsp"]
        machine.set_sp(rsp)
        for name, value in state.x.items():
            if name != "rsp":
                machine.x[NAMES.index(name)] = (
                    self.any(f"any {name}", 64) if value is ANY else value)
        machine.z[:] = [self.lanes(state.z.get(i, self.vectors[i]), i)
                        for i in range(32)]
        for i, value in state.k.items():
            machine.k[i] = (self.any(f"any k{i}", 8) if value is ANY else value)
        machine.carry = self.any("any carry", 1)
        machine.zero = self.any("any zero", 1)
        for at, value in state.stack.items():
            size = 8 if type(value) is Callers else 16
            memory.stack.preset(self.algebra, rsp.offset + at, size, self.any(
                STALE, 128) if value is STALE else value)

    def check(self, memory, state):
        """It holds."""
        machine, algebra, rsp = self.machine, self.algebra, state.x["rsp"]
        for i, name in enumerate(NAMES):
            value = state.x.get(name, Callers(name))
            require(value is ANY or self.same(machine.x[i], value),
                    f"{name} is {machine.x[i]!r}, not {value!r}")
        for i in range(32):
            value = state.z.get(i, self.vectors[i])
            require(value is ANY or all(map(
                algebra.same, machine.z[i], self.lanes(value, i))),
                    f"zmm{i} is another")
        for i in range(8):
            value = state.k.get(i, Callers(f"k{i}"))
            require(value is ANY or self.same(machine.k[i], value),
                    f"k{i} is {machine.k[i]!r}, not {value!r}")
        used = bytearray(memory.stack.size)
        used[STACK:] = memory.stack.used[STACK:]
        for at, value in state.stack.items():
            start, size = rsp.offset + at, 8 if type(value) is Callers else 16
            used[start:start + size] = b"\1" * size
            require(value is STALE or self.same(
                memory.stack.load(algebra, start, size), value),
                f"what is at rsp + {at} is another")
        require(all(one <= other for one, other in
                    zip(memory.stack.used, used)),
                "more of the stack was written")

    def same(self, held, value):
        if isinstance(held, Secret) and isinstance(value, Secret):
            return self.algebra.same(held, value)
        if type(held) is Callers and type(value) is Callers:
            return held.name == value.name
        return held == value

    # Paths

    def prove(self, name, skew, in_place):
        """skew: of rsp at the call, modulo 64."""
        self.machine.skew = skew
        kind, *rest = name
        getattr(self, kind)(in_place, *rest)
        return {(name, skew, in_place)}

    def window(self, size, in_place):
        memory = self.memory(size, in_place)
        memory.stack.__class__, memory.out.__class__ = Stack, Out
        memory.out.written = []
        return memory

    def called(self, memory, n, unit):
        """From the call to where it stops."""
        memory.tweak.preset(self.algebra, 0, 16, self.number(0))
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
            state.x["rdi"] = Pointer(memory.out, done)
            state.x["rsi"] = Pointer(memory.data, done)
            self.check(memory, state)

    def takes(self, memory, before, after, tweak):
        """From one cut to another, or, with None, to the return; the window
        becomes what follows from the block on that has this tweak."""
        size = memory.data.size
        self.assume(memory, before)
        self.arrives(memory, self.code.run(before.at, self.cuts), after, size)
        self.writes(memory, tweak, size)

    def writes(self, memory, tweak, size):
        """And nothing else passes through it on the way, but for zeros."""
        self.check_result(memory, self.xts.rest_of_unit(tweak,
                                                        *self.data(size)))
        algebra, zero = self.algebra, self.algebra.constant(8, 0)
        for at, length, value in memory.out.written:
            if not algebra.same(memory.out.load(algebra, at, length), value):
                require(all(algebra.same(piece(algebra, value, length, i, 1),
                                         zero) or
                            algebra.same(piece(algebra, value, length, i, 1),
                                         memory.out.load(algebra, at + i, 1))
                            for i in range(length)),
                        f"out + {at} has held what is no part of the result")

    def later(self, tweak, size):
        """So many bytes on."""
        return self.xts.powers(tweak, size // 16 + 1)[-1]

    def nothing(self, in_place):
        """n is 0, and unit any number; there is nothing to read or write."""
        memory = self.window(0, in_place)
        out, data, tweak, keys = (Callers(name) for name in
                                  ("rdi", "rsi", "r8", "r9"))
        self.machine.enter(memory.stack, self.vectors, out, data, 0,
                           Linear("unit"), tweak, keys)
        self.arrives(memory, self.code.run(), None)

    def call(self, in_place):
        """n is not 0, and unit a multiple of 512: to the first unit."""
        memory = self.window(0, in_place)
        n, unit = self.any_units(), any_length(1)
        state = self.unit_state(memory, n, unit)
        self.arrives(memory, self.called(memory, n, unit), state)


def any_length(least):
    """Of a unit: a multiple of 512."""
    return Linear("u", UNIT, 0, least)


def left(last):
    """Of what is counted down: one, or more; and how many after that."""
    return (1, 0) if last else (Linear("left", least=2),
                                Linear("left", plus=-1, least=2))
