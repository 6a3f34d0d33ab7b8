# SPDX-License-Identifier: ISC
"""What the paths of the three engines for x86-64 share (../paths.py): aesni.py,
vaes256.py, vaes512.py.

Cuts: "group", in a unit that is not the last; "unit", before each of these;
"last", in the last unit, which may have any length if it is the only one,
before each group of blocks; and "rest", after all of them.
"""

from collections import namedtuple
from itertools import product

import paths
from paths import ANY, SHORTEST, left, size_of
from values import Callers, Linear, Pointer, Region, Secret, require
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


def rests(group):
    """What may be left of a unit after groups of this many bytes: blocks that
    are not stolen from; and, with one more block, a tail."""
    return product(range(group // 16), range(16))


def lengths(group):
    """Of a unit: without such a group, and with any number of them."""
    sizes = [size_of(*rest) for rest in rests(group)]
    return [*((size, 0) for size in sizes if size >= SHORTEST),
            *((group + size, group) for size in sizes)]


def bytes_of_rests(group):
    """All of them together, by Gauss: 16 times each number of blocks; and as
    often as there are such, a block and 1 to 15 bytes."""
    blocks = group // 16
    return (16 * 16 * (blocks * (blocks - 1) // 2)
            + blocks * (15 * 16 + 15 * 16 // 2))


class Paths(paths.Paths):
    """An engine has LAST, the bytes of a group of the last unit; FEWEST, of a
    unit: a shorter one is another engine's; and last_state()."""

    OUT, IN = "rdi", "rsi"

    def find_cuts(self):
        """But for the loops over what is left after the last unit's groups."""
        loops = [(at, to) for at, to in sorted(self.code.edges) if to <= at]
        (_, group), (_, unit), (at, last) = loops[:3]
        self.cuts = [group, unit, last, at + 1]

    def last_names(self):
        """Of the last unit, after groups: each has some bytes left. If it is
        the only one, "call_one" leads to its groups or, where it has none, to
        what is left; or, where it is too short, "elsewhere" to another engine,
        in the state of the call. It goes by "last_more" from group to group and
        from the last of them to what is left, and by "rest_of_last" to the
        return."""
        for rest in rests(self.LAST):
            size = size_of(*rest)
            if size >= self.FEWEST:
                yield "call_one", False, *rest
            elif size >= SHORTEST:
                yield "elsewhere", size
        yield from (("call_one", True, *rest) for rest in rests(self.LAST))
        yield from [("last_more", False), ("last_more", True)]
        yield from (("rest_of_last", *rest) for rest in rests(self.LAST))

    def last_cut(self, groups):
        """Before that many, or after the last."""
        return self.cuts[3 if groups == 0 else 2]

    def units_left(self, last):
        """Of units before the last one: one, or more; and how many after it,
        the last one included in both."""
        n = Linear("n", least=3)
        return (2, 1) if last else (n, n.shifted(-1))

    def before_last(self, n):
        """Of n units."""
        return n.shifted(-1) if type(n) is Linear else n - 1

    def any_units(self):
        """And one more, the last."""
        return Linear("n", least=2)

    def call_one(self, in_place, more, blocks, tail):
        memory, stolen = self.window(0, in_place), tail and 16 + tail
        whole, groups, unit = 16 * blocks, 0, 16 * blocks + stolen
        if more:
            whole = Linear("groups", self.LAST, whole, 1)
            groups, unit = Linear("groups", least=1), whole.shifted(stolen)
        state = self.last_state(memory, whole, tail, groups,
                                self.xts.first_tweak(self.number(0)))
        self.arrives(memory, self.called(memory, 1, unit), state)

    def elsewhere(self, in_place, size):
        memory = self.window(0, in_place)
        state = State(self.code.tail_call, {
            "rsp": Pointer(memory.stack, STACK), "rdx": 1, "rcx": size,
            "rax": ANY, "r8": Pointer(memory.tweak, 0),
            "r9": Pointer(memory.keys, 0)}, {}, {}, {})
        self.arrives(memory, self.called(memory, 1, size), state)

    def last_more(self, in_place, last):
        memory, (groups, after) = self.window(self.LAST, in_place), left(last)
        whole, tail = Linear("whole"), Linear("tail")
        self.takes(memory, self.last_state(memory, whole, tail, groups,
                                           self.rest),
                   self.last_state(memory, whole, tail, after, self.later(
                       self.rest, self.LAST)), self.rest)

    def rest_of_last(self, in_place, blocks, tail):
        memory = self.window(size_of(blocks, tail), in_place)
        whole = Linear("groups", self.LAST, 16 * blocks)
        self.takes(memory, self.last_state(memory, whole, tail, 0, self.rest),
                   None, self.rest)

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
