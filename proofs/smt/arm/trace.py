# SPDX-License-Identifier: ISC
"""Runs Arm64's instructions on bit vectors.

    trace = Trace(isa, function, settle)    of elf.py
    trace.new_stack()               what a call may use of it
    trace.enter(stack, *arguments)  the state at a call
    trace.run(start, stops)         from an instruction to one of stops or to ret
    trace.edges                     (from, to) of each branch, by index
    trace.met                       those that were met

The meaning of an instruction is written from the Arm Architecture Reference Manual, and
shares nothing with arm/code.py.  Each Bits that an instruction computes goes through
settle() (trace.py).
"""

from arm.decode import signed
from smt.bits import (MASK64, Bits, apply, constant, cut, join, sign, symbol)
from smt.trace import STACK, Pointer, Refused, Region, bits_of, number
from values import Callers, Linear

SP, ZERO = 31, 32                       # what register 31 may be
RETURN = -1                             # no instruction's index


class Trace:
    def __init__(self, isa, function, settle):
        self.settle = settle
        self.instructions = isa.decode_all(function.code)
        self.x, self.v = [None] * 33, [None] * 32
        self.edges, self.met = set(), set()
        self.steps = [self.compile(at, form, fields)
                      for at, (form, _, fields) in enumerate(self.instructions)]

    def compile(self, at, form, fields):
        """A function that does one instruction, and returns the next one's index
        when that is not the one below."""
        for table, maker in TABLES:
            if form in table:
                return maker(self, at, *table[form], **fields)
        raise Refused(f"an instruction without a meaning: {form}")

    def enter(self, stack, *arguments):
        self.x[:] = [symbol(f"x{i}", 64, i) for i in range(33)]
        self.v[:] = [symbol(f"v{i}", 128, i) for i in range(32)]
        self.x[ZERO] = 0
        self.x[SP] = Pointer(stack, stack.size)
        self.x[:len(arguments)] = arguments
        self.zero = self.carry = None
        self.returns_to = self.x[30]

    def set_up(self):
        """Nothing else differs at a call."""

    @staticmethod
    def new_stack():
        return Region("stack", STACK)

    @staticmethod
    def link():
        """The value of x30 on the way, which may be signed."""
        return Callers("x30")

    def run(self, at=0, stops=()):
        """To one of stops, whose index it returns, or to ret and None."""
        start = True
        try:
            while at != RETURN and (start or at not in stops):
                to, start = self.steps[at](), False
                at = at + 1 if to is None else to
        except Refused as refused:
            raise Refused(f"+{4 * at:#x}: {refused}") from None
        return None if at == RETURN else at


def less(a, by):
    """A public number; or one that is not known, less another one."""
    return a.shifted(-by) if isinstance(a, Linear) and by >= 0 else (
        number(a) - by)


# General registers: the value from a and b, which are n's and m's, and i.  For these
# a 31 is zero; the last column is what it is when a or b is no public number.

GENERAL = {
    "add_lsl": (lambda a, b, i: a + (number(b) << i),),
    "sub": (lambda a, b, i: less(a, number(b)),),
    "lsr_imm": (lambda a, b, i: a.shifted_down(i) if isinstance(a, Linear)
                else number(a) >> i,),
    "mov": (lambda a, b, i: b,),
    "movz": (lambda a, b, i: i,),
    "eor_lsl": (lambda a, b, i: number(a) ^ number(b) << i,
                lambda a, b, i: a ^ b << i),
    "and_asr": (None, lambda a, b, i: a & asr(b, i)),
    "bic": (None, lambda a, b, i: a & ~b),
    "add_lsr": (None, lambda a, b, i: a + (b >> i)),
    "extr": (None, lambda a, b, i: cut(join(b, a), i, 64)),
}


def asr(a, i):
    """The sign is shifted in from above."""
    if i == 0:
        return a
    return join(cut(a, i, 64 - i), cut(sign(a), 0, i))


def general(trace, at, public, secret=None, d=0, n=31, m=31, i=0):
    x, settle = trace.x, trace.settle
    d, n, m = (ZERO if r == 31 else r for r in (d, n, m))
    if d == ZERO:
        raise Refused("a result that is dropped")

    def step():
        a, b = x[n], x[m]
        if secret and (isinstance(a, Bits) or isinstance(b, Bits)):
            x[d] = settle(secret(bits_of(a), bits_of(b), i))
        elif public:
            result = public(a, b, i)
            x[d] = result & MASK64 if type(result) is int else result
        else:
            raise Refused("is for secrets alone")
    return step


# An immediate is added; 31 is the stack pointer.  The sign, and whether flags are set.
IMMEDIATE = {"add_imm": (1, False), "sub_imm": (-1, False), "cmp_imm": (-1, True)}


def immediate(trace, at, by, flags, n, i, d=None):
    x, settle = trace.x, trace.settle

    def step():
        a = x[n]
        if flags:
            trace.zero, trace.carry = number(a) == i, number(a) >= i
        elif isinstance(a, Bits):
            x[d] = settle(a + (by * i & MASK64))
        elif isinstance(a, Pointer):
            x[d] = a + by * i
        else:
            result = less(a, -by * i)
            x[d] = result & MASK64 if type(result) is int else result
    return step


# A mask of i + 1 ones, and whether flags are set.
MASK = {"and_imm": (False,), "ands_imm": (True,)}


def mask(trace, at, flags, d, n, i):
    x, n = trace.x, ZERO if n == 31 else n
    if i == 63 or (d == 31 and not flags):
        raise Refused("a mask that is not in use")

    def step():
        ones, a = (2 << i) - 1, x[n]
        a = a.low_bits(ones) if isinstance(a, Linear) else number(a) & ones
        if flags:
            trace.zero, trace.carry = a == 0, False
        if d != 31:
            x[d] = a
    return step


def cset(trace, at, d):
    if d == 31:
        raise Refused("a result that is dropped")

    def step():
        trace.x[d] = int(not known(trace.zero))
    return step


def known(flag):
    if flag is None:
        raise Refused("a flag that was not set")
    return flag


def is_zero(a):
    return a.is_zero() if isinstance(a, Linear) else number(a) == 0


# Branches: bits of the offset, and when they are taken.
BRANCH = {
    "b": (26, lambda trace, a: True),
    "b_eq": (19, lambda trace, a: known(trace.zero)),
    "b_ne": (19, lambda trace, a: not known(trace.zero)),
    "b_lo": (19, lambda trace, a: not known(trace.carry)),
    "cbz": (19, lambda trace, a: is_zero(a)),
    "cbnz": (19, lambda trace, a: not is_zero(a)),
}


def branch(trace, at, bits, condition, i, t=31):
    x, to = trace.x, at + signed(i, bits)
    t = ZERO if t == 31 else t
    if not 0 <= to < len(trace.instructions):
        raise Refused("a branch leaves the code")
    trace.edges |= {(at, to)} if bits == 26 else {(at, to), (at, at + 1)}

    def step():
        after = to if condition(trace, x[t]) else at + 1
        trace.met.add((at, after))
        return after
    return step


def ret(trace, at):
    def step():
        if trace.x[30] is not trace.returns_to:
            raise Refused("a return to another address")
        return RETURN
    return step


HINTS = "paciasp", "autiasp", "pacibsp", "autibsp", "bti_c"


def sign_link(trace, at):
    """Sign or authenticate: each undoes the other while sp is the same."""
    return lambda: None


# Loads and stores: whether it loads; the register file; bytes; what i counts, and its
# bits when it is signed; when the base changes.
MOVE = {
    "ldp_x": (True, "x", 8, 8, 7, None),
    "stp_x": (False, "x", 8, 8, 7, None),
    "stp_x_pre": (False, "x", 8, 8, 7, "pre"),
    "ldp_x_post": (True, "x", 8, 8, 7, "post"),
    "ldp_d": (True, "v", 8, 8, 7, None),
    "stp_d": (False, "v", 8, 8, 7, None),
    "stp_q": (False, "v", 16, 16, 7, None),
    "ldp_q_post": (True, "v", 16, 16, 7, "post"),
    "stp_q_post": (False, "v", 16, 16, 7, "post"),
    "ldr_q": (True, "v", 16, 16, 0, None),
    "str_q": (False, "v", 16, 16, 0, None),
    "ldr_q_post": (True, "v", 16, 1, 9, "post"),
    "str_q_post": (False, "v", 16, 1, 9, "post"),
}


def move(trace, at, loads, file, size, scale, bits, when, n, t, i, u=None):
    x, settle, registers = trace.x, trace.settle, getattr(trace, file)
    by = (signed(i, bits) if bits else i) * scale
    moved = [t] if u is None else [t, u]
    if file == "x":
        moved = [ZERO if r == 31 else r for r in moved]
        if when and n != SP and n in moved or loads and ZERO in moved:
            raise Refused("an encoding that is not in use")
    if loads and u == t:
        raise Refused("an encoding that is not in use")

    def step():
        base = x[n]
        if not isinstance(base, Pointer):
            raise Refused(f"an address that is no pointer: {base}")
        address = base if when == "post" else base + by
        for r in moved:
            if not loads:
                value = registers[r]
                if file == "v" and size == 8:
                    value = cut(value, 0, 64)
                address.store(size, value)
            else:
                value = address.load(size)
                if isinstance(value, Bits):
                    value = settle(value)
                if file == "v":
                    value = bits_of(value)
                    if size == 8:
                        value = join(value, constant(64, 0))
                registers[r] = value
            address += size
        if when:
            x[n] = base + by
    return step


BYTE = {"ldrb": (True,), "strb": (False,)}


def byte(trace, at, loads, n, m, t):
    x = trace.x
    m, t = ZERO if m == 31 else m, ZERO if t == 31 else t
    if loads and t == ZERO:
        raise Refused("a result that is dropped")

    def step():
        address = x[n] + number(x[m])
        if loads:
            x[t] = join(bits_of(address.load(1), 8), constant(56, 0))
        else:
            address.store(1, x[t])
    return step


# Vectors: what d becomes, from what it was, n and m, and i.

def lanes(function):
    """On each word of 32 bits, from those of d and n."""
    return lambda d, n, m, i: join(*(
        function(cut(d, at, 32), cut(n, at, 32), i) for at in range(0, 128, 32)))


VECTOR = {
    "eor_v": (lambda d, n, m, i: n ^ m,),
    "movi_2d_zero": (lambda d, n, m, i: constant(128, 0),),
    "movi_4s": (lambda d, n, m, i: join(*[constant(32, i)] * 4),),
    "dup_4s": (lambda d, n, m, i: join(*[cut(n, 32 * i, 32)] * 4),),
    "ext": (lambda d, n, m, i: cut(join(n, m), 8 * i, 128),),
    "ushr_4s": (lanes(lambda d, n, i: n >> 32 - i),),
    "shl_4s": (lanes(lambda d, n, i: n << i),),
    "sli_4s": (lanes(lambda d, n, i: n << i | d & (1 << i) - 1),),
}


def vector(trace, at, function, d, n=0, m=0, i=0):
    v, settle = trace.v, trace.settle

    def step():
        v[d] = settle(function(v[d], v[n], v[m], i))
    return step


# A step of AES; the first two add a round key first.
AES = {
    "aese": ("aese", True),
    "aesd": ("aesd", True),
    "aesmc": ("mix_columns", False),
    "aesimc": ("inv_mix_columns", False),
}


def aes(trace, at, name, adds, d, n):
    v, settle = trace.v, trace.settle

    def step():
        v[d] = settle(apply(name, settle(v[d] ^ v[n]) if adds else v[n]))
    return step


TABLES = [
    (GENERAL, general), (IMMEDIATE, immediate), (MASK, mask),
    ({"cset_ne": ()}, cset), (BRANCH, branch), ({"ret": ()}, ret),
    (dict.fromkeys(HINTS, ()), sign_link), (MOVE, move), (BYTE, byte),
    (VECTOR, vector), (AES, aes),
]
