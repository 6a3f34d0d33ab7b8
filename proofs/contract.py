# SPDX-License-Identifier: ISC
"""The contract between C and the engine: at the call, and at the return.

At entry, by xts_backend.h and the machine's rules of calls; what these ask of
buffers, src/xts.c checks before it calls, but for the stack:
  - the arguments are out, in, n, unit, tweak, keys; for the expansion, keys,
    key;
  - n is 0 and all else is anything; or n is 1 and unit 16 to 2^24; or n is any
    number and unit a multiple of 512 up to 2^24;
  - what is written, which is out or for the expansion keys, and the stack that
    may be used share no byte with each other nor with what is read, which is
    in, tweak and keys, or key; but out may be in ("in place");
  - none of these wraps around the end of the address space, nor is changed by
    anyone else during the call; nothing else may be touched;
  - in, tweak, keys and key were written, and keys is as the expansion leaves
    it, which keys.py is about; out need not have been written.

What a machine's registers hold then, and what has to hold at return, is in its
own machine.py.
"""

import spec
from values import Pointer, Region, Secret

KEYS = 720                              # the schedules in struct xts_keys
ENCRYPT_AT, DECRYPT_AT, TWEAK_AT = 0, 240, 480


class Memory:
    """The objects of a call, as regions."""

    def __init__(self, machine, size, in_place):
        self.algebra = machine.algebra
        self.stack = machine.new_stack()
        self.data = Region("in", size, in_place)
        self.out = self.data if in_place else Region("out", size, True)
        self.tweak = Region("tweak", 16, False)
        self.keys = Region("keys", KEYS, False)

    def fill(self, region, at, values):
        for value in values:
            if value is not None:
                size = value.width // 8
                region.preset(self.algebra, at, size, value)
                at += size

    def fill_keys(self, schedule, tweak_schedule):
        self.fill(self.keys, ENCRYPT_AT, schedule)
        self.fill(self.keys, DECRYPT_AT,
                  spec.decrypt_schedule(self.algebra, schedule))
        self.fill(self.keys, TWEAK_AT, tweak_schedule)


def enter_run(machine, memory, vectors, n, unit):
    """vectors: what the caller has in the vector registers."""
    machine.enter(memory.stack, vectors, Pointer(memory.out, 0),
                  Pointer(memory.data, 0), n, unit, Pointer(memory.tweak, 0),
                  Pointer(memory.keys, 0))


def read(algebra, region, size):
    """A region's first size bytes as blocks, and the bytes after them."""
    whole = size - size % 16
    blocks = [region.load(algebra, at, 16) for at in range(0, whole, 16)]
    if size == whole:
        return blocks, None
    return blocks, region.load(algebra, whole, size - whole)


def is_harmless(algebra, value, callers):
    """Public; or zero, or what the caller had in a register."""
    if not isinstance(value, Secret):
        return True
    return (algebra.same(value, algebra.constant(value.width, 0))
            or any(algebra.same(value, own) for own in callers))
