#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""The reader of programs is checked: check_elf.py PROGRAM, which is one that
can be loaded anywhere.

Each copy of it that is changed, so that start-up code would write to a function
of an engine, that such a function could be written to, or that a table leads
somewhere else, has to be refused, and the program itself not.
"""

import struct
import sys
import tempfile

import machines
from elf import EXECUTE, LOAD, RELA, RELATIVE, WRITE, Bad, Elf
from values import refuse_optimised

CODE = EXECUTE | 4                      # flags of a segment: and may be read


def relocations(program):
    """Find the place in the file of each that adds the load address, by the
    address that it changes."""
    kind = RELATIVE[program.machine]
    return {struct.unpack_from("<Q", program.data, at)[0]: at
            for s in program.sections if s.kind == RELA
            for at in range(s.at, s.at + s.size, 24)
            if struct.unpack_from("<Q", program.data, at + 8)[0] == kind}


def code_segment(program):
    """Find the place in the file of the flags of the one that has code."""
    start, = struct.unpack_from("<Q", program.data, 32)
    size, count = struct.unpack_from("<HH", program.data, 54)
    at, = (start + size * i for i in range(count) if struct.unpack_from(
        "<II", program.data, start + size * i) == (LOAD, CODE))
    return at + 4


def changes(path):
    """Yield a fault, the place of the number that makes it, and that number."""
    program = Elf(path)
    found = relocations(program)
    for engine in machines.engines(path):
        table = program.symbols[f"xts_{engine.name}"].address
        for function in engine.functions.values():
            end = function.address + len(function.code)
            for where in function.address - 7, function.address, end - 1:
                yield (f"{function.name}, relocated at {where:#x}",
                       min(found.values()), "<Q", where)
        for at, name in (16, "expand"), (24, "encrypt"), (32, "decrypt"):
            yield (f"{engine.name}: {name} is another", found[table + at] + 16,
                   "<Q", engine.functions["expand"].address + 4)
            yield (f"{engine.name}: {name} is relocated in another way",
                   found[table + at] + 8, "<Q", 1)
    first = found[program.symbols["xts_backends"].address]
    yield "another backend is the first", first + 16, "<Q", table + 8
    yield ("code may be written to", code_segment(program), "<I", CODE | WRITE)


def is_refused(data, at, form, number):
    data = bytearray(data)
    struct.pack_into(form, data, at, number)
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            machines.engines(file.name)
            return False
        except Bad:
            return True


def main(path):
    refuse_optimised()
    tried, failed = 0, 0
    data = Elf(path).data
    for what, at, form, number in changes(path):
        tried += 1
        if not is_refused(data, at, form, number):
            failed += 1
            print(f"NOT REFUSED: {what}")
    print(f"{tried - failed} of {tried} changed programs are refused")
    sys.exit(0 if tried and not failed else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
