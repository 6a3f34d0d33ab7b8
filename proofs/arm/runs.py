# SPDX-License-Identifier: ISC
"""What holds at the head of the loop that takes units, on Arm64 (runs.py)."""

import runs
import spec
from arm.machine import SP, STACK
from spec import ROUNDS
from values import Pointer, Secret, require

# The frame, from sp on: what was saved, 8 slots of what opens and what closes
# a block, a ninth, the next unit's tweak as a number, and encrypted.
SAVED, SLOTS, NUMBER, FRAME = 0, 80, 368, 400
KEPT_REGISTERS = *range(18, 29), 30     # x30 as it is, signed or not


class Runs(runs.Runs):
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
        after = spec.next_unit(algebra, tweak)
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
