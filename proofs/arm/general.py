# SPDX-License-Identifier: ISC
"""Instructions on general registers, and branches: the effect of each.

A function here, in memory.py and in vector.py stands for the form of its name
in decode.py.  It gets the machine, the index of the instruction and
the instruction's fields, and returns what is to be done each time it runs: a
function that returns the index of the next instruction, or None for the one
that follows.

Only what is marked SECRET takes secrets; all else takes public values and
refuses the rest.
"""

from arm.decode import signed
from arm.machine import SP, ZERO
from execute import RETURN, taken
from values import (MASK64, Callers, Linear, Refused, Secret, left, number,
                    public, require, right, secret, shifted)


def zero(register):
    return ZERO if register == 31 else register


# Numbers and addresses

def add_imm(machine, at, d, n, i):
    """SECRET."""
    x, algebra = machine.x, machine.algebra

    def step():
        value = x[n]
        if isinstance(value, Secret) and d != SP:
            x[d] = algebra.add(value, algebra.constant(64, i))
        elif d == SP:
            machine.set_sp(shifted(value, i))
        else:
            x[d] = shifted(value, i)
    return step


def sub_imm(machine, at, d, n, i):
    x = machine.x

    def step():
        if d == SP:
            machine.set_sp(shifted(x[n], -i))
        else:
            x[d] = shifted(x[n], -i)
    return step


def cmp_imm(machine, at, n, i):
    x = machine.x

    def step():
        value = number(x[n])
        machine.zero, machine.carry = value == i, value >= i
    return step


def bit_mask(i):
    """Immediates of logic instructions: those without a rotation and in
    one element: i + 1 ones."""
    require(i != 63, "an encoding that must trap")
    return (2 << i) - 1


def masks(mask_of):
    """What a register has in common with an immediate. SECRET."""
    def form(machine, at, d, n, i):
        x, n, bits = machine.x, zero(n), mask_of(i)

        def step():
            if d == SP:
                raise Refused("a number for a stack pointer")
            if isinstance(x[n], Secret):
                x[d] = machine.algebra.mask(x[n], bits)
            else:
                x[d] = low_bits(x[n], bits)
        return step
    return form


def low_bits(value, mask):
    if type(value) is Linear:
        return value.low_bits(mask)
    return number(value) & mask


def any_bits(i):
    """Immediates of logic instructions, all of them: a run of ones in an
    element of 2 to 64 bits, turned to the right, and as often as it fits."""
    n, turned, ones = i >> 12, i >> 6 & 63, i & 63
    size = 1 << (n << 6 | ~ones & 63).bit_length() >> 1     # the highest bit
    require(size > 1 and ones % size != size - 1, "an encoding that must trap")
    run, turned = (2 << ones % size) - 1, turned % size
    element = (run >> turned | run << size - turned) & (1 << size) - 1
    return sum(element << at for at in range(0, 64, size))


and_imm, and_bits = masks(bit_mask), masks(any_bits)


def ands_imm(machine, at, d, n, i):
    x, n, d, bits = machine.x, zero(n), zero(d), bit_mask(i)

    def step():
        value = low_bits(x[n], bits)
        machine.zero, machine.carry = value == 0, False
        if d != ZERO:
            x[d] = value
    return step


def to_register(function):
    """For instructions whose register 31 is zero, and which compute one value:
    function(algebra, i, *sources) does that; sources are n and m, or less."""
    def form(machine, at, d, n=None, m=None, i=0):
        x, algebra = machine.x, machine.algebra
        d = zero(d)
        if d == ZERO:
            raise Refused("a result that is dropped")
        if m is None:
            n = zero(n)

            def step():
                x[d] = function(algebra, i, x[n])
        elif n is None:
            m = zero(m)

            def step():
                x[d] = function(algebra, i, x[m])
        else:
            n, m = zero(n), zero(m)

            def step():
                x[d] = function(algebra, i, x[n], x[m])
        return step
    return form


@to_register
def add_lsl(algebra, i, a, b):
    """SECRET."""
    if isinstance(a, Secret) or isinstance(b, Secret):
        return algebra.add(secret(algebra, a, 64),
                           left(algebra, secret(algebra, b, 64), i))
    return shifted(a, number(b) << i & MASK64)


@to_register
def sub(algebra, i, a, b):
    return shifted(a, -number(b))


@to_register
def lsr_imm(algebra, i, a):
    """SECRET."""
    if isinstance(a, Secret):
        return right(algebra, a, i)
    return a.shifted_down(i) if type(a) is Linear else number(a) >> i


@to_register
def mov(algebra, i, a):
    """SECRET."""
    return a


def movz(machine, at, d, i):
    x, d = machine.x, zero(d)
    require(d != ZERO, "a result that is dropped")

    def step():
        x[d] = i
    return step


def cset_ne(machine, at, d):
    x, d = machine.x, zero(d)
    require(d != ZERO, "a result that is dropped")

    def step():
        x[d] = int(not public_flag(machine.zero))
    return step


def public_flag(value):
    require(value is not None, "a flag that was not set")
    if type(value) is not bool:
        raise Refused("a flag that tells of a secret")
    return value


# Tweaks in general registers.  All of these are SECRET.

@to_register
def eor_lsl(algebra, i, a, b):
    if public(a) and public(b):
        return number(a) ^ (number(b) << i & MASK64)
    return algebra.xor(secret(algebra, a, 64),
                       left(algebra, secret(algebra, b, 64), i))


@to_register
def and_asr(algebra, i, a, b):
    """Allow only the use that there is: a public number and the sign of a
    secret."""
    require(i == 63, "a shift that is not in use")
    return algebra.mask(algebra.sign(secret(algebra, b, 64)), number(a))


@to_register
def bic(algebra, i, a, b):
    return algebra.and_not(secret(algebra, a, 64), secret(algebra, b, 64))


@to_register
def add_lsr(algebra, i, a, b):
    return algebra.add(secret(algebra, a, 64),
                       right(algebra, secret(algebra, b, 64), i))


@to_register
def extr(algebra, i, a, b):
    """The low half of (a:b) >> i."""
    return algebra.slice(algebra.join(secret(algebra, b, 64),
                                      secret(algebra, a, 64)), i, 64)


# Sums and products.  All of these are SECRET: flags that are set tell of it.

def sum_of(carries, sets):
    def form(machine, at, d, n, m):
        x, algebra = machine.x, machine.algebra
        d, n, m = zero(d), zero(n), zero(m)
        require(d != ZERO, "a result that is dropped")

        def step():
            carry = 0
            if carries:
                carry = machine.carry
                require(carry is not None, "a flag that was not set")
                carry = int(carry) if type(carry) is bool else carry
            total, carry = algebra.add_with_carry(
                *(secret(algebra, x[i], 64) for i in (n, m)),
                secret(algebra, carry, 1))
            x[d] = total
            if sets:
                machine.zero, machine.carry = algebra.is_zero(total), carry
        return step
    return form


adds, adcs, adc = (sum_of(carries, sets) for carries, sets in (
    (False, True), (True, True), (True, False)))


def product_half(low):
    @to_register
    def form(algebra, i, a, b):
        return algebra.slice(algebra.product(
            secret(algebra, a, 64), secret(algebra, b, 64)), low, 64)
    return form


mul, umulh = product_half(0), product_half(64)


# Branches

BRANCHES = {"b": 26, "b_eq": 19, "b_ne": 19, "b_lo": 19, "cbz": 19, "cbnz": 19}


def offset_of(form, i):
    return signed(i, BRANCHES[form])


def b(machine, at, i):
    return lambda: taken(machine, at, at + offset_of("b", i))


def on_flag(form, flag, wanted):
    def branch(machine, at, i):
        to = at + offset_of(form, i)

        def step():
            value = public_flag(getattr(machine, flag))
            return taken(machine, at, to if value == wanted else at + 1)
        return step
    return branch


b_eq = on_flag("b_eq", "zero", True)
b_ne = on_flag("b_ne", "zero", False)
b_lo = on_flag("b_lo", "carry", False)


def on_zero(form, wanted):
    def branch(machine, at, t, i):
        x, t, to = machine.x, zero(t), at + offset_of(form, i)

        def step():
            value = x[t]
            if type(value) is Linear:
                is_zero = value.is_zero()
            else:
                is_zero = number(value) == 0
            return taken(machine, at, to if is_zero == wanted else at + 1)
        return step
    return branch


cbz, cbnz = on_zero("cbz", True), on_zero("cbnz", False)


# The return address.  What of it is signed is one more thing that nobody looks
# into; the key and the stack pointer that it was signed with are in its name.

LINK, AUTHENTIC = "x30", "x30, authenticated"


def signed_link(key, offset):
    return f"x30, signed with key {key} and sp = stack + {offset}"


def is_link(value, *names):
    return type(value) is Callers and value.name in names


def ret(machine, at):
    """Require an authenticated address where the engine signs."""
    x = machine.x

    def step():
        require(is_link(x[30], AUTHENTIC) or is_link(x[30], LINK)
                and not machine.signs, "a return to another address")
        return RETURN
    return step


def signs(key):
    def form(machine, at):
        x = machine.x

        def step():
            require(is_link(x[30], LINK), "signs another address")
            x[30] = Callers(signed_link(key, x[SP].offset))
        return step
    return form


def authenticates(key):
    """Proves that address and stack pointer are the same again."""
    def form(machine, at):
        x = machine.x

        def step():
            require(is_link(x[30], signed_link(key, x[SP].offset)),
                    "not the address that was signed")
            x[30] = Callers(AUTHENTIC)
        return step
    return form


paciasp, autiasp = signs("A"), authenticates("A")
pacibsp, autibsp = signs("B"), authenticates("B")


def bti_c(machine, at):
    """A place where a call may land, through a pointer, too."""
    return lambda: None
