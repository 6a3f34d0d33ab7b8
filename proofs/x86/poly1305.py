# SPDX-License-Identifier: ISC
"""Poly1305 of x86-64's engines, for any number of blocks, by induction over the
loops (../poly1305_blocks.py).  A skew is one alignment of the stack pointer.
poly1305_state.py has the engines and what is known at the head of a loop.

Between two steps h is H0 + 2^64 H1 + 2^128 H2, or the sum of what the lanes of
P hold times powers of r; all of it modulo p = 2^130 - 5.  A loop's state is any
for which its bounds hold; each path is run once from there, and what the
numbers have become is compared as polynomials modulo p.
"""

from integers import plus, scaled, times
from poly1305_blocks import TOP, found
from values import Linear, Pointer, require
from x86.machine import SKEWS
from x86.poly1305_state import (AT, BASE, COUNT, ENGINES, H, IN, KEPT, N, R0,
                                R1, S1, State, bound)


class Prover(State):
    def group(self):
        return 2 * self.engine.lanes

    def to_powers(self, rest):
        """A call with a group or more: to the loop of powers."""
        n = Linear("g", self.group(), rest, least=1)
        stopped = self.call(self.memory(0), n, self.any_last)
        require(stopped == self.powers_head, "not at the powers")
        require(self.h() == {(): 1}, "not from 1 on")
        self.check_powers_state(1, {}, n)
        return n

    def check_powers_state(self, power, rows, n):
        machine = self.machine
        require(machine.x[COUNT] == self.group() + 1 - power
                and machine.x[N] == n and machine.x[AT] == Pointer(
                    self.stack, self.cells(power)[0])
                and machine.x[IN] == Pointer(self.memory_now["in"], 0),
                "counts powers wrong")
        self.check_frame(self.any_last)
        self.check_public()
        self.check_rows(rows)
        self.check_written(self.row_cells(rows))
        self.check_clean_vectors()

    def row_cells(self, rows):
        return [at for power in rows for at in self.cells(power)]

    def check_rows(self, rows):
        for power, limbs in rows.items():
            require(all(self.algebra.same(
                self.stack.load(self.algebra, at, 8), limb)
                for at, limb in zip(self.cells(power), limbs)),
                "the powers are not kept")

    def a_round(self, power):
        """Of the loop of powers, from any r^(power - 1): where it stops, and
        that it makes r^power of that."""
        before = self.h() if power == 1 else self.new_h()
        self.poison({IN, N, COUNT, AT, *H, R0, R1, S1})
        stopped = self.run(self.powers_head)
        limbs = self.row(power)
        self.is_congruent(self.value(limbs, self.engine.limbs),
                          times(before, self.r), f"r^{power}")
        for i, limb in enumerate(limbs):
            require(self.meaning(limb)[1] <= self.most_of_power(i),
                    f"limb {i} of r^{power} is too large")
        return stopped, before

    def powers(self):
        """All rounds but the last, for any n that is a group or more."""
        self.to_powers(0)
        n = self.machine.x[N] = Linear("n", least=self.group())
        rows = {}
        for power in range(1, self.group()):
            stopped, before = self.a_round(power)
            require(stopped == self.powers_head, "leaves the powers")
            self.is_congruent(self.h(), times(before, self.r), "r^i")
            rows[power] = self.new_row(power)
            self.check_powers_state(power + 1, rows, n)

    def long(self, rest):
        """A call with a group or more: and from the last round of powers to the
        loop over groups."""
        machine, group = self.machine, self.group()
        self.to_powers(rest)
        rows = {power: self.new_row(power) for power in range(1, group)}
        machine.x[COUNT] = 1
        machine.x[AT] = Pointer(self.stack, self.cells(group)[0])
        stopped, _ = self.a_round(group)
        require(stopped == self.group_head, "does not come to the groups")
        rows[group] = self.row(group)
        self.check_group_state(rows, rest, Linear("g", least=1), 0)
        require(not any(map(any, (
            [self.meaning(one)[0] for one in self.elements(register)]
            for register in self.engine.p))), "P is not 0 at first")

    def cells(self, power):
        start = self.frame() + self.engine.powers + 8 * (self.group() - power)
        return [start + self.engine.row * i
                for i in range(len(self.engine.limbs))]

    def row(self, power):
        return [self.stack.load(self.algebra, at, 8)
                for at in self.cells(power)]

    def most_of_power(self, i):
        """The top limb also has H2."""
        places = (*self.engine.limbs, 128)
        size = places[i + 1] - places[i]
        if i + 2 < len(places):
            return (1 << size) - 1
        return (1 << size) - 1 + (TOP << size)

    def new_row(self, power):
        """Any limbs of that value: which stand for it from here on."""
        limbs = []
        for i, at in enumerate(self.cells(power)):
            limb = self.algebra.bounded(f"r^{power}", 64,
                                        self.most_of_power(i))
            self.stack.preset(self.algebra, at, 8, limb)
            limbs.append(limb)
        return limbs

    def elements(self, register):
        """A vector's, of 64 bits."""
        return [self.algebra.slice(lane, low, 64)
                for lane in self.machine.z[register] for low in (0, 64)
                ][:self.engine.lanes]

    def put_elements(self, register, one):
        """The same in all lanes."""
        self.machine.put_lanes(register, [self.algebra.join(one, one)]
                               * (self.engine.lanes // 2))

    # A factor is in registers, or in the frame.

    def factor_cells(self, place):
        return [self.frame() + place + 8 * i for i in range(self.engine.lanes)]

    def factor_elements(self, place):
        if self.engine.name == "ifma":
            return self.elements(place)
        return [self.stack.load(self.algebra, at, 8)
                for at in self.factor_cells(place)]

    def put_factor(self, place, one):
        if self.engine.name == "ifma":
            self.put_elements(place, one)
            return
        for at in self.factor_cells(place):
            self.stack.preset(self.algebra, at, 8, one)

    def factor_places(self):
        return [place for _, limbs, more in self.engine.factors
                for place in (*limbs, *more)]

    def check_group_state(self, rows, rest, count, done, last=None):
        engine, machine = self.engine, self.machine
        last = self.any_last if last is None else last
        require(machine.x[COUNT] == count and machine.x[N] == rest
                and machine.x[IN] == Pointer(self.memory_now["in"], done),
                "counts wrong")
        self.check_frame(last)
        self.check_public()
        for register, most in zip(engine.p, engine.most):
            for one in self.elements(register):
                require(self.meaning(one)[1] <= bound(most),
                        "a limb of P is too large")
        for power, limbs, more in engine.factors:
            for i, place in enumerate(limbs):
                require(all(self.algebra.same(one, rows[power][i])
                            for one in self.factor_elements(place)),
                        f"a factor is not r^{power}")
            for i, place in enumerate(more):
                wanted = scaled(self.meaning(rows[power][i + 1])[0],
                                engine.times)
                require(all(self.meaning(one)[0] == wanted
                            for one in self.factor_elements(place)),
                        f"a factor is not {engine.times} r^{power}")
        for register, constant in engine.constants.items():
            require(all(self.algebra.same(one, self.algebra.constant(
                64, constant)) for one in self.elements(register)),
                "a constant is another")
        self.check_upper_lanes()
        self.check_rows(rows)
        written = self.row_cells(rows)
        if engine.name == "avx2":
            written += [at for place in self.factor_places()
                        for at in self.factor_cells(place)]
        self.check_written(written)

    def registers(self):
        """How many vectors the engine has."""
        return 16 if self.engine.name == "avx2" else 32

    def check_upper_lanes(self):
        """What lies above P; and the vectors that the engine does not have."""
        machine, same = self.machine, self.algebra.same
        require(all(same(lane, machine.nothing) for register in self.engine.p
                    for lane in machine.z[register][self.engine.lanes // 2:])
                and all(map(same, machine.z[i], self.vectors[i]) for i in
                        range(self.registers(), 32)),
                "an upper lane is another")

    def new_factors(self):
        """Any powers, and what a group's state has of them: the powers."""
        engine, algebra = self.engine, self.algebra
        rows = {power: self.new_row(power)
                for power in range(1, self.group() + 1)}
        by = algebra.constant(64, engine.times)
        for power, limbs, more in engine.factors:
            for place, limb in zip(limbs, rows[power]):
                self.put_factor(place, limb)
            for place, limb in zip(more, rows[power][1:]):
                self.put_factor(place, algebra.slice(
                    algebra.product(limb, by), 0, 64))
        for register, constant in engine.constants.items():
            self.put_elements(register, algebra.constant(64, constant))
        return rows

    def new_lanes(self):
        """Any limbs of P; and the values of its lanes."""
        engine, algebra = self.engine, self.algebra
        limbs = [[algebra.bounded("P", 64, bound(most))
                  for _ in range(engine.lanes)] for most in engine.most]
        for register, elements in zip(engine.p, limbs):
            self.machine.put_lanes(register, [
                algebra.join(*elements[i:i + 2])
                for i in range(0, engine.lanes, 2)])
        return self.lane_values()

    def lane_values(self):
        elements = [self.elements(register) for register in self.engine.p]
        return [self.value(limbs, self.engine.limbs)
                for limbs in zip(*elements)]

    def groups(self, rest, last):
        """From any state at the head of the loop: back to it, and on, with
        these numbers of blocks left."""
        engine, machine, group = self.engine, self.machine, self.group()
        self.to_powers(0)
        rows = self.new_factors()
        power = {i: self.value(rows[i], engine.limbs) for i in rows}
        self.put_last(last)
        machine.x[N] = rest
        saved = self.snapshot()
        for many in True, False:
            self.restore(saved)
            memory = self.memory_now = self.window(16 * group)
            machine.x[COUNT] = Linear("left", least=2) if many else 1
            machine.x[IN] = Pointer(memory["in"], 0)
            before = self.new_lanes()
            self.any_vectors()
            self.poison({IN, N, COUNT, R0, R1, S1})
            stopped = self.run(self.group_head)
            blocks = [self.block(one) for one in memory["in blocks"]]
            wanted = [plus(
                times(before[lane], power[group]),
                times(blocks[block], power[engine.lanes]),
                blocks[engine.lanes + block])
                for lane, block in enumerate(engine.order)]
            if many:
                require(stopped == self.group_head, "leaves the loop")
                self.check_group_state(
                    rows, rest, Linear("left", plus=-1, least=2), 16 * group,
                    last)
                for got, one in zip(self.lane_values(), wanted):
                    self.is_congruent(got, one, "a group's step")
                continue
            loop = self.after(rest, last)
            self.at_single(stopped, loop, self.left_at(loop, rest, last),
                           last, 16 * group)
            self.is_congruent(self.h(), plus(*(
                times(one, power[engine.lanes - block])
                for one, block in zip(wanted, engine.order))),
                "the sum of lanes")

    def horner(self):
        check_horner(self.engine.lanes)

    def any_vectors(self):
        """Those that a group's state does not name."""
        named = {*self.engine.p, *self.engine.constants}
        if self.engine.name == "ifma":
            named |= {*self.factor_places()}
        for i in {*range(self.registers())} - named:
            self.machine.z[i] = [self.algebra.symbol("any", 128)
                                 for _ in self.machine.z[i]]

    def put_last(self, last):
        self.stack.preset(self.algebra, BASE + KEPT["last"], 8, last)

    def window(self, size):
        """The same objects, with another window on in."""
        memory = {**self.memory_now}
        other = self.memory(size)
        memory["in"], memory["in blocks"] = other["in"], other["in blocks"]
        return memory

    def snapshot(self):
        machine, stack = self.machine, self.stack
        return ([list(machine.x), [list(z) for z in machine.z],
                 list(machine.k)], dict(stack.cells), bytearray(stack.used),
                stack.floor, self.memory_now)

    def restore(self, saved):
        machine, stack = self.machine, self.stack
        (x, z, k), cells, used, stack.floor, self.memory_now = saved
        machine.x[:], machine.z[:], machine.k[:] = x, [*map(list, z)], k
        stack.cells, stack.used = dict(cells), bytearray(used)

def check_horner(lanes):
    """With h = the sum of A[j] r^(lanes - j), a group's step of each A[j] is
    that of h over the blocks in order: h = (h + m[i]) r."""
    def power(i):
        return {(0,) * i: 1}
    a = [{(1 + j,): 1} for j in range(lanes)]
    m = [{(100 + i,): 1} for i in range(2 * lanes)]
    h = plus(*(times(one, power(lanes - j)) for j, one in enumerate(a)))
    for one in m:
        h = times(plus(h, one), power(1))
    steps = [plus(times(one, power(2 * lanes)), times(m[j], power(lanes)),
                  m[lanes + j]) for j, one in enumerate(a)]
    require(h == plus(*(times(one, power(lanes - j))
                        for j, one in enumerate(steps))), "Horner's rule")


def paths(prover):
    group = prover.group()
    some = Linear("last", least=1)
    for rest in range(group):
        yield "long", rest
        yield "short", rest, prover.any_last if rest else 0
    yield "short", 0, some
    yield "powers",
    yield "groups", Linear("rest", least=1), prover.any_last
    yield "groups", 0, some
    yield "groups", 0, 0
    yield "single", prover.first, some
    yield "single", prover.first, 0
    yield "single", prover.second, some
    yield "tag_path",
    yield "horner",
