#!/usr/bin/python3 -EB
# SPDX-License-Identifier: ISC
"""Wrong code has to be refused: check_poly1305.py [--all] PROGRAM

Of the engines for Poly1305 several instructions are changed, as
x86/wrong_poly1305.py has it; and instructions are left out, one at a time, and
bits flipped: with --all each instruction and one bit of each, or else a sample,
the same ones in any build.
Exits with 1 when a change was proved that EQUIVALENT does not have, or one of
several refused for another reason.  First what integers.py says of each term on
the way is tried with numbers: that the term's bits are the number that its
polynomial is, and no more than its bound.
"""

import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import elf
from values import Refused, refuse_optimised, require
from x86 import poly1305, wrong_poly1305
from x86.check_decoder import text
from x86.decode import Unknown
from x86.machine import SKEWS

# What may be left out, by what an instruction says; with the reason.
EQUIVALENT = {
    "vzeroupper": "the upper lanes are zero already",
    "xor %eax,%eax": "it leads to the tag, or is public otherwise",
    "xor %r10,%r10": "before the powers it is 0 already",
    "xor %r11,%r11": "the same; in the sum of lanes nothing reads it",
    "vpxor %xmm0,%xmm0,%xmm0": "it is 0, as what wipes the frame",
}


def some_number(most):
    return random.choice((0, 1, most, most - (most > 0),
                          random.randrange(most + 1)))


def evaluated(polynomial, values):
    total = 0
    for monomial, c in polynomial.items():
        for variable in monomial:
            c *= values(variable)
        total += c
    return total


def try_numbers(algebra):
    """One number for each symbol: how many terms are right, all of them or
    else it raises."""
    names = {n: what for what, n in algebra.variables.items()}
    atoms, free = {}, {}

    def atom_value(atom):
        if atom not in atoms:           # a symbol
            atoms[atom] = some_number((1 << atom.width) - 1)
        return atoms[atom]

    def value(variable):
        atom, *how = names[variable]
        if isinstance(atom, str):
            return free[variable]
        if how[0] == "bit":
            return atom_value(atom) >> how[1] & 1
        return atom_value(atom) >> how[0]

    for atom, (polynomial, most) in algebra.numbers.items():
        if len(polynomial) == 1:
            monomial, = polynomial
            if len(monomial) == 1 and isinstance(names[monomial[0]][0], str):
                free.setdefault(monomial[0], some_number(most))
        atoms[atom] = evaluated(polynomial, value)
        require(0 <= atoms[atom] <= most, "a bound that does not hold")
    meanings = algebra.answers["meaning"]
    for (term,), (polynomial, most) in meanings.items():
        bits = term.constant
        for (atom, up), mask in term.parts.items():
            n = atom_value(atom)
            bits ^= (n << up if up > 0 else n >> -up) & mask
        require(bits == evaluated(polynomial, value) and bits <= most,
                "a term is not the number that it is said to be")
    return len(meanings)


def check_numbers(program):
    """Of the terms on each kind of path."""
    count = 0
    for place, engine in enumerate(poly1305.ENGINES):
        function = poly1305.found(elf.Elf(program), engine, place)
        first = poly1305.Prover(engine, function, SKEWS[0])
        for name, *arguments in {path[0]: path
                                 for path in poly1305.paths(first)}.values():
            prover = poly1305.Prover(engine, function, SKEWS[0])
            getattr(prover, name)(*arguments)
            for _ in range(TRIES):
                count += try_numbers(prover.algebra)
    print(f"{count} terms are the numbers that they are said to be")


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


TRIES = 1                               # numbers for the terms of a path


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
    if bit is None and " ".join(said.split()) in EQUIVALENT:
        return None
    how = "left out" if bit is None else f"bit {bit} flipped"
    return f"{engine.name}, +{prover.code.places[at]:#x} {said}: {how}"


SAMPLE = 60                             # changes of an engine


def tasks(program, every):
    for place, engine in enumerate(poly1305.ENGINES):
        function = poly1305.found(elf.Elf(program), engine, place)
        code = poly1305.Prover(engine, function, SKEWS[0]).code
        chance = random.Random(f"{function.name} {len(code.instructions)}")
        changes = [(at, bit) for at, one in enumerate(code.instructions)
                   for bit in (None, chance.randrange(8 * one.size))]
        if not every:
            changes = chance.sample(changes, SAMPLE)
        yield from ((program, place, *one) for one in changes)


def main(arguments):
    refuse_optimised()
    every = "--all" in arguments
    program, = [one for one in arguments if one != "--all"]
    seed = time.time_ns()
    random.seed(seed)
    check_numbers(program)
    wanted = list(tasks(program, every))
    with ProcessPoolExecutor() as pool:
        good = wrong_poly1305.refused(program, pool)
        left = [one for one in pool.map(survives, wanted, chunksize=8) if one]
    print(*left, sep="\n")
    print(f"seed {seed}: {len(wanted) - len(left)} of {len(wanted)} wrong "
          "engines for Poly1305 are refused")
    sys.exit(0 if good and not left else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
