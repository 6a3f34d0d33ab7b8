# SPDX-License-Identifier: ISC
"""What the paths of the three engines for x86-64 share (../paths.py): aesni.py,
vaes256.py, vaes512.py."""

from collections import namedtuple

import paths
from paths import ANY
from values import Callers, Region, Secret, require
from x86.machine import NAMES, STACK

# x: by name; z: lanes, the rest of which are zero; stack: by distance from
# rsp. What is not there is the caller's, and of the stack not written.
State = namedtuple("State", "at x z k stack")

STALE = "stale"         # in memory, ANY that may not even have been written


def is_stale(value):
    """Is it a part of such?"""
    return isinstance(value, Secret) and any(
        atom.name == STALE for atom, _ in value.parts)


class Stack(Region):
    """Some of it may not have been written, and must not be read."""

    def load(self, algebra, at, size):
        require(not any(is_stale(self.cells[start][1])
                        for start in range(max(at - 15, 0), at + size)
                        if start in self.cells
                        and start + self.cells[start][0] > at),
                f"reads what may not have been written: rsp + {at}")
        return super().load(algebra, at, size)


class Paths(paths.Paths):
    OUT, IN = "rdi", "rsi"

    def set_up(self, skew):
        """Set rsp at the call, modulo 64."""
        self.machine.skew = skew

    def rounds(self, number, count):
        """The first tweak after this many rounds."""
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
        """Check that it holds."""
        require(self.machine.landed, "no endbr64 where an indirect call lands")
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

    def window(self, size, in_place):
        memory = super().window(size, in_place)
        memory.stack.__class__ = Stack
        return memory
