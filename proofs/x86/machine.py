# SPDX-License-Identifier: ISC
"""The state of an x86-64 machine; how C calls, by the System V ABI, and what
has to hold when the call returns.

At entry rdi, rsi, rdx, rcx, r8 and r9 are out, in, n, unit, tweak, keys; for
the expansion, keys, key. rsp leads to the return address and is 8 modulo 16; it
may be any of the four such residues modulo 64, which are proved one by one.
1024 bytes below it may be used, of which only those from rsp on are touched at
any time: there is no use of a red zone. DF is clear, and no instruction here
changes it, nor MXCSR. Other registers and flags hold anything, and nothing is
known of it.

At return rbx, rbp, r12 to r15 are the caller's again, and rsp is past the
return address, which went unchanged. Every other general register, flag, mask
register, every lane of zmm0 to zmm31, and every byte of the stack hold a public
value or zero, or still what the caller had in a register.
"""

from contract import is_harmless
from values import Callers, Pointer, Region, require

NAMES = ("rax rcx rdx rbx rsp rbp rsi rdi "
         "r8 r9 r10 r11 r12 r13 r14 r15").split()
RSP = NAMES.index("rsp")
ARGUMENTS = [NAMES.index(name) for name in "rdi rsi rdx rcx r8 r9".split()]
KEPT = [NAMES.index(name) for name in "rbx rbp r12 r13 r14 r15".split()]
STACK = 1024
SKEWS = 8, 24, 40, 56                   # of rsp at the call, modulo 64
LANES = 4                               # of 128 bits in a vector


class Constants(Region):
    """Constants: memory that nobody can write to."""

    WHERE = "constants"

    def __init__(self, address, data):
        super().__init__(self.WHERE, len(data), False)
        self.data, self.address, self.skew = data, address, address % 64
        self.met = set()                # which bytes were read

    def load(self, algebra, at, size):
        require(0 <= at and at + size <= self.size,
                f"reads outside the constants: {at}, {size} bytes")
        self.met.update(range(at, at + size))
        return int.from_bytes(self.data[at:at + size], "little")

    def at(self, address):
        return Pointer(self, address - self.address)


class Machine:
    """x: general registers by number. z: vector registers, each a list of
    LANES secrets of 128 bits, the lowest first. k: masks, each a public number
    or a secret of 8 bits. zero, carry: flags: True or False; a Linear that is
    compared with 0; a secret of one bit; or None: public, and not known. The
    other flags are set along with zero, from the same, and nothing reads them:
    what is said of zero holds for them."""

    def __init__(self, algebra, constants=None, skew=SKEWS[0]):
        self.algebra, self.constants, self.skew = algebra, constants, skew
        self.nothing = algebra.constant(128, 0)
        self.x, self.z, self.k = [None] * 16, [None] * 32, [None] * 8
        self.edges = set()              # (from, to): branches as they went
        self.reset()

    def reset(self):
        """All registers are the caller's."""
        self.x[:] = [Callers(name) for name in NAMES]
        self.x[RSP] = None
        self.z[:] = [None] * 32
        self.k[:] = [Callers(f"k{i}") for i in range(8)]
        self.zero = self.carry = None
        self.frame_given_up = False
        self.landed = True              # endbr64 was met where C calls
        self.jumps = 0

    def put(self, register, value):
        if register == RSP:
            self.set_sp(value)
        else:
            self.x[register] = value

    def put_lanes(self, register, lanes):
        """The rest of the register becomes zero, as by VEX and EVEX."""
        self.z[register] = [*lanes, *[self.nothing] * (LANES - len(lanes))]

    def set_sp(self, pointer):
        """A frame is taken, and given up once and as a whole: what rsp has
        passed, a signal handler may have written over."""
        require(type(pointer) is Pointer, "the stack pointer is no pointer")
        old, self.x[RSP] = self.x[RSP], pointer
        region = pointer.region
        require(old is None or old.region is region,
                "the stack pointer leaves the stack")
        require(0 <= pointer.offset <= STACK,
                "the stack pointer leaves the stack")
        if old is not None and pointer.offset != old.offset:
            require(not self.frame_given_up, "a second frame is taken")
            self.frame_given_up = pointer.offset > old.offset
            require(not self.frame_given_up or pointer.offset == STACK,
                    "a part of the frame is given up")
        region.floor = pointer.offset

    def new_stack(self):
        """What a call may use of it, none of which was written; and above that
        where it returns to."""
        stack = Region("stack", STACK + 8, True)
        stack.skew = (self.skew - STACK) % 64
        stack.preset(self.algebra, STACK, 8, Callers("return address"))
        return stack

    @staticmethod
    def callers_vectors(symbol):
        """What the caller has in the vector registers: symbol(name, width)
        each."""
        return [[symbol(f"the caller's zmm{i}.{lane}", 128)
                 for lane in range(LANES)] for i in range(32)]

    def enter(self, stack, vectors, *arguments):
        """The state at a function's first instruction."""
        self.reset()
        self.z[:] = [list(lanes) for lanes in vectors]
        self.set_sp(Pointer(stack, STACK))
        self.landed = False
        for register, value in zip(ARGUMENTS, arguments):
            self.x[register] = value

    def check_return(self, stack, vectors):
        """Claim 5, and that rsp is what it was; ret has seen to where it
        returns."""
        algebra = self.algebra
        require(self.landed, "no endbr64 where an indirect call lands")
        require(self.x[RSP] == Pointer(stack, STACK),
                "the stack pointer is another")
        for i in KEPT:
            require(is_callers(self.x[i], NAMES[i]),
                    f"{NAMES[i]} is not the caller's")
        for name, value in [*zip(NAMES, self.x), ("a flag", self.carry),
                            ("a flag", self.zero),
                            *((f"k{i}", k) for i, k in enumerate(self.k))]:
            require(is_harmless(algebra, value, ()),
                    f"a secret is left in {name}")
        for i, lanes in enumerate(self.z):
            for lane, value in enumerate(lanes):
                require(is_harmless(algebra, value, [vectors[i][lane]]),
                        f"a secret is left in zmm{i}, lane {lane}")
        for at, (_, value) in stack.cells.items():
            require(is_harmless(algebra, value, ()),
                    f"a secret is left on the stack, at rsp - {STACK - at}")
        require(is_callers(stack.cells[STACK][1], "return address"),
                "the return address is another")


def is_callers(value, name):
    return type(value) is Callers and value.name == name


def aligned(pointer, size):
    """Require that an address is aligned, where an instruction does."""
    skew = getattr(pointer.region, "skew", None)
    require(skew is not None and (skew + pointer.offset) % size == 0,
            f"{pointer!r} is not known to be a multiple of {size}")


def signed64(number):
    return number - (1 << 64) if number >> 63 else number


