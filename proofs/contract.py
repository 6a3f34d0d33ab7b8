# SPDX-License-Identifier: ISC
"""What holds when C calls the engine, and what has to hold when it returns.

At entry, by AAPCS64 and by xts_backend.h; what these ask of buffers, src/xts.c
checks before it calls, but for the stack:
  - x0 to x5 are out, in, n, unit, tweak, keys; for the expansion, keys, key;
  - n is 0 and unit any number; or n is 1 and unit 16 to 4111; or n is any
    number and unit a multiple of 512 up to 4096.  xts_units takes more, but is
    asked for no more by xts_payload_crypt;
  - what is written, which is out or for the expansion keys, and 1024 bytes of
    stack below sp share no byte with each other nor with what is read, which
    is in, tweak and keys, or key; but out may be in ("in place");
  - none of these wraps around the end of the address space, nor is changed by
    anyone else during the call; sp is a multiple of 16; nothing else may be
    touched;
  - in, tweak, keys and key were written, and keys is as the expansion leaves
    it, which keys.py is about; out need not have been written;
  - other registers and flags hold anything, and nothing is known of it.

At return: x19 to x30, sp and the low halves of v8 to v15 are the caller's
again, and nothing wrote to x18 on the way; every other register holds a public
value or zero, or still what the caller had there; and so does every byte of the
stack.
"""

from machine import SP, Callers, Count, Pointer, Region, Secret, require
from spec import ENCRYPT, decrypt_schedule

STACK = 1024
KEYS = 720                              # the schedules in struct xts_keys
ENCRYPT_AT, DECRYPT_AT, TWEAK_AT = 0, 240, 480


class Memory:
    """The objects of a call, as regions."""

    def __init__(self, algebra, size, in_place):
        self.algebra = algebra
        self.stack = Region("stack", STACK, True)
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
                  decrypt_schedule(self.algebra, schedule))
        self.fill(self.keys, TWEAK_AT, tweak_schedule)


def enter(machine, stack, vectors, *arguments):
    """The state at a function's first instruction.  vectors: what the vector
    registers hold."""
    machine.reset()
    machine.v[:] = vectors
    machine.set_sp(Pointer(stack, STACK))
    machine.x[:len(arguments)] = arguments


def enter_run(machine, memory, vectors, n, unit):
    enter(machine, memory.stack, vectors, Pointer(memory.out, 0),
          Pointer(memory.data, 0), n, unit, Pointer(memory.tweak, 0),
          Pointer(memory.keys, 0))


def read(algebra, region, size):
    """A region's first size bytes as blocks, and the bytes after them."""
    whole = size - size % 16
    blocks = [region.load(algebra, at, 16) for at in range(0, whole, 16)]
    if size == whole:
        return blocks, None
    return blocks, region.load(algebra, whole, size - whole)


def is_harmless(machine, value, callers):
    """Public; or zero, or what the caller had in a register."""
    if not isinstance(value, Secret):
        return True
    algebra, width = machine.algebra, value.width
    return (algebra.same(value, algebra.constant(width, 0))
            or any(algebra.same(value, own) for own in callers))


def check_return(machine, stack, vectors):
    """Claim 5, and that sp is what it was."""
    x, v, algebra = machine.x, machine.v, machine.algebra
    require(x[SP] == Pointer(stack, STACK), "the stack pointer is another")
    for i in range(18, 31):
        require(type(x[i]) is Callers and x[i].name == f"x{i}",
                f"x{i} is not the caller's")
    for i in range(18):
        require(isinstance(x[i], (int, Pointer, Count, Callers)),
                f"a secret is left in x{i}")
    for i in range(32):
        kept = 8 <= i < 16
        require(not kept or algebra.same(algebra.slice(v[i], 0, 64),
                                         algebra.slice(vectors[i], 0, 64)),
                f"d{i} is not the caller's")
        left = algebra.slice(v[i], 64, 64) if kept else v[i]
        own = algebra.slice(vectors[i], 64, 64) if kept else vectors[i]
        require(is_harmless(machine, left, [own]), f"a secret is left in v{i}")
    callers = [algebra.slice(vectors[i], 0, 64) for i in range(8, 16)]
    for at, (_, value) in stack.cells.items():
        require(is_harmless(machine, value, callers),
                f"a secret is left on the stack, at sp - {STACK - at}")


def direction_of(function):
    return ENCRYPT if "encrypt" in function.name else "decrypt"
