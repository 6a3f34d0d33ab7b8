# SPDX-License-Identifier: ISC
"""Loads and stores.  Addresses are public; what moves may be SECRET.
"""

from arm.decode import signed
from arm.general import AUTHENTIC, LINK, is_link, zero
from arm.machine import SP
from values import (Pointer, Refused, number, public, require, secret,
                    shifted)


def base(machine, n):
    pointer = machine.x[n]
    if type(pointer) is not Pointer:
        raise Refused(f"an address that is no pointer: {pointer!r}")
    return pointer


def set_base(machine, n, pointer):
    if n == SP:
        machine.set_sp(pointer)
    else:
        machine.x[n] = pointer


def read_x(machine, t):
    return machine.x[zero(t)]


def write_x(machine, t, value):
    require(t != 31, "a result that is dropped")
    machine.x[t] = value


def read_d(machine, t):
    return machine.algebra.slice(machine.v[t], 0, 64)


def write_d(machine, t, value):
    """The upper half of the register becomes zero."""
    algebra = machine.algebra
    machine.v[t] = algebra.join(secret(algebra, value, 64),
                                algebra.constant(64, 0))


def read_q(machine, t):
    return machine.v[t]


def write_q(machine, t, value):
    machine.v[t] = secret(machine.algebra, value, 128)


def moves(kind, size, scale, bits=0, when="offset"):
    """Loads, of kind write_, or stores, of kind read_, of registers of size
    bytes, one or two.  i counts scale bytes, and is signed when it has bits;
    the base changes before ("pre") or after ("post")."""
    is_load = kind in (write_x, write_d, write_q)
    general = kind in (write_x, read_x)

    def form(machine, at, n, t, i, u=None):
        offset = (signed(i, bits) if bits else i) * scale
        plus = 0 if when == "post" else offset
        require(not is_load or u != t, "an encoding that is unpredictable")
        require(when == "offset" or n == SP or not general or n not in (t, u),
                "an encoding that is unpredictable")

        def step():
            pointer = base(machine, n)
            region, start = pointer.region, pointer.offset + plus
            if when == "pre":
                set_base(machine, n, shifted(pointer, offset))
            if is_load:
                value = region.load(machine.algebra, start, size)
                if u is not None:
                    kind(machine, u, region.load(machine.algebra, start + size,
                                                 size))
                kind(machine, t, value)
            else:
                for offset_in, register in (0, t), (size, u):
                    if register is not None:
                        stored = kind(machine, register)
                        require(not machine.signs
                                or not is_link(stored, LINK, AUTHENTIC),
                                "a return address that is not signed")
                        region.store(machine.algebra, start + offset_in, size,
                                     stored)
            if when == "post":
                set_base(machine, n, shifted(pointer, offset))
        return step
    return form


ldp_x = moves(write_x, 8, 8, 7)
stp_x = moves(read_x, 8, 8, 7)
stp_x_pre = moves(read_x, 8, 8, 7, "pre")
ldp_x_post = moves(write_x, 8, 8, 7, "post")
ldp_d = moves(write_d, 8, 8, 7)
stp_d = moves(read_d, 8, 8, 7)
stp_q = moves(read_q, 16, 16, 7)
ldp_q_post = moves(write_q, 16, 16, 7, "post")
stp_q_post = moves(read_q, 16, 16, 7, "post")
ldr_q = moves(write_q, 16, 16)
str_q = moves(read_q, 16, 16)
ldr_q_post = moves(write_q, 16, 1, 9, "post")
str_q_post = moves(read_q, 16, 1, 9, "post")


def ldrb(machine, at, n, m, t):
    x, algebra, m = machine.x, machine.algebra, zero(m)
    require(t != 31, "a result that is dropped")

    def step():
        pointer = shifted(base(machine, n), number(x[m]))
        value = pointer.region.load(algebra, pointer.offset, 1)
        x[t] = value if public(value) else algebra.join(
            value, algebra.constant(56, 0))
    return step


def strb(machine, at, n, m, t):
    x, algebra, m, t = machine.x, machine.algebra, zero(m), zero(t)

    def step():
        pointer = shifted(base(machine, n), number(x[m]))
        value = algebra.slice(secret(algebra, x[t], 64), 0, 8)
        pointer.region.store(algebra, pointer.offset, 1, value)
    return step
