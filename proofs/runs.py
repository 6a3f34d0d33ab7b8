# SPDX-License-Identifier: ISC
"""Any number of units of 512 bytes, or of a multiple up to 4096, from any
tweak, by induction over the loop that takes units.

    Runs(isa, direction, function).prove(unit, in_place)
                                the paths that it proved: the name of each and
                                what else it is about; or Refused

Let N be the tweak given.  At the loop's head, before unit j (from 0), with
n - j > 0 units left, loop_state() holds for the tweak N + j modulo 2^128.
Proved are
    nothing   n = 0: returns, and touches nothing, whatever unit is
    base      n > 0: from the call to the head, where it holds for j = 0
    step      from any state where it holds, when another unit is left: to the
              head, where it holds for j + 1; unit j was written as the
              standard says, and nothing else
    exit      the same when none is left: returns as a call has to
In step and exit N + j is any 128-bit number M, and in and out are what unit j
takes of them: to reach for another unit is to reach outside.  So by induction
on j all n units are right; and the number of units left falls to 0, so that it
ends.  M + 1 is proved equal modulo 2^128, which is where tweaks wrap round.

A machine's own Runs says where the loop is and what holds there:
    head()                          the index of its first instruction
    check_head(memory, unit, tweak, units, start)
                                    requires loop_state(), of the unit with this
                                    tweak, which starts at byte start of in and
                                    out
    assume_head(memory, base, unit, tweak, units, start)
                                    makes a state of which no more is known
    saved(memory)                   what no unit may change
"""

import spec
from contract import enter_run
from prover import Prover
from spec import ENCRYPT
from values import Count, require

UNITS = range(512, 4097, 512)


class Runs(Prover):
    def __init__(self, isa, direction, function):
        super().__init__(isa, direction, function)
        self.keys = (self.schedule if direction == ENCRYPT else
                     spec.decrypt_schedule(self.algebra, self.schedule))
        self.any_tweak = self.algebra.symbol("M", 128)
        self.xts.tweaks(self.tweak, 9)          # defined before they are met
        self.xts.tweaks(self.any_tweak, UNITS[-1] // 16 + 1)
        self.xts.tweaks(spec.next_unit(self.algebra, self.any_tweak), 9)

    def run(self, start, stops, zero):
        """n, or what is left of it, is met once, and is 0 or is not."""
        asked = []

        def decide(count):
            asked.append(count)
            return zero
        self.machine.decide = decide
        stopped = self.code.run(start, stops)
        require(len(asked) == 1, "not one decision on the number of units")
        return stopped, asked[0]

    def prove(self, unit, in_place):
        self.prove_nothing(in_place)
        base = self.prove_base(unit, in_place)
        self.prove_step(unit, in_place, base, False)
        self.prove_step(unit, in_place, base, True)
        return {("nothing", in_place), *(
            (path, unit, in_place) for path in ("base", "step", "exit"))}

    def prove_nothing(self, in_place):
        """unit is not known either, so that nothing can depend on it; in and
        out have no byte."""
        memory = self.memory(0, in_place)
        enter_run(self.machine, memory, self.vectors, Count("n"),
                  Count("unit"))
        require(self.run(0, (), True) == (None, Count("n")), "does not return")
        self.machine.check_return(memory.stack, self.vectors)

    def prove_base(self, unit, in_place):
        """What was saved at the head."""
        memory = self.memory(unit, in_place)
        before = dict(memory.out.cells)
        enter_run(self.machine, memory, self.vectors, Count("n"), unit)
        head = self.head()
        require(self.run(0, [head], False) == (head, Count("n")),
                "does not come to the loop's head")
        self.check_head(memory, unit, self.tweak, Count("n"), 0)
        require(memory.out.cells == before, "writes before the first unit")
        return self.saved(memory)

    def prove_step(self, unit, in_place, base, is_last):
        machine, algebra = self.machine, self.algebra
        head, tweak = self.head(), self.any_tweak
        memory = self.memory(unit, in_place)
        self.assume_head(memory, base, unit, tweak, Count("left"), 0)
        stopped, count = self.run(head, [head], is_last)
        require(count == Count("left", 1), "not one unit was counted")
        if is_last:
            require(stopped is None, "does not return after the last unit")
            machine.check_return(memory.stack, self.vectors)
        else:
            require(stopped == head, "does not come back to the head")
            self.check_head(memory, unit, spec.next_unit(algebra, tweak),
                            Count("left", 1), unit)
            require(self.saved(memory) == base, "what was saved has changed")
        self.check_result(memory, self.xts.unit(tweak, *self.data(unit)))
