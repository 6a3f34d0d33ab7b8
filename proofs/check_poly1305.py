#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""Wrong code has to be refused: check_poly1305.py [--all] PROGRAM

Instructions of the engines for Poly1305 are left out, one at a time, and bits
flipped: with --all each instruction and one bit of each, or else a sample.
Exits with 1 when a change was proved that EQUIVALENT does not have.
"""

import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import elf
from values import Refused, refuse_optimised, require
from x86 import poly1305
from x86.check_decoder import text
from x86.decode import Unknown
from x86.machine import SKEWS

# What may be left out, by what an instruction says; with the reason.
EQUIVALENT = {
    "vzeroupper": "the upper lanes are zero already",
}


def refused(prover_of, path):
    name, *arguments = path
    try:
        getattr(prover_of(), name)(*arguments)
    except (Refused, Unknown):
        return True
    return False


def changed(engine, function, at, bit):
    """A function that makes a prover of the code with that change."""
    def prover_of():
        prover = poly1305.Prover(engine, function, SKEWS[0])
        if bit is None:
            require(at + 1 < len(prover.code.instructions),
                    "the code does not end with a return")
            prover.code = prover.code.changed(at)
            return prover
        code, place = bytearray(function.code), prover.code.places[at]
        code[place + bit // 8] ^= 1 << bit % 8
        return poly1305.Prover(engine, function._replace(code=bytes(code)),
                               SKEWS[0])
    return prover_of


def survives(task):
    """A line, if no path refuses it."""
    program, place, at, bit = task
    engine = poly1305.ENGINES[place]
    function = poly1305.found(elf.Elf(program), engine, place)
    prover = poly1305.Prover(engine, function, SKEWS[0])
    paths = sorted(poly1305.paths(prover), key=lambda path: (
        path[0] == "groups", path[0] == "single", path[0] == "powers"))
    if any(refused(changed(engine, function, at, bit), path)
           for path in paths):
        return None
    said = text(prover.code.instructions[at],
                function.address + prover.code.places[at])
    if bit is None and said.split()[0] in EQUIVALENT:
        return None
    how = "left out" if bit is None else f"bit {bit} flipped"
    return f"{engine.name}, +{prover.code.places[at]:#x} {said}: {how}"


SAMPLE = 60                             # changes of an engine


def tasks(program, every):
    for place, engine in enumerate(poly1305.ENGINES):
        function = poly1305.found(elf.Elf(program), engine, place)
        code = poly1305.Prover(engine, function, SKEWS[0]).code
        changes = [(at, bit) for at, one in enumerate(code.instructions)
                   for bit in (None, random.randrange(8 * one.size))]
        if not every:
            changes = random.sample(changes, SAMPLE)
        yield from ((program, place, *one) for one in changes)


def main(arguments):
    refuse_optimised()
    every = "--all" in arguments
    program, = [one for one in arguments if one != "--all"]
    seed = time.time_ns()
    random.seed(seed)
    wanted = list(tasks(program, every))
    with ProcessPoolExecutor() as pool:
        left = [one for one in pool.map(survives, wanted, chunksize=8) if one]
    print(*left, sep="\n")
    print(f"seed {seed}: {len(wanted) - len(left)} of {len(wanted)} wrong "
          "engines for Poly1305 are refused")
    sys.exit(1 if left else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
