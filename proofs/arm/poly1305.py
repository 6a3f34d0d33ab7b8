# SPDX-License-Identifier: ISC
"""Poly1305 of Arm64's engine, for any number of blocks, by induction over its
two loops (../poly1305_blocks.py).  The stack is not in use, nor are vectors.
"""

from collections import namedtuple

import poly1305_blocks
from arm.code import Code, entry
from arm.general import is_link
from arm.machine import SP, STACK, Machine
from integers import Integers, scaled
from poly1305_blocks import Blocks
from values import Callers, Linear, Pointer, public, require

Engine = namedtuple("Engine", "name")
ENGINES = Engine("mul64"),              # as poly1305_backends has them
SKEWS = 0,                              # the stack pointer needs no more

TAG, IN, N, END, LAST, KEY = range(6)
H, R, ONE = (6, 7, 8), (9, 10, 11), 12
CLOBBERED = range(18)


class Prover(Blocks):
    N, IN, H, R = N, IN, H, R

    def __init__(self, engine, function, skew):
        self.engine = engine
        self.algebra = Integers()
        self.machine = Machine(self.algebra)
        self.code = Code(self.machine, function)
        self.set_up(2)

    def at_single(self, stopped, loop, n, last):
        """At the head of the first or the second loop; or at the tag."""
        require(stopped == loop, "does not come to where it should")
        x, memory = self.machine.x, self.memory_now
        for i, name in (TAG, "tag"), (END, "end"), (KEY, "key"):
            require(x[i] == Pointer(memory[name], 0), f"{name} is not kept")
        require(x[LAST] == last, "last is not kept")
        require(type(x[ONE]) is int and x[ONE] == 1, "1 is another number")
        if loop == self.tag:
            require(public(x[N]) and public(x[IN]), "x1 or x2 is a secret")
        else:
            require(x[N] == n, "another number of blocks")
            require(x[IN] == Pointer(memory[
                "in" if loop == self.first else "end"], 0),
                "another block is next")
        r = self.value([x[i] for i in R[:2]], (0, 64))
        require(r == self.r and scaled(self.meaning(x[R[2]])[0], 4)
                == scaled(self.meaning(x[R[1]])[0], 5), "r is another")
        self.check_kept()

    def check_kept(self):
        """The caller's registers, all vectors, and the stack."""
        machine, link = self.machine, self.code.link()
        for i in range(len(CLOBBERED), 30):
            require(is_link(machine.x[i], f"x{i}"), f"x{i} is another")
        require(is_link(machine.x[30], link.name), "x30 is another")
        require(machine.x[SP] == Pointer(self.stack, STACK), "sp is another")
        require(all(map(self.algebra.same, machine.v, self.vectors)),
                "a vector is another")
        require(not any(self.stack.used), "the stack was written")

    def poison(self, keep):
        """Of N and IN any public value, which is looked at when a path comes to
        a head; of what is clobbered besides, anything."""
        x = self.machine.x
        for i in {*CLOBBERED} - {TAG, END, LAST, KEY, ONE, *keep}:
            x[i] = (Callers(f"any x{i}") if i in (N, IN)
                    else self.algebra.symbol(f"any x{i}", 64))
        self.machine.zero = self.machine.carry = self.algebra.symbol("any", 1)

    def put_last(self, last):
        self.machine.x[LAST] = last

    def forget_frame(self):
        """There is none."""

    def snapshot(self):
        return list(self.machine.x), self.memory_now

    def restore(self, saved):
        x, self.memory_now = saved
        self.machine.x[:] = x


def found(program, engine, place):
    """With the branch protection that the program was built for."""
    function = poly1305_blocks.found(program, engine, place)
    return function._replace(entry=entry(program))


def paths(prover):
    some = Linear("last", least=1)
    yield "short", 0, 0
    yield "short", 0, some
    yield "short", Linear("n", least=1), prover.any_last
    yield "single", prover.first, some
    yield "single", prover.first, 0
    yield "single", prover.second, some
    yield "tag_path",
