# SPDX-License-Identifier: ISC
"""Operands of x86-64's instructions (trace.py): functions that give or take a value."""

from smt.bits import MASK64, Bits
from smt.trace import Pointer, Refused, number
from x86.decode import RIP

def signed(n):
    return n - (1 << 64) if n >> 63 else n


def address_of(trace, memory):
    base, index, scale, disp = memory
    if base == RIP:
        return lambda: Pointer(trace.constants, disp - trace.constants.address)
    x = trace.x

    def address():
        at = x[base]
        if not isinstance(at, Pointer):
            raise Refused(f"an address that is no pointer: {at}")
        if index is not None:
            at += signed(number(x[index])) * scale
        return at + disp
    return address


def reader(trace, kind, place):
    """Read a value of 64 bits, or of 32 that are public."""
    x, settle = trace.x, trace.settle
    if kind == "i":
        return lambda: place & MASK64
    if kind == "e":
        return lambda: number(x[place]) & 0xffffffff
    if kind == "r":
        return lambda: x[place]
    address = address_of(trace, place)

    def load():
        value = address().load(8)
        return settle(value) if isinstance(value, Bits) else value
    return load


def writer(trace, kind, place):
    """Write a value; one of 32 bits clears those above."""
    x = trace.x
    if kind == "m":
        address = address_of(trace, place)
        return lambda value: address().store(8, value)

    def put(value):
        x[place] = value
    return put
