# SPDX-License-Identifier: ISC
"""Runs x86-64's instructions on bit vectors.

    trace = Trace(isa, function, settle)    of elf.py
    trace.set_up(skew, modulus)     rsp at a call is skew, modulo modulus
    trace.new_stack()               with room for the address to return to
    trace.enter(stack, *arguments)  the state at a call
    trace.run(start, stops)         from an instruction to one of stops, to ret, or to
                                    tail_call, where another function goes on
    trace.edges                     (from, to) of each branch, by index
    trace.met                       those that were met

The meaning of an instruction is written from Intel's Software Developer's Manual, and
shares nothing with x86/general.py and vector.py.  Those on vectors are in vector.py
here.  Each Bits that an instruction computes goes through settle() (../trace.py).
"""

from smt.bits import MASK64, Bits, constant, cut, join, sign, symbol
from smt.trace import STACK, Pointer, Refused, Region, bits_of, number
from smt.x86 import vector
from smt.x86.operands import address_of, reader, signed, writer
from values import Linear
from x86.decode import RIP, Memory

NAMES = ("rax rcx rdx rbx rsp rbp rsi rdi "
         "r8 r9 r10 r11 r12 r13 r14 r15").split()
RSP, RBP = NAMES.index("rsp"), NAMES.index("rbp")
ARGUMENTS = [NAMES.index(name) for name in "rdi rsi rdx rcx r8 r9".split()]
RETURN = -1                             # no instruction's index
LINK = symbol("return address", 64, 0)


class Constants(Region):
    """Constants: memory that nobody can write to."""

    def __init__(self, address, data):
        super().__init__("constants", len(data), False, address % 64, 64)
        self.address, self.data = address, data

    def load(self, at, size):
        if not 0 <= at <= self.size - size:
            raise Refused(f"reads constants + {at}")
        return int.from_bytes(self.data[at:at + size], "little")


class Trace:
    def __init__(self, isa, function, settle):
        self.settle = settle
        self.constants = Constants(*function.constants)
        self.instructions = isa.decode_all(function.code)
        self.places, at = [], function.address
        for instruction in self.instructions:
            self.places.append(at)
            at += len(instruction.code)
        self.after = [*self.places[1:], at]
        self.tails = [tail.address for tail in function.tails]
        self.tail_call = len(self.instructions)
        self.x, self.z, self.k = [None] * 16, [None] * 32, [None] * 8
        self.edges, self.met = set(), set()
        self.steps = [self.compile(at, instruction)
                      for at, instruction in enumerate(self.instructions)]

    def compile(self, at, instruction):
        """A function that does one instruction, and returns the next one's index
        when that is not the one below.  Operands are in the order of Intel's manual,
        as are their kinds: what is written to is the first."""
        mnemonic, kinds, *_ = [*instruction.form.split("_"), ""]
        operands = [one._replace(disp=self.after[at] + one.disp)
                    if isinstance(one, Memory) and one.base == RIP else one
                    for one in instruction.operands]
        for table, maker in TABLES:
            if mnemonic in table:
                return maker(self, at, table[mnemonic], kinds[::-1],
                             operands[::-1], instruction.mask)
        raise Refused(f"an instruction without a meaning: {mnemonic}")

    def set_up(self, skew, modulus):
        """Set rsp at the call."""
        self.skew, self.modulus = skew, modulus

    def new_stack(self):
        return Region("stack", STACK + 8, skew=self.skew - STACK,
                      modulus=self.modulus)

    def enter(self, stack, *arguments):
        self.x[:] = [symbol(name, 64, i) for i, name in enumerate(NAMES)]
        self.z[:] = [[symbol(f"zmm{i}.{lane}", 128, 4 * i + lane)
                      for lane in range(vector.LANES)] for i in range(32)]
        self.k[:] = [symbol(f"k{i}", 8, i) for i in range(8)]
        self.x[RSP] = Pointer(stack, STACK)
        stack.store(STACK, 8, LINK)
        for register, value in zip(ARGUMENTS, arguments):
            self.x[register] = value
        self.zero = self.carry = None

    def run(self, at=0, stops=()):
        """The index where it stopped; None for ret."""
        start = True
        try:
            while at not in (RETURN, self.tail_call) and (
                    start or at not in stops):
                to, start = self.steps[at](), False
                at = at + 1 if to is None else to
        except Refused as refused:
            raise Refused(f"{self.places[at]:#x}: {refused}") from None
        return None if at == RETURN else at

    def flags(self, result, carry):
        """The zero flag is asked for of public numbers alone."""
        self.zero, self.carry = result, carry


# What the first operand becomes, and the carry, from it and the second.  Numbers may be
# secret, public, or not known; pointers are numbers that are not known.

def shifted(a, by):
    """A number that is not known, and a public one."""
    if isinstance(a, Pointer):
        return a + by
    if isinstance(a, Linear) and by <= 0:
        return a.shifted(by)            # more might wrap around
    return number(a) + by & MASK64


def plus(a, b, carry):
    if isinstance(a, Bits) or isinstance(b, Bits) or isinstance(carry, Bits):
        total = wide(bits_of(a)) + wide(bits_of(b)) + wide(bits_of(carry, 1))
        return cut(total, 0, 64), cut(total, 64, 1)
    if type(a) is int:
        return a + number(b) + carry & MASK64, a + number(b) + carry >> 64
    return shifted(a, signed(number(b)) + carry), None


def wide(a):
    return join(a, constant(65 - a.width, 0))


def known(carry):
    if carry is None:
        raise Refused("a flag that is not known")
    return carry


def minus(a, b):
    if isinstance(a, Pointer) and isinstance(b, Pointer) and a[0] is b[0]:
        a, b = a.offset & MASK64, b.offset & MASK64
    if type(a) is int:
        return a - number(b) & MASK64, None
    return shifted(a, -signed(number(b))), None


def both(a, b):
    if isinstance(a, Bits):
        return a & number(b)
    if isinstance(a, Pointer):
        return rounded(a, -signed(number(b)))
    if isinstance(a, Linear) and a is not b:
        return a.low_bits(number(b))
    return a if a is b else number(a) & number(b)


def rounded(pointer, unit):
    """Down to a multiple of that, which divides what is known of the address."""
    region, offset = pointer
    if not 0 < unit <= region.modulus or region.modulus % unit:
        raise Refused("bits of an address that are not known")
    return pointer + -((region.skew + offset) % unit)


def either(a, b):
    if isinstance(a, Bits) or isinstance(b, Bits):
        return bits_of(a) ^ bits_of(b)
    return number(a) ^ number(b)


def arithmetic_right(a, i):
    """The sign comes in from above."""
    if isinstance(a, Bits):
        return join(cut(a, i, 64 - i), cut(sign(a), 0, i))
    return signed(number(a)) >> i & MASK64


def right(a, i):
    return a.shifted_down(i) if isinstance(a, Linear) else number(a) >> i


# Whether the result is kept; the result, and the carry, if that is known.
TWO = {
    "add": (True, lambda trace, a, b: plus(a, b, 0)),
    "adc": (True, lambda trace, a, b: plus(a, b, known(trace.carry))),
    "sub": (True, lambda trace, a, b: minus(a, b)),
    "cmp": (False, lambda trace, a, b: minus(a, b)),
    "and": (True, lambda trace, a, b: (both(a, b), 0)),
    "test": (False, lambda trace, a, b: (both(a, b), 0)),
    "xor": (True, lambda trace, a, b: (either(a, b), 0)),
    "sar": (True, lambda trace, a, b: (arithmetic_right(a, b), None)),
    "shr": (True, lambda trace, a, b: (right(a, b), None)),
}
TWO |= {"addq": TWO["add"], "adcq": TWO["adc"]}


def two(trace, at, meaning, kinds, operands, mask):
    (kept, function), settle = meaning, trace.settle
    get_a, get_b = map(reader, [trace] * 2, kinds, operands)
    put = writer(trace, kinds[0], operands[0])
    narrow = kinds[0] == "e"
    if narrow and function is TWO["test"][1]:       # a Linear has more bits
        get_a = reader(trace, "r", operands[0])
    cleared = function is TWO["xor"][1] and operands[0] == operands[1]
    if function in (TWO["sar"][1], TWO["shr"][1]) and not 0 < operands[1] < 64:
        raise Refused("a shift that is not in use")

    def step():
        if cleared:
            result, carry = 0, 0
        else:
            b = get_b()
            result, carry = function(trace, get_a(), b & 0xffffffff if narrow
                                     else b)
        if isinstance(result, Bits):
            result = settle(result)
        if kept:
            put(result)
        trace.flags(result, carry)
    return step


def one(trace, at, function, kinds, operands, mask):
    """neg; and dec, which leaves the carry as it is."""
    get, put = (make(trace, kinds, operands[0]) for make in (reader, writer))

    def step():
        result = function(get())
        if kinds == "e":
            result &= 0xffffffff
        put(result)
        trace.flags(result, trace.carry if function is ONE["dec"] else None)
    return step


ONE = {"neg": lambda a: -number(a) & MASK64, "dec": lambda a: shifted(a, -1)}


# Moves

def mov(trace, at, meaning, kinds, operands, mask):
    get = reader(trace, kinds[1], operands[1])
    put = writer(trace, kinds[0], operands[0])
    narrow = 0xffffffff if kinds[0] == "e" else None
    return lambda: put(get() if narrow is None else get() & narrow)


def lea(trace, at, meaning, kinds, operands, mask):
    address = address_of(trace, operands[1])
    return lambda: writer(trace, kinds[0], operands[0])(address())


def push(trace, at, meaning, kinds, operands, mask):
    x = trace.x

    def step():
        value = x[operands[0]]
        x[RSP] = shifted(x[RSP], -8)
        x[RSP].store(8, value)
    return step


def leave(trace, at, meaning, kinds, operands, mask):
    x = trace.x

    def step():
        frame = x[RBP]
        if not isinstance(frame, Pointer):
            raise Refused("a frame that is not known")
        x[RBP], x[RSP] = frame.load(8), frame + 8
    return step


def endbr64(trace, at, meaning, kinds, operands, mask):
    """Nothing but a landing pad."""
    return lambda: None


def ret(trace, at, meaning, kinds, operands, mask):
    def step():
        sp = trace.x[RSP]
        if sp.offset != STACK or sp.load(8) is not LINK:
            raise Refused("a return to another address")
        return RETURN
    return step


# Branches: on a zero flag of 1, or of 0.

def branch(trace, at, wanted, kinds, operands, mask):
    place = trace.after[at] + operands[0]
    if place in trace.places:
        to = trace.places.index(place)
    elif place in trace.tails:
        to = trace.tail_call
    else:
        raise Refused("a branch leaves the code")
    trace.edges |= {(at, to), (at, at + 1)}

    def step():
        result = trace.zero
        zero = (result.is_zero() if isinstance(result, Linear)
                else number(result) == 0)
        after = to if zero == wanted else at + 1
        trace.met.add((at, after))
        return after
    return step


TABLES = [
    (TWO, two), (ONE, one), ({"je": True, "jne": False}, branch),
    ({"mov": None}, mov), ({"lea": None}, lea), ({"push": None}, push),
    ({"leave": None}, leave), ({"ret": None}, ret), ({"endbr64": None}, endbr64),
    (vector.TABLE, vector.vector),
]
