# SPDX-License-Identifier: ISC
"""What instructions on general registers do, and branches.

A function here and in vector.py stands for the mnemonic of its name in
decode.py. It gets the machine, the index of the instruction, its encoding and
its operands, in the order of AT&T; and returns what is to be done each time it
runs: a function that returns the index of the next instruction, or None for the
one that follows. Addresses by rip have become offsets in the constants, and
operands of branches the index that they lead to.

Only what is marked SECRET takes secrets; all else takes public values and
refuses the rest.
"""

from execute import RETURN, taken
from values import (MASK64, Linear, Pointer, Refused, Secret, left, number,
                    public, require, right, secret, shifted)
from x86.decode import RIP
from x86.machine import NAMES, RSP, STACK, is_callers, signed64


def where(machine, memory):
    """A function that gives the pointer. It is public, or refused."""
    base, index, scale, disp = memory
    if base == RIP:
        return lambda: machine.constants.at(disp)
    x = machine.x

    def address():
        pointer, distance = x[base], disp
        if index is not None:
            distance += signed64(number(x[index])) * scale
        if type(pointer) is not Pointer:
            raise Refused(f"an address that is no pointer: {pointer!r}")
        return Pointer(pointer.region, pointer.offset + distance)
    return address


def load(machine, pointer, size):
    return pointer.region.load(machine.algebra, pointer.offset, size)


def store(machine, pointer, size, value):
    pointer.region.store(machine.algebra, pointer.offset, size, value)


def operand(machine, kind, place):
    """A function that gives a value of 64 bits, or of 32 that are public."""
    x = machine.x
    if kind in "iI":
        value = place & MASK64
        return lambda: value
    if kind == "m":
        address = where(machine, place)
        return lambda: load(machine, address(), 8)
    if kind == "e":
        return lambda: number(x[place]) & 0xffffffff
    return lambda: x[place]


def destination(machine, kind, place):
    """A function that takes it. A result of 32 bits clears those above."""
    if kind == "m":
        address = where(machine, place)
        return lambda value: store(machine, address(), 8, value)
    if kind == "e":
        return lambda value: machine.put(place, value & 0xffffffff)
    return lambda value: machine.put(place, value)


def set_flags(machine, result, carry):
    """Of a result; carry by itself."""
    if isinstance(result, Secret):
        machine.zero = machine.algebra.is_zero(result)
    elif type(result) is int:
        machine.zero = result == 0
    else:
        machine.zero = result if type(result) is Linear else None
    machine.carry = carry


# Moves

def mov(machine, at, encoding, source, target):
    """SECRET."""
    get = operand(machine, encoding.kinds[0], source)
    put = destination(machine, encoding.kinds[1], target)
    return lambda: put(get())


def lea(machine, at, encoding, source, target):
    address = where(machine, source)
    return lambda: machine.put(target, address())


def push(machine, at, encoding, source):
    x = machine.x

    def step():
        value = x[source]
        machine.put(RSP, shifted(x[RSP], -8))
        store(machine, x[RSP], 8, value)
    return step


def leave(machine, at, encoding):
    x, rbp = machine.x, NAMES.index("rbp")

    def step():
        frame = x[rbp]
        require(type(frame) is Pointer, "a frame that is not known")
        x[rbp] = load(machine, frame, 8)
        machine.put(RSP, shifted(frame, 8))
    return step


# Sums. SECRET.

def added(machine, a, b, carry):
    """The sum, and what it carries. Secret if one of them is."""
    algebra = machine.algebra
    if public(a) and public(b) and public(carry):
        require(type(carry) is bool, "a flag that is not known")
        if type(a) is int and type(b) is int:
            return a + b + carry & MASK64, a + b + carry > MASK64
        return shifted(a, signed64(number(b)) + carry), None
    if public(carry):
        require(type(carry) is bool, "a flag that is not known")
        carry = algebra.constant(1, int(carry))
    return algebra.add_with_carry(secret(algebra, a, 64),
                                  secret(algebra, b, 64), carry)


def sum_of(with_carry):
    def form(machine, at, encoding, source, target):
        get = operand(machine, encoding.kinds[0], source)
        old = operand(machine, encoding.kinds[1], target)
        put = destination(machine, encoding.kinds[1], target)

        def step():
            result, carry = added(machine, old(), get(), with_carry
                                  and machine.carry)
            put(result)
            set_flags(machine, result, carry)
        return step
    return form


add = addq = sum_of(False)
adc = adcq = sum_of(True)


# Numbers and addresses

def difference(a, b):
    """a - b, and whether that borrows, None if it is not known."""
    if type(a) is Pointer and type(b) is Pointer:
        require(a.region is b.region, "pointers to different objects")
        return a.offset - b.offset & MASK64, a.offset < b.offset
    if type(a) is int:
        return a - number(b) & MASK64, a < number(b)
    return shifted(a, -signed64(number(b))), None


def sub(machine, at, encoding, source, target):
    get = operand(machine, encoding.kinds[0], source)
    x = machine.x

    def step():
        require(type(get()) is not Pointer, "a difference of addresses")
        result, borrow = difference(x[target], get())
        machine.put(target, result)
        set_flags(machine, result, borrow)
    return step


def cmp(machine, at, encoding, source, target):
    x = machine.x

    def step():
        set_flags(machine, *difference(x[target], x[source]))
    return step


def neg(machine, at, encoding, target):
    x = machine.x

    def step():
        value = number(x[target])
        machine.put(target, -value & MASK64)
        set_flags(machine, x[target], value != 0)
    return step


def dec(machine, at, encoding, target):
    """Leaves carry as it is."""
    get = operand(machine, encoding.kinds, target)
    put = destination(machine, encoding.kinds, target)
    bits = 0xffffffff if encoding.kinds == "e" else MASK64

    def step():
        result = shifted(get(), -1)
        if type(result) is int:
            result &= bits
        put(result)
        set_flags(machine, result, machine.carry)
    return step


def mul(machine, at, encoding, source):
    """rax times the source, into rdx and rax; flags as if they were undefined,
    which may tell of secrets. SECRET."""
    algebra, x = machine.algebra, machine.x
    rax, rdx = NAMES.index("rax"), NAMES.index("rdx")

    def step():
        whole = algebra.product(secret(algebra, x[rax], 64),
                                secret(algebra, x[source], 64))
        x[rax] = algebra.slice(whole, 0, 64)
        x[rdx] = algebra.slice(whole, 64, 64)
        machine.zero = machine.carry = algebra.undefined_flag()
    return step


def imul(machine, at, encoding, source, target):
    """The low half of a product. SECRET."""
    algebra, x = machine.algebra, machine.x

    def step():
        whole = algebra.product(secret(algebra, x[target], 64),
                                secret(algebra, x[source], 64))
        machine.put(target, algebra.slice(whole, 0, 64))
        machine.zero = machine.carry = algebra.undefined_flag()
    return step


def shl(machine, at, encoding, count, target):
    """SECRET."""
    algebra, x = machine.algebra, machine.x
    require(0 < count < 64, "a shift that is not in use")

    def step():
        value = secret(algebra, x[target], 64)
        machine.put(target, left(algebra, value, count))
        set_flags(machine, x[target], algebra.slice(value, 64 - count, 1))
    return step


def shr(machine, at, encoding, count, target):
    """SECRET."""
    algebra, x = machine.algebra, machine.x
    require(0 < count < 64, "a shift that is not in use")

    def step():
        value = x[target]
        if isinstance(value, Secret):
            result = right(algebra, value, count)
            carry = algebra.slice(value, count - 1, 1)
        elif type(value) is Linear:
            result, carry = value.shifted_down(count), None
        else:
            value = number(value)
            result, carry = value >> count, bool(value >> count - 1 & 1)
        machine.put(target, result)
        set_flags(machine, result, carry)
    return step


def test(machine, at, encoding, source, target):
    """Of a number that is not known, with itself alone."""
    x = machine.x

    def step():
        value = x[target]
        if type(value) is not Linear or x[source] is not value:
            value = number(value) & number(x[source])
        set_flags(machine, value, False)
    return step


# Bits. SECRET.

def sar(machine, at, encoding, count, target):
    """Of these only "all bits as the sign" is in use, and with numbers any."""
    x, algebra = machine.x, machine.algebra
    require(0 < count < 64, "a shift that is not in use")

    def step():
        value = x[target]
        if isinstance(value, Secret):
            require(count == 63, "a shift that is not in use")
            machine.put(target, algebra.sign(value))
            carry = algebra.slice(value, 62, 1)
        else:
            value = signed64(number(value))
            machine.put(target, value >> count & MASK64)
            carry = bool(value >> count - 1 & 1)
        set_flags(machine, x[target], carry)
    return step


def and_(machine, at, encoding, source, target):
    """With a constant; of a pointer, down to a multiple of 64 or less."""
    x, algebra = machine.x, machine.algebra
    get = operand(machine, encoding.kinds[0], source)

    def step():
        value, bits = x[target], number(get())
        if isinstance(value, Secret):
            result = algebra.mask(value, bits)
        elif type(value) is Pointer:
            result = rounded_down(value, (1 << 64) - bits)
        elif type(value) is Linear:
            result = value.low_bits(bits)
        else:
            result = number(value) & bits
        machine.put(target, result)
        set_flags(machine, result, False)
    return step


def rounded_down(pointer, unit):
    skew = getattr(pointer.region, "skew", None)
    require(skew is not None and unit in (1, 2, 4, 8, 16, 32, 64),
            "bits of an address that are not known")
    return Pointer(pointer.region,
                   pointer.offset - (skew + pointer.offset) % unit)


def xor(machine, at, encoding, source, target):
    """A register with itself is zero, whatever it was."""
    x, algebra = machine.x, machine.algebra
    bits = 0xffffffff if encoding.kinds == "ee" else MASK64

    def step():
        a, b = x[target], x[source]
        if source == target:
            result = 0
        elif public(a) and public(b):
            result = (number(a) ^ number(b)) & bits
        else:
            require(bits == MASK64, "half of a secret")
            result = algebra.xor(secret(algebra, a, 64),
                                 secret(algebra, b, 64))
        machine.put(target, result)
        set_flags(machine, result, False)
    return step


# Branches

def endbr64(machine, at, encoding):
    """Where an indirect call may land."""
    def step():
        machine.landed = machine.landed or at == 0
    return step


def on_zero(wanted):
    def branch(machine, at, encoding, to):
        def step():
            zero = machine.zero
            if type(zero) is Linear:
                zero = zero.is_zero()
            if type(zero) is not bool:
                raise Refused("a branch on what is not a public number")
            return taken(machine, at, to if zero == wanted else at + 1)
        return step
    return branch


je, jne = on_zero(True), on_zero(False)


def ret(machine, at, encoding):
    x = machine.x

    def step():
        require(x[RSP] == Pointer(x[RSP].region, STACK)
                and is_callers(load(machine, x[RSP], 8), "return address"),
                "a return to another address")
        return RETURN
    return step


