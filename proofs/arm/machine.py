# SPDX-License-Identifier: ISC
"""The state of an Arm64 machine; how C calls, by AAPCS64, and what has to hold
when the call returns.

At entry x0 to x5 are out, in, n, unit, tweak, keys; for the expansion, keys,
key.  1024 bytes of stack below sp may be used; sp is a multiple of 16.  Other
registers and flags hold anything, and nothing is known of it.

At return x19 to x30, sp and the low halves of v8 to v15 are the caller's again,
and nothing wrote to x18 on the way; every other register, and every flag, holds
a public value or zero, or still what the caller had there; and so does every
byte of the stack.
"""

from contract import is_harmless
from values import Callers, Linear, Pointer, Region, require

STACK = 1024
SP, ZERO = 31, 32                       # x[SP]; x[ZERO] is 0


class Machine:
    """x: general registers, 0 to 30, SP and ZERO.  v: vector registers, each a
    secret of 128 bits.  zero, carry: flags, None until they are set: True,
    False, or a secret of one bit.  Nothing reads the other two flags, which
    are set along with zero, from the same: what is said of zero holds for
    them."""

    def __init__(self, algebra):
        self.algebra = algebra
        self.x, self.v = [0] * 33, [None] * 32
        self.signs = False              # whether code signs where it returns
        self.edges = set()              # (from, to): branches as they went
        self.reset()

    def reset(self):
        """All registers are the caller's."""
        self.x[:] = [Callers(f"x{i}") for i in range(31)] + [None, 0]
        self.v[:] = [None] * 32
        self.zero = self.carry = None
        self.frame_given_up = False
        self.jumps = 0

    def set_sp(self, pointer):
        """A frame is taken, and given up once and as a whole: what sp has
        passed, a signal handler may have written over."""
        require(type(pointer) is Pointer, "the stack pointer is no pointer")
        require(pointer.offset % 16 == 0, "the stack pointer is not aligned")
        old, self.x[SP] = self.x[SP], pointer
        region = pointer.region
        require(old is None or old.region is region,
                "the stack pointer leaves the stack")
        require(0 <= pointer.offset <= region.size,
                "the stack pointer leaves the stack")
        if old is not None and pointer.offset != old.offset:
            require(not self.frame_given_up, "a second frame is taken")
            self.frame_given_up = pointer.offset > old.offset
            require(not self.frame_given_up or pointer.offset == region.size,
                    "a part of the frame is given up")
        region.floor = pointer.offset

    def new_stack(self):
        """The part of it that a call may use, of which nothing was written."""
        return Region("stack", STACK, True)

    @staticmethod
    def callers_vectors(symbol):
        """What the caller has in the vector registers: symbol(name, width)
        each."""
        return [symbol(f"the caller's v{i}", 128) for i in range(32)]

    def enter(self, stack, vectors, *arguments):
        """The state at a function's first instruction."""
        self.reset()
        self.v[:] = vectors
        self.set_sp(Pointer(stack, STACK))
        self.x[:len(arguments)] = arguments

    def check_return(self, stack, vectors):
        """Claim 5, and that sp is what it was."""
        x, v, algebra = self.x, self.v, self.algebra
        require(x[SP] == Pointer(stack, STACK), "the stack pointer is another")
        for i in range(18, 30):         # ret has seen to x30
            require(type(x[i]) is Callers and x[i].name == f"x{i}",
                    f"x{i} is not the caller's")
        for i in range(18):
            require(isinstance(x[i], (int, Pointer, Linear, Callers)),
                    f"a secret is left in x{i}")
        require(is_harmless(algebra, self.zero, ())
                and is_harmless(algebra, self.carry, ()),
                "a secret is left in a flag")
        for i in range(32):
            kept = 8 <= i < 16
            require(not kept or algebra.same(algebra.slice(v[i], 0, 64),
                                             algebra.slice(vectors[i], 0, 64)),
                    f"d{i} is not the caller's")
            left = algebra.slice(v[i], 64, 64) if kept else v[i]
            own = algebra.slice(vectors[i], 64, 64) if kept else vectors[i]
            require(is_harmless(algebra, left, [own]),
                    f"a secret is left in v{i}")
        callers = [algebra.slice(vectors[i], 0, 64) for i in range(8, 16)]
        for at, (_, value) in stack.cells.items():
            require(is_harmless(algebra, value, callers),
                    f"a secret is left on the stack, at sp - {STACK - at}")
