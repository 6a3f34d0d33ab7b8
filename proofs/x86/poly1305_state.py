# SPDX-License-Identifier: ISC
"""Poly1305 of x86-64's engines: what each keeps where, and the state at the
head of a loop: what it names, and that all else is any value.  See ../POLY.md.

    ENGINES             avx2 and ifma
    State               of one call, for one alignment of the stack pointer
"""

from collections import namedtuple

from integers import Integers, scaled
from poly1305_blocks import Blocks
from values import Callers, Pointer, public, require
from x86.code import Code
from x86.general import rounded_down
from x86.machine import NAMES, STACK, Machine, is_callers

# lanes: of 64 bits; sizes: where limbs begin; p: the registers with the limbs
# of P; most: of each of these; powers: where these are in the frame, and how
# long a row is; order: the block that each lane has; factors: of the loop, as
# (power, where each limb is, where 5 or 20 times the upper limbs are): a
# register, or a place in the frame; times: what these are multiplied by.
Engine = namedtuple("Engine", "name lanes limbs p most powers row order "
                    "factors times frame constants")

AVX2 = Engine(
    "avx2", 4, (0, 26, 52, 78, 104), (5, 6, 7, 8, 9),
    (26, 26.001, 26, 26, 26.001), 576, 64, (0, 2, 1, 3),
    ((8, tuple(range(0, 160, 32)), tuple(range(160, 288, 32))),
     (4, tuple(range(288, 448, 32)), tuple(range(448, 576, 32)))), 5, 896, {})
IFMA = Engine(
    "ifma", 8, (0, 44, 88), (3, 4, 5), (44, 44.001, 42), 0, 128,
    (0, 4, 1, 5, 2, 6, 3, 7),
    ((16, (17, 18, 19), (20, 21)), (8, (22, 23, 24), (25, 26))), 20, 384,
    {14: (1 << 44) - 1, 15: (1 << 42) - 1, 16: 1 << 40})
ENGINES = IFMA, AVX2                    # as poly1305_backends has them

X = {name: NAMES.index(name) for name in NAMES}
IN, N, COUNT, AT = X["rsi"], X["rdi"], X["rcx"], X["r8"]
H = X["r9"], X["r10"], X["r11"]
R0, R1, S1 = X["r12"], X["r13"], X["r14"]
SAVED = "rbp", "rbx", "r12", "r13", "r14", "r15"
BASE = STACK - 8                        # where rbp leads to
PUBLIC = "rcx", "r8", "rsi", "rdi"
KEPT = {"tag": -48, "end": -56, "last": -64, "key": -72}
PUSHED = BASE + KEPT["key"]             # where what enter pushes ends


def bound(bits):
    """Less than that: a few more than a power of two."""
    whole = int(bits)
    return (1 << whole) - 1 + (0 if bits == whole else 1 << whole - 10)


class State(Blocks):
    """Of the machine and its memory, at the heads of loops."""

    N, IN, H, R = N, IN, H, (R0, R1, S1)

    def __init__(self, engine, function, skew):
        self.engine, self.function = engine, function
        self.algebra = Integers()
        self.machine = Machine(self.algebra, skew=skew)
        self.code = Code(self.machine, function)
        self.set_up(4)
        self.powers_head, self.group_head = self.heads[:2]

    def frame(self):
        """Where it begins."""
        return rounded_down(Pointer(self.stack, PUSHED - self.engine.frame),
                            8 * self.engine.lanes).offset

    def check_frame(self, last):
        """What stays as enter leaves it, at each head."""
        machine, stack = self.machine, self.stack
        require(machine.x[X["rbp"]] == Pointer(stack, BASE), "rbp is another")
        require(machine.x[X["rsp"]] == Pointer(stack, self.frame()),
                "rsp is another")
        for at, name in (STACK, "return address"), *(
                (BASE - 8 * i, name) for i, name in enumerate(SAVED)):
            require(is_callers(stack.load(self.algebra, at, 8), name),
                    f"{name} is not kept")
        for name, at in KEPT.items():
            held = stack.load(self.algebra, BASE + at, 8)
            wanted = last if name == "last" else Pointer(
                self.memory_now[name], 0)
            require(held == wanted, f"{name} is not kept")
        r = self.value([machine.x[R0], machine.x[R1]], (0, 64))
        require(r == self.r and scaled(self.meaning(machine.x[S1])[0], 4)
                == scaled(self.meaning(machine.x[R1])[0], 5),
                "r is another")

    def poison(self, keep):
        """All registers that a head's state does not name, but for vectors:
        anything; of PUBLIC and the masks, which are looked at each time that a
        path ends at a head, any public value."""
        x = self.machine.x
        for name in NAMES:
            i = X[name]
            if name in ("rsp", "rbp") or i in keep:
                continue
            if name in PUBLIC:
                x[i] = Callers(f"any {name}")
            else:
                x[i] = self.algebra.symbol(f"any {name}", 64)
        self.machine.k[:] = [Callers(f"any k{i}") for i in range(8)]
        self.machine.zero = self.machine.carry = self.algebra.symbol("any", 1)

    def forget_frame(self):
        """It is clean, and nothing in it can be read before it is written."""
        cells = self.stack.cells
        for at in [at for at in cells if at < PUSHED]:
            del cells[at]
        self.stack.used[:PUSHED] = bytes(PUSHED)

    # Where paths end

    def at_single(self, stopped, loop, n, last, done=0, end_done=0):
        """At the first or the second loop over single blocks; or at the tag."""
        require(stopped == loop, "does not come to where it should")
        x, memory = self.machine.x, self.memory_now
        self.check_frame(last)
        if loop != self.tag:
            require(x[N] == n, "another number of blocks")
            require(x[IN] == Pointer(memory["in"], done) if loop == self.first
                    else x[IN] == Pointer(memory["end"], end_done),
                    "another block is next")
        self.check_public()
        self.check_clean()

    def check_public(self):
        for name in PUBLIC:
            require(public(self.machine.x[X[name]]),
                    f"{name} is no public value")
        for i, mask in enumerate(self.machine.k):
            require(public(mask), f"k{i} is no public value")

    def check_written(self, cells):
        """Of the frame: these, which were compared, and nothing else."""
        require(self.stack.used.count(1, 0, PUSHED) == 8 * len({*cells}),
                "more of the frame was written")

    def check_clean(self):
        """Of vectors, and the frame below what enter pushes."""
        self.check_clean_vectors()
        for at, (size, held) in self.stack.cells.items():
            require(at >= PUSHED or public(held) or self.algebra.same(
                held, self.algebra.constant(8 * size, 0)),
                    f"the frame is not clean at {at}")

    def check_clean_vectors(self):
        algebra = self.algebra
        for lanes, own in zip(self.machine.z, self.vectors):
            require(all(algebra.same(one, algebra.constant(128, 0))
                        or algebra.same(one, other)
                        for one, other in zip(lanes, own)),
                    "a vector that is not clean")
