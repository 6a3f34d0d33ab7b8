# SPDX-License-Identifier: ISC
"""The base of proofs about one function: its code on a machine of symbols."""

import spec
from contract import Memory
from execute import code_of
from spec import ROUNDS
from terms import Terms
from values import require, secret


class Prover:
    """Of a run of units, in one direction.  Every round key is a symbol of its
    own, so that keys which no key expands to are proved as well."""

    def __init__(self, isa, direction, function):
        self.algebra = Terms(isa.NAMED)
        self.code = code_of(isa, self.algebra, function)
        self.machine = self.code.machine
        self.schedule = self.symbols("K", ROUNDS + 1)
        self.tweak_schedule = self.symbols("tweak K", ROUNDS + 1)
        self.vectors = self.machine.callers_vectors(self.algebra.symbol)
        self.tweak = self.algebra.symbol("tweak", 128)
        self.xts = spec.Xts(self.algebra, direction, self.schedule,
                            self.tweak_schedule)
        self.blocks = []
        self.compared = 0               # bytes of results, so far

    def symbols(self, name, count):
        return [self.algebra.symbol(f"{name}{i}", 128) for i in range(count)]

    def data(self, size):
        """Blocks, and what is left of the one after them."""
        while 16 * len(self.blocks) < size:
            name = f"P{len(self.blocks)}"
            self.blocks.append(self.algebra.symbol(name, 128))
        whole, rest = divmod(size, 16)
        if rest == 0:
            return self.blocks[:whole], None
        return self.blocks[:whole], self.algebra.slice(self.blocks[whole], 0,
                                                       8 * rest)

    def memory(self, size, in_place):
        """As C has it at the call."""
        memory = Memory(self.machine, size, in_place)
        blocks, tail = self.data(size)
        memory.fill(memory.data, 0, [*blocks, tail])
        memory.fill(memory.tweak, 0, [self.tweak])
        memory.fill_keys(self.schedule, self.tweak_schedule)
        return memory

    def check_result(self, memory, tweak, blocks, tail):
        """All of out is what the standard makes of these, from the block on
        that has this tweak; and so was all that was ever stored there."""
        same, out = self.algebra.same, memory.out
        results, last = self.xts.rest_of_unit(tweak, blocks, tail)
        at = 0
        for value in [*results, last]:
            if value is not None:
                size = value.width // 8
                require(same(out.load(self.algebra, at, size), value),
                        f"what is written at out + {at} is not what the "
                        "standard says")
                at += size
        require(at == out.size, "not all of the result was compared")
        self.compared += at
        start, passes = None, ()
        if tail is not None:
            start = 16 * len(blocks) - 16
            passes = self.xts.passes(tweak, blocks, tail)
        for at, size, value in out.stored:
            self.check_stored(out, at, size, value, start, passes)

    def check_stored(self, out, at, size, value, start, passes):
        """Check that it is the result.  Where bytes are stolen, from start on,
        each byte may be zero, too, or of passes, as far as these reach."""
        algebra = self.algebra
        same, value = algebra.same, secret(algebra, value, 8 * size)
        good = same(value, out.load(algebra, at, size))
        if not good and passes and at >= start:
            zero = algebra.constant(8, 0)
            good = all(any(same(algebra.slice(value, 8 * i, 8), known)
                           for known in (
                               zero, out.load(algebra, at + i, 1),
                               *(algebra.slice(block, 8 * (at + i - start), 8)
                                 for block in passes if at + i < start + 16)))
                       for i in range(size))
        require(good, f"what passes through out + {at} is no part of the "
                "result")
