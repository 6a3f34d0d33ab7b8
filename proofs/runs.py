# SPDX-License-Identifier: ISC
"""Any number of units of 512 bytes, or of a multiple up to 4096, from any
tweak, by induction over the loop that takes units.

    Runs(direction, function).prove(unit, in_place)
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
"""

from contract import STACK, check_return, enter_run
from machine import SP, Count, Pointer, Secret, require
from prover import Prover
from spec import ENCRYPT, ROUNDS, decrypt_schedule, next_unit

UNITS = range(512, 4097, 512)

# The frame, from sp on: what was saved, 8 slots of what opens and what closes
# a block, a ninth, the next unit's tweak as a number, and encrypted.
SAVED, SLOTS, NUMBER, FRAME = 0, 80, 368, 400
KEPT_REGISTERS = *range(18, 29), 30     # x30 as it is, signed or not


class Runs(Prover):
    def __init__(self, direction, function):
        super().__init__(direction, function)
        self.keys = (self.schedule if direction == ENCRYPT else
                     decrypt_schedule(self.algebra, self.schedule))
        self.any_tweak = self.algebra.symbol("M", 128)
        self.xts.tweaks(self.tweak, 9)          # defined before they are met
        self.xts.tweaks(self.any_tweak, UNITS[-1] // 16 + 1)
        self.xts.tweaks(next_unit(self.algebra, self.any_tweak), 9)

    def head(self):
        """Where the loop begins."""
        back = [at + (fields["i"] - (1 << 19))
                for at, (form, _, fields) in enumerate(self.code.instructions)
                if form == "cbnz" and fields["t"] == 2 and fields["i"] >> 18]
        require(len(back) == 1, "not one loop that counts units in x2")
        return back[0]

    def loop_state(self, memory, unit, tweak, units, start):
        """What holds at the head, of the unit with this tweak, which starts at
        byte start of in and out: registers, vector registers, and what lies in
        the frame, in pieces of 16 bytes."""
        algebra = self.algebra
        first, last = self.keys[0], self.keys[ROUNDS]
        *tweaks, ninth = self.xts.tweaks(tweak, 9)
        after = next_unit(algebra, tweak)
        x = {0: Pointer(memory.out, start), 1: Pointer(memory.data, start),
             2: units, 3: unit, 5: Pointer(memory.keys, 0), 11: 0x87,
             SP: Pointer(memory.stack, STACK - FRAME),
             29: Pointer(memory.stack, STACK - FRAME)}
        for (low, high), value in {(4, 6): after, (9, 10): ninth,
                                   (14, 15): first, (16, 17): last}.items():
            x[low] = algebra.slice(value, 0, 64)
            x[high] = algebra.slice(value, 64, 64)
        v = {15 + i: self.keys[i] for i in range(1, ROUNDS)}
        v[31] = self.vectors[31]                # is not used
        frame = {NUMBER: after}
        for j, value in enumerate(tweaks):
            frame[SLOTS + 32 * j] = algebra.xor(value, first)
            frame[SLOTS + 32 * j + 16] = algebra.xor(value, last)
        return x, v, frame

    def check_head(self, memory, *which):
        """It holds."""
        algebra, machine = self.algebra, self.machine
        x, v, frame = self.loop_state(memory, *which)
        for i, value in x.items():
            held = machine.x[i]
            require(held == value or isinstance(held, Secret)
                    and isinstance(value, Secret)
                    and algebra.same(held, value),
                    f"x{i} at the loop's head is {held!r}, not {value!r}")
        for i, value in v.items():
            require(algebra.same(machine.v[i], value),
                    f"v{i} at the loop's head is another")
        for at, value in frame.items():
            held = memory.stack.load(algebra, STACK - FRAME + at, 16)
            require(algebra.same(held, value),
                    f"sp + {at} at the loop's head is another")

    def saved(self, memory):
        """What loop_state leaves out and no unit may change; and which bytes
        of the stack were written."""
        stack, at = memory.stack, STACK - FRAME
        return ([self.machine.x[i] for i in KEPT_REGISTERS],
                [stack.load(self.algebra, at + i, 8)
                 for i in range(SAVED, SLOTS, 8)], bytes(stack.used))

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
        check_return(self.machine, memory.stack, self.vectors)

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
            check_return(machine, memory.stack, self.vectors)
        else:
            require(stopped == head, "does not come back to the head")
            self.check_head(memory, unit, next_unit(algebra, tweak),
                            Count("left", 1), unit)
            require(self.saved(memory) == base, "what was saved has changed")
        self.check_result(memory, self.xts.unit(tweak, *self.data(unit)))

    def assume_head(self, memory, base, *which):
        """loop_state, and what was saved; all else is symbols, which nothing
        that is wanted depends on, and of which nothing may be left."""
        algebra, machine = self.algebra, self.machine
        x, v, frame = self.loop_state(memory, *which)
        machine.reset()
        machine.set_sp(x.pop(SP))
        for i in *range(18), 29:
            machine.x[i] = x.get(i, algebra.symbol(f"any x{i}", 64))
        for i in range(32):
            machine.v[i] = v.get(i, algebra.symbol(f"any v{i}", 128))
        stack, sp = memory.stack, STACK - FRAME
        for at in range(0, FRAME, 16):
            if base[2][sp + at]:
                stack.preset(algebra, sp + at, 16, frame.get(
                    at, algebra.symbol(f"any sp + {at}", 128)))
        registers, saved, _ = base
        for i, value in zip(KEPT_REGISTERS, registers):
            machine.x[i] = value
        for at, value in zip(range(SAVED, SLOTS, 8), saved):
            stack.preset(algebra, sp + at, 8, value)
        require(self.saved(memory) == base, "a frame of another shape")
