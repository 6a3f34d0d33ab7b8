# SPDX-License-Identifier: ISC
"""Poly1305 of any machine's engines: numbers, single blocks and the tag.
POLY.md has the plan and the argument.

    found(program, engine, place)       the function of one of a machine's
                                        engines
    Blocks                              what its Prover is derived from

A machine's module poly1305 has
    ENGINES         as poly1305_backends has them; each has a name
    SKEWS           what else may differ at a call
    found(program, engine, place)
    Prover(engine, function, skew)
    paths(prover)   what has to be proved: the name of a method, and its
                    arguments
and its Prover, besides what is here, the numbers of registers: of the blocks
left and the next one, N and IN; those of h, H; and those of r, R; and
    poison(keep)                makes all registers anything that no state names
    put_last(last)              the number of blocks at end, at a head
    at_single(stopped, loop, n, last)
                                checks that the state is that of the head of
                                this loop, or of the tag
    forget_frame()              what no path may read any more
    snapshot(), restore(saved)
"""

import elf
from integers import congruent, plus, scaled, times
from values import Linear, Pointer, Region, Secret, number, require

P = (1 << 130) - 5
CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffff
TOP = 4                                 # of h above 2^128, between two steps


class Blocks:
    """Of one call. heads: of the loops, the last two over single blocks: first
    and second; tag: where these have come to an end; stops: all of them."""

    def set_up(self, loops):
        edges = self.code.edges
        self.heads = [to for at, to in sorted(edges) if to <= at]
        require(len(self.heads) == loops, f"not {loops} loops")
        self.first, self.second = self.heads[-2:]
        self.tag = 1 + max(at for at, to in edges
                           if to == self.second and to <= at)
        self.stops = [*self.heads, self.tag]
        self.vectors = self.machine.callers_vectors(self.algebra.symbol)
        self.key = [self.algebra.symbol(f"key{i}", 64) for i in range(4)]
        self.r = self.value(
            [self.algebra.mask(self.key[i], CLAMP >> 64 * i & (1 << 64) - 1)
             for i in (0, 1)], (0, 64))
        self.any_last = Linear("last", least=0)

    # Numbers

    def meaning(self, held):
        if not isinstance(held, Secret):
            return ({(): number(held)} if held else {}), number(held)
        return self.algebra.meaning(held)

    def value(self, limbs, places):
        return plus(*(scaled(self.meaning(limb)[0], 1 << place)
                      for limb, place in zip(limbs, places)))

    def h(self):
        """What it is; and that it is no more than it may be."""
        held = [self.machine.x[i] for i in self.H]
        require(self.meaning(held[2])[1] <= TOP, "H2 is too large")
        return self.value(held, (0, 64, 128))

    def new_h(self):
        for i, most in zip(self.H, ((1 << 64) - 1, (1 << 64) - 1, TOP)):
            self.machine.x[i] = self.algebra.bounded("H", 64, most)
        return self.h()

    def block(self, symbol):
        return plus(self.meaning(symbol)[0], {(): 1 << 128})

    def is_congruent(self, a, b, what):
        require(congruent(a, b, P), f"{what}: not the same modulo p")

    # A call

    def memory(self, size, end=0):
        """Windows on what a path reads."""
        algebra, memory = self.algebra, {}
        for name, count in (("in", size // 16), ("end", end)):
            region = memory[name] = Region(name, 16 * count, False)
            blocks = [algebra.symbol(f"{name} {i}", 128) for i in range(count)]
            region.fill(blocks)
            memory[name + " blocks"] = blocks
        region = memory["key"] = Region("key", 32, False)
        for i, word in enumerate(self.key):
            region.preset(algebra, 8 * i, 8, word)
        memory["tag"] = Region("tag", 16, False)
        return memory

    def call(self, memory, n, last):
        """To the first stop on the way; which."""
        self.memory_now = memory
        self.stack = self.machine.new_stack()
        self.machine.enter(
            self.stack, self.vectors, Pointer(memory["tag"], 0),
            Pointer(memory["in"], 0), n, Pointer(memory["end"], 0), last,
            Pointer(memory["key"], 0))
        return self.code.run(0, self.stops)

    def run(self, at):
        return self.code.run(at, self.stops)

    def after(self, n, last):
        """The loop that comes next, with n and last blocks left."""
        return self.first if n else self.second if last else self.tag

    def left_at(self, loop, n, last):
        return n if loop == self.first else last

    # Paths

    def short(self, n, last):
        """A call that comes to single blocks, or to the tag, at once."""
        stopped = self.call(self.memory(0), n, last)
        loop = self.after(n, last)
        self.at_single(stopped, loop, self.left_at(loop, n, last), last)
        require(self.h() == {}, "h is not 0 at first")

    def single(self, loop, last):
        """From any state at the head of a loop over single blocks."""
        machine = self.machine
        self.short(int(loop == self.first), last)
        self.forget_frame()
        saved = self.snapshot()
        for many in True, False:
            self.restore(saved)
            left = Linear("left", least=2) if many else 1
            memory = self.memory_now
            name = "in" if loop == self.first else "end"
            region = Region(name, 16, False)
            block = self.algebra.symbol("block", 128)
            region.fill([block])
            machine.x[self.IN] = Pointer(region, 0)
            machine.x[self.N] = left
            self.poison({self.IN, self.N, *self.H, *self.R})
            wanted = times(plus(self.new_h(), self.block(block)), self.r)
            stopped = self.run(loop)
            self.is_congruent(self.h(), wanted, "a block's step")
            after = (loop if many else
                     self.tag if loop == self.second or not last
                     else self.second)
            if after == loop:
                require(machine.x[self.IN] == Pointer(region, 16),
                        "another block is next")
                machine.x[self.IN] = Pointer(memory[name], 0)
            self.at_single(stopped, after, Linear("left", plus=-1, least=2)
                           if many else last, last)

    def tag_path(self):
        """From any h and last to the return.  q is what the code has for the
        quotient of h + 5 by 2^130, which has to be that one by its definition.
        """
        machine, algebra = self.machine, self.algebra
        self.short(0, 0)
        self.put_last(self.any_last)
        self.forget_frame()
        self.poison({*self.H})
        h = self.new_h()
        words = [self.meaning(machine.x[i])[0] for i in self.H]
        region = self.memory_now["tag"]
        region.writable, region.stored = True, []
        require(self.code.run(self.tag) is None, "does not return")
        machine.check_return(self.stack, self.vectors)
        tag = self.value([region.load(algebra, at, 8) for at in (0, 8)],
                         (0, 64))
        require(sum(size for _, size, _ in region.stored) == region.size,
                "the tag is written more than once")
        s = self.value(self.key[2:], (0, 64))
        rest = {monomial: c % (1 << 128) for monomial, c in plus(
            tag, scaled(plus(h, s), -1)).items() if c % (1 << 128)}
        self.check_quotient(only_variable(rest, 5), words)

    def check_quotient(self, variable, words):
        """It is that of h + 5, which has these words."""
        algebra = self.algebra
        names = {n: what for what, n in algebra.variables.items()}
        for bits, word in zip((2, 64, 64), reversed(words)):
            atom, *by = names[variable]
            require(atom in algebra.numbers and by == [bits],
                    "not the quotient")
            more = plus(algebra.numbers[atom][0], scaled(word, -1))
            if word is words[0]:
                require(more == {(): 5}, "not the quotient of h + 5")
            else:
                variable = only_variable(more, 1)


def only_variable(polynomial, factor):
    """The variable of which it is a multiple, by this factor."""
    (monomial, c), *others = polynomial.items() or [((), 0)]
    require(not others and len(monomial) == 1 and c == factor,
            f"not {factor} times one variable")
    return monomial[0]


def found(program, engine, place):
    """The function that C calls as this engine: poly1305_backends."""
    tables = program.symbol("poly1305_backends", elf.OBJECT).address
    table = program.symbol(f"poly1305_{engine.name}", elf.OBJECT)
    elf.require(program.word(tables + 8 * place) == table.address
                and table.size == 24, "another backend is in this place")
    return program.function_at(program.word(table.address + 16),
                               "poly1305_tag_")
